using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;
using NHibernate.Multi;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section N, beyond the catalogue: what only NHibernate does.</summary>
public sealed class NHibernateScenarios : ScenarioFixture
{
    private static readonly Func<ISession, object?> s_postsOfCat1 = Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id));
    private static readonly Func<ISession, object?> s_postsOfCat2 = Hql("from Post where Cat.Id = :a order by Id", 2);
    private static readonly Func<ISession, object?> s_postsOfCat3 = Over<Post>(q => q.Where(post => post.Cat!.Id == 3));
    private static readonly Func<ISession, object?> s_itemsOfBasket1 = Sql("select Id from Item where basket_id = 1 order by Id");
    private static readonly Func<ISession, object?> s_loadedItemsOfBasket1 = s => s.CreateQuery("from Basket where Id = 1").SetCacheable(true).List<Basket>().SelectMany(basket => basket.Items).Select(item => item.Name).Order();

    private static readonly Scenario[] s_catalogue =
    [
        new("N01", "Two categories, a detached post is updated", s => { var post = Detached(s); post.Cat = s.Load<Cat>(1); s.Update(post); }, Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N01", "Two categories, a detached post is saved or updated", s => { var post = Detached(s); post.Cat = s.Load<Cat>(1); s.SaveOrUpdate(post); }, Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N01", "Category, a detached post is updated without changes", s => s.Update(Detached(s)), Either(s_postsOfCat2)),
        new("N02", "Two categories, a post is attached by Lock and moves", s => { var post = Detached(s); s.Lock(post, LockMode.None); post.Cat = s.Load<Cat>(1); }, Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N02", "Two categories, a post that moved in memory is attached by Lock and renamed",
            s => { var post = Detached(s); post.Cat = s.Load<Cat>(1); s.Lock(post, LockMode.None); post.Title = "changed"; }, Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N03", "Category, a stub with nothing but the id is deleted", s => { s.Sql("delete from Comment where post_id = 3"); s.Delete(new Post { Id = 3 }); }, Drop(s_postsOfCat1)),
        new("N03", "Category, a stub with a wrong category is deleted", s => s.Delete(new Post { Id = 3, Cat = s.Load<Cat>(2) }), Drop(s_postsOfCat1)),
        new("N04", "Two categories, a detached post is merged", s => { var post = Detached(s); post.Cat = s.Load<Cat>(1); s.Merge(post); }, Drop(s_postsOfCat1), Drop(s_postsOfCat2), Keep(s_postsOfCat3)),
        new("N05", "Names of two teams, one colleague's name changes alone", s => s.Get<Colleague>(1).Name = "changed", Drop(Names(1)), Keep(Names(2))) { Given = ChangeScenarios.AddColleagues },
        new("N05", "Names of two teams, one colleague's address changes alone", s => s.Get<Colleague>(1).Address.Zip = "1", Keep(Names(1)), Keep(Names(2))) { Given = ChangeScenarios.AddColleagues },
        new("N06", "Version of a comment, its text changes", s => s.Get<Comment>(1).Text = "changed", Drop(Hql("select Version from Comment where Id = :a", 1)), Keep(Hql("select Version from Comment where Id = :a", 2))),
        new("N06", "Version of a comment, it is forced", s => s.Lock(s.Get<Comment>(1), LockMode.Force), Drop(Hql("select Version from Comment where Id = :a", 1))),
        new("N06", "Comments of two posts, a detached versioned one moves", s =>
            {
                using var other = s.SessionFactory.OpenSession();
                var comment = other.Get<Comment>(1);
                other.Clear();
                comment.Post = s.Load<Post>(2);
                s.Update(comment);
            },
            Drop(Hql("from Comment c where c.Post.Id = :a order by c.Id", 1)), Drop(Hql("from Comment c where c.Post.Id = :a order by c.Id", 2))),
        new("N06", "Versions of comments, HQL updates them with their versions", s => s.Hql("update versioned Comment set Text = 'changed'"), Drop(Hql("select Version from Comment order by Id"))),
        new("N07", "Colleagues with their lazy text, it changes", s => s.Get<Colleague>(1).Bio = "changed",
            Refresh(s => s.CreateQuery("from Colleague c order by c.Id").SetCacheable(true).List<Colleague>().Select(colleague => colleague.Bio)), Drop(Hql("select Bio from Colleague where Id = :a", 1)))
            { Given = ChangeScenarios.AddColleagues },
        new("N07", "Colleagues with their lazy text fetched, it changes", s => s.Get<Colleague>(1).Bio = "changed",
            Refresh(s => s.CreateQuery("from Colleague c fetch all properties order by c.Id").SetCacheable(true).List<Colleague>().Select(colleague => colleague.Bio)))
            { Given = ChangeScenarios.AddColleagues },
        new("N08", "Colleagues by a formula of their name, it changes", s => s.Get<Colleague>(1).Name = "changed", Drop(Linq<Colleague>(all => all.Where(colleague => colleague.NameLength == 7))), Refresh(Hql("from Colleague c order by c.Id")))
            { Given = ChangeScenarios.AddColleagues },
        new("N08", "Categories with a formula that counts posts, one is inserted", s => s.AddPost(cat: 1),
            Refresh(Hql("from CountedCat c where c.Id = :a", 1)), Drop(Hql("select PostCount from CountedCat where Id = :a", 1)), Drop(Hql("select Id from CountedCat where PostCount = :a", 2)), Drop(Hql("from CountedCat c order by c.PostCount, c.Id desc"))),
        new("N09", "Two values of a filter, a row of one is inserted", s => s.Save(new Colleague { Id = 9, Email = "m9", Name = "new", Team = 1 }), Drop(OfTeam(1)), Keep(OfTeam(2))) { Given = ChangeScenarios.AddColleagues },
        new("N09", "With a filter and without, a row beyond the filter is inserted", s => s.Save(new Colleague { Id = 9, Email = "m9", Name = "new", Team = 3 }), Keep(OfTeam(1)), Drop(Hql("from Colleague c order by c.Id"))) { Given = ChangeScenarios.AddColleagues },
        new("N10", "Subselect mapping, a category gets its first post", s => s.AddPost(cat: 3), Drop(Linq<BusyCat>(cats => cats.OrderBy(cat => cat.Id)))) { Given = s => s.AddCat(3, "C") },
        new("N10", "Subselect mapping, a row of an unrelated table is inserted", s => s.AddTag(9, "z"), Keep(Linq<BusyCat>(cats => cats.OrderBy(cat => cat.Id)))),
        new("N11", "View, a row that it shows is inserted", s => s.AddPost(visible: true), Drop(Linq<VisiblePost>(posts => posts.OrderBy(post => post.Id)))),
        new("N11", "View, a row that it shows is renamed", s => s.Post(1).Title = "changed", Drop(Hql("select Title from VisiblePost"))),
        new("N11", "View, a row that it shows is hidden", s => s.Post(1).Visible = false, Drop(Hql("select Id from VisiblePost"))),
        new("N11", "View, a row of an unrelated table is inserted", s => s.AddTag(9, "z"), Keep(Linq<VisiblePost>(posts => posts.OrderBy(post => post.Id)))),
        new("N12", "Colleagues of two cities, one moves to another", s => s.Get<Colleague>(1).Address.City = "elsewhere", Drop(Linq<Colleague>(all => all.Where(colleague => colleague.Address.City == "city 1"))), Keep(Criteria<Colleague>(c => c.Add(Restrictions.Eq("Address.City", "city 2")))))
            { Given = ChangeScenarios.AddColleagues },
        new("N12", "Colleagues of a city, one's whole address is replaced", s => s.Get<Colleague>(1).Address = new Address { City = "elsewhere" }, Drop(Linq<Colleague>(all => all.Where(colleague => colleague.Address.City == "city 1"))))
            { Given = ChangeScenarios.AddColleagues },
        new("N13", "Colleague by natural id, it passes to another", s => { s.Get<Colleague>(1).Email = "m7"; s.Flush(); s.Get<Colleague>(2).Email = "m1"; }, Drop(ByEmail("m1"))) { Given = ChangeScenarios.AddColleagues },
        new("N13", "Colleague by natural id, the row is replaced", s => { s.Delete(s.Get<Colleague>(1)); s.Flush(); s.Save(new Colleague { Id = 9, Email = "m1", Name = "new" }); }, Drop(ByEmail("m1")), Keep(ByEmail("m2"))) { Given = ChangeScenarios.AddColleagues },
        // NHibernate puts no look-up by natural id that found nothing.
        new("N13", "Colleague by a natural id that nobody has, one gets it", s => s.Get<Colleague>(1).Email = "m7", NeverCache(ByEmail("m7"))) { Given = ChangeScenarios.AddColleagues },
        new("N14", "Two futures, both change", s => s.AddPost(cat: 1), Drop(s => { var posts = s.CreateQuery("from Post where Cat.Id = 1 order by Id").SetCacheable(true).Future<Post>(); var count = s.QueryOver<Post>().Cacheable().ToRowCountQuery().Cacheable().FutureValue<int>(); return new object[] { posts.GetEnumerable(), count.Value }; })),
        new("N14", "Two futures, neither changes", s => s.AddPost(cat: 1), Keep(s => { var posts = s.CreateQuery("from Post where Cat.Id = 2").SetCacheable(true).Future<Post>(); var cats = s.QueryOver<Cat>().Cacheable().Future(); return new object[] { posts.GetEnumerable(), cats.GetEnumerable() }; })),
        new("N15", "Query batch, one of its queries changes", s => s.AddPost(cat: 1), Drop(s => Batch(s, 1))),
        new("N15", "Query batch, none of its queries changes", s => s.AddPost(cat: 3), Keep(s => Batch(s, 1))) { Given = s => s.AddCat(3, "C") },
        new("N16", "Asynchronous list, a row is inserted asynchronously", s => { s.SaveAsync(new Post { Id = 9, Title = "new", Cat = s.Load<Cat>(1) }).GetAwaiter().GetResult(); s.FlushAsync().GetAwaiter().GetResult(); },
            Drop(s => s.CreateQuery("from Post where Cat.Id = 1").SetCacheable(true).ListAsync<Post>().GetAwaiter().GetResult()), Keep(s => s.QueryOver<Post>().Where(post => post.Cat!.Id == 2).Cacheable().ListAsync().GetAwaiter().GetResult())),
        new("N17", "Category, a post is inserted without a transaction", s => Autocommit(s, other => other.AddPost(cat: 1)), Drop(s_postsOfCat1), Keep(s_postsOfCat2)),
        new("N17", "Category, a post moves without a transaction", s => Autocommit(s, other => other.Post(2).Cat = other.Load<Cat>(1)), Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N17", "Category, native SQL without a transaction", s => Autocommit(s, other => other.Sql("update Post set cat_id = 1 where Id = 2")), Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("N18", "Nicknames of two persons, one gets another", s => s.Get<Person>(1).Nicknames.Add("new"), Drop(Nicknames(1)), Keep(Nicknames(2))) { Given = AddPersons },
        new("N18", "Nicknames of two persons, one loses all", s => s.Get<Person>(1).Nicknames.Clear(), Drop(Nicknames(1)), Keep(Nicknames(2))) { Given = AddPersons },
        new("N18", "Persons by nickname, one gets it", s => s.Get<Person>(1).Nicknames.Add("nick 2"), Drop(Hql("select p.Id from Person p where :a in elements(p.Nicknames) order by p.Id", "nick 2"))) { Given = AddPersons },
        new("N18", "Phones of two persons in order, one's first is removed", s => s.Get<Person>(1).Phones.RemoveAt(0), Drop(Phones(1)), Keep(Phones(2))) { Given = AddPersons },
        new("N18", "Phones of two persons in order, two of one are exchanged", s => { var phones = s.Get<Person>(1).Phones; (phones[0], phones[1]) = (phones[1], phones[0]); }, Drop(Phones(1)), Keep(Phones(2))) { Given = AddPersons },
        new("N18", "First phones of persons, they are exchanged", s => { var phones = s.Get<Person>(1).Phones; (phones[0], phones[1]) = (phones[1], phones[0]); }, Drop(Hql("select p.Id from Person p where p.Phones[0] = :a", "11"))) { Given = AddPersons },
        new("N19", "Items of a basket, one moves to another", s => { var item = s.Get<Item>(1); s.Get<Basket>(1).Items.Remove(item); s.Get<Basket>(2).Items.Add(item); }, Drop(s_itemsOfBasket1), Drop(Sql("select Id from Item where basket_id = 2")), Refresh(s_loadedItemsOfBasket1)) { Given = AddBaskets },
        new("N19", "Items of a basket, it is emptied", s => s.Get<Basket>(1).Items.Clear(), Drop(s_itemsOfBasket1), Refresh(s_loadedItemsOfBasket1)) { Given = AddBaskets },
        new("N19", "Items of a basket, one is renamed", s => s.Get<Item>(1).Name = "changed", Keep(s_itemsOfBasket1), Refresh(s_loadedItemsOfBasket1)) { Given = AddBaskets },
        new("N20", "Books of a shelf, one is removed as an orphan", s => s.Get<Shelf>(1).Books.RemoveAt(0), Drop(Hql("from Book where Shelf.Id = :a", 1)), Drop(Hql("select count(*) from Book")))
            { Given = s => { s.Save(new Shelf { Id = 1, Name = "s" }); s.Save(new Book { Id = 1, Title = "b", Shelf = s.Load<Shelf>(1) }); } },
        new("N21", "Cars, HQL updates a column of the subclass", s => s.Hql("update Car set Doors = 7 where Name = 'c'"), Drop(Hql("select Doors from Car")), Refresh(Hql("from Vehicle")))
            { Given = s => s.Save(new Car { Id = 1, Name = "c", Doors = 3 }) },
        new("N21", "Cars, HQL updates columns of subclass and base", s => s.Hql("update Car set Doors = 7, Name = 'd'"), Drop(Hql("select Doors from Car")), Drop(Hql("select Name from Vehicle")))
            { Given = s => s.Save(new Car { Id = 1, Name = "c", Doors = 3 }) },
        new("N21", "Cars, HQL inserts from a query", s => s.Hql("insert into Note (Id, Title) select v.Id, v.Name from Car v"), Drop(Hql("from Note")))
            { Given = s => s.Save(new Car { Id = 1, Name = "c", Doors = 3 }) },
        new("N22", "Category, an evicted post is changed", s => { var post = s.Post(1); s.Evict(post); post.Cat = null; }, Keep(s_postsOfCat1)),
        new("N22", "Category, a read-only post is changed", s => { var post = s.Post(1); s.SetReadOnly(post, true); post.Cat = null; }, Keep(s_postsOfCat1)),
        new("N22", "Two categories, a post that was read-only is changed", s => { var post = s.Post(2); s.SetReadOnly(post, true); post.Cat = s.Load<Cat>(1); s.SetReadOnly(post, false); post.Title = "changed"; },
            Drop(s => s.Cached<Post>().Where(post => post.Cat!.Id == 1).Select(post => post.Title).OrderBy(title => title)), Drop(s_postsOfCat2)),
        new("N23", "Three categories, a post moves twice in one transaction", s => { var post = s.Post(2); post.Cat = s.Load<Cat>(1); s.Flush(); post.Cat = s.Load<Cat>(3); }, Either(s_postsOfCat1), Drop(s_postsOfCat2), Drop(s_postsOfCat3)) { Given = s => s.AddCat(3, "C") },
        new("N23", "Category, a post is inserted and deleted in one transaction", s => { var post = s.AddPost(cat: 1); s.Flush(); s.Delete(post); }, Either(s_postsOfCat1)),
        new("N23", "Category, a post is inserted and then moved there by HQL", s => { s.AddPost(); s.Flush(); s.Hql("update Post set Cat.Id = 1 where Id = 9"); }, Drop(s_postsOfCat1)),
        new("N23", "Three categories, a loaded post is moved by HQL and then as an object", s => { var post = s.Post(2); s.Hql("update Post set Cat.Id = 1 where Id = 2"); post.Cat = s.Load<Cat>(3); }, Either(s_postsOfCat1), Drop(s_postsOfCat2), Drop(s_postsOfCat3)) { Given = s => s.AddCat(3, "C") },
        new("N28", "Persons with their phones fetched, two are exchanged", s => { var phones = s.Get<Person>(1).Phones; (phones[0], phones[1]) = (phones[1], phones[0]); },
            Refresh(s => s.CreateQuery("from Person p left join fetch p.Phones where p.Id = 1").SetCacheable(true).List<Person>().SelectMany(person => person.Phones))) { Given = AddPersons },
        new("N28", "Persons with their nicknames fetched, one is replaced", s => { var names = s.Get<Person>(1).Nicknames; names.Clear(); names.Add("other"); },
            Refresh(s => s.CreateQuery("from Person p left join fetch p.Nicknames where p.Id = 1").SetCacheable(true).List<Person>().SelectMany(person => person.Nicknames))) { Given = AddPersons },
        new("N28", "Post with its tags fetched, one is added", s => s.Post(1).Tags.Add(s.Tag(2)),
            Refresh(s => s.CreateQuery("from Post p left join fetch p.Tags where p.Id = 1").SetCacheable(true).List<Post>().SelectMany(post => post.Tags).Select(tag => tag.Name).Distinct().Order())),
        new("N28", "Post with its tags fetched, one is renamed", s => s.Tag(1).Name = "changed",
            Refresh(s => s.CreateQuery("from Post p left join fetch p.Tags where p.Id = 1").SetCacheable(true).List<Post>().SelectMany(post => post.Tags).Select(tag => tag.Name).Distinct().Order())),
        new("N29", "Posts with a title of their category beside them, it is renamed", s => s.Cat(1).Title = "Z", Drop(Hql("select p, p.Cat.Title from Post p where p.Id = :a", 1))),
        new("N29", "Categories of posts as entities, one is renamed", s => s.Cat(1).Title = "Z", Refresh(Hql("select p.Cat from Post p where p.Id = :a", 1))),
        new("N29", "Categories of posts as entities, a post moves", s => s.Post(1).Cat = s.Load<Cat>(2), Drop(Hql("select p.Cat from Post p where p.Id = :a", 1))),
        new("N30", "Parameters in SELECT before those in WHERE, a post is inserted", s => s.AddPost(cat: 1), Drop(ScoreCases(1)), Keep(ScoreCases(2))),
        new("N30", "Parameter used twice, a post is inserted", s => s.AddPost(score: 2), Drop(Hql("from Post p where p.Cat.Id = :a or p.Score = :a order by p.Id", 2)), Keep(Hql("from Post p where p.Cat.Id = :a or p.Score = :a order by p.Id", 1))),
        new("N30", "Parameters of a page and of a condition, a post is inserted", s => s.AddPost(cat: 1),
            Drop(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Skip(1).Take(5))), Keep(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 2).OrderBy(post => post.Id).Skip(1).Take(5)))),
        new("N30", "Parameters of a filter and of a condition, a row is inserted", s => s.Save(new Colleague { Id = 9, Email = "m9", Name = "x", Team = 1 }), Drop(OfTeam(1, "x")), Keep(OfTeam(2, "x")), Keep(OfTeam(1, "y"))),
        new("N30", "Parameters in subquery and condition, a post is inserted", s => s.AddPost(cat: 1, score: 6),
            Drop(Hql("select c.Id, (select count(*) from Post p where p.Cat.Id = c.Id and p.Score = :a) from Cat c where c.Id = :b", 6, 1)),
            Keep(Hql("select c.Id, (select count(*) from Post p where p.Cat.Id = c.Id and p.Score = :a) from Cat c where c.Id = :b", 1, 2))),
        new("N31", "One statement with and without transformer, a post is inserted", s => s.AddPost(), Drop(s =>
        {
            var query = () => s.CreateQuery("select p.Id as Id, p.Title as Title from Post p order by p.Id").SetCacheable(true);
            return new object[] { query().List(), query().SetResultTransformer(NHibernate.Transform.Transformers.AliasToEntityMap).List<System.Collections.IDictionary>().Select(row => row["Title"]), query().List() };
        })),
        new("N31", "Criteria of an unmapped base, a row of one class is inserted", s => s.Save(new Note { Id = 1, Title = "n" }), Drop(Criteria<Document>(c => c))),
        new("N24", "Post by a query with a lock mode, it is asked again", s => s.Post(1).Title = "changed", NeverCache(s => s.CreateQuery("from Post p where p.Id = 1").SetLockMode("p", LockMode.Upgrade).SetCacheable(true).List())),
        new("N25", "Page and next page, nothing changes", _ => { }, Keep(Page(0)), Keep(Page(1))),
        new("N26", "Post by id in two regions, it is deleted", s => { ChangeScenarios.Unlink(s, 1); s.Delete(s.Post(1)); }, Drop(InRegion("one")), Drop(InRegion("two"))),
        new("N27", "Row count of a criteria, a post is inserted", s => s.AddPost(cat: 1), Drop(Criteria<Post>(c => c.Add(Restrictions.Eq("Cat.Id", 1)).SetProjection(Projections.RowCount()))), Keep(Criteria<Post>(c => c.Add(Restrictions.Eq("Cat.Id", 2)).SetProjection(Projections.RowCount())))),
        new("N27", "Criteria with a subcriteria on a collection, a comment is approved", s => s.Get<Comment>(2).Approved = true, Drop(Criteria<Post>(c => c.AddOrder(Order.Asc("Id")).CreateCriteria("Comments").Add(Restrictions.Eq("Approved", true))))),
        new("N27", "Query by example, a tag like it is inserted", s => s.AddTag(9, "x"), Drop(Criteria<Tag>(c => c.Add(Example.Create(new Tag { Name = "x" }))))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static Func<ISession, object?> Names(int team) => Hql("select Name from Colleague where Team = :a", team);

    private static Func<ISession, object?> OfTeam(int team) => session =>
    {
        session.EnableFilter(ScenarioMapping.TeamFilter).SetParameter("number", team);
        return session.Cached<Colleague>().OrderBy(colleague => colleague.Id).ToList();
    };

    private static Func<ISession, object?> OfTeam(int team, string name) => session =>
    {
        session.EnableFilter(ScenarioMapping.TeamFilter).SetParameter("number", team);
        return session.CreateQuery("select case when c.Id > :a then :b else 'no' end from Colleague c where c.Name = :c").SetInt32("a", 0).SetString("b", "yes").SetString("c", name).SetCacheable(true).List();
    };

    private static Func<ISession, object?> ScoreCases(int cat) => Hql("select case when p.Score > :a then 1 else 0 end from Post p where p.Cat.Id = :b order by p.Id", 3 - cat, cat);

    private static Func<ISession, object?> ByEmail(string email) => Criteria<Colleague>(c => c.Add(Restrictions.NaturalId().Set("Email", email)));

    private static Func<ISession, object?> Nicknames(int person) => Hql("select n from Person p join p.Nicknames n where p.Id = :a order by n", person);

    private static Func<ISession, object?> Phones(int person) => Hql("select index(n), n from Person p join p.Phones n where p.Id = :a order by index(n)", person);

    private static Func<ISession, object?> Page(int number) => Criteria<Post>(c => c.AddOrder(Order.Asc("Id")).SetFirstResult(number).SetMaxResults(1));

    private static Func<ISession, object?> InRegion(string region) => session => session.CreateQuery("from Post where Id = 1").SetCacheable(true).SetCacheRegion(region).List();

    private static object[] Batch(ISession session, int cat)
    {
        var batch = session.CreateQueryBatch()
            .Add<Post>("posts", session.CreateQuery("from Post where Cat.Id = :a order by Id").SetInt32("a", cat).SetCacheable(true))
            .Add<Cat>("cats", session.CreateCriteria<Cat>().SetCacheable(true));
        return [batch.GetResult<Post>("posts"), batch.GetResult<Cat>("cats")];
    }

    /// <summary>Post 2, of category 2, from a session that is gone.</summary>
    private static Post Detached(ISession session)
    {
        using var other = session.SessionFactory.OpenSession();
        var post = other.Post(2);
        NHibernateUtil.Initialize(post.Tags);
        NHibernateUtil.Initialize(post.Comments);
        return post;
    }

    private static void Autocommit(ISession session, Action<ISession> work)
    {
        using var other = session.SessionFactory.OpenSession();
        work(other);
        other.Flush();
    }

    private static void AddPersons(ISession session)
    {
        for (var id = 1; id <= 2; id++)
        {
            var person = new Person { Id = id, Name = $"person {id}" };
            person.Nicknames.Add($"nick {id}");
            person.Phones.Add($"{id}1");
            person.Phones.Add($"{id}2");
            session.Save(person);
        }
    }

    private static void AddBaskets(ISession session)
    {
        var basket = new Basket { Id = 1 };
        for (var id = 1; id <= 2; id++)
        {
            var item = new Item { Id = id, Name = $"item {id}" };
            session.Save(item);
            basket.Items.Add(item);
        }
        session.Save(basket);
        session.Save(new Basket { Id = 2 });
    }
}
