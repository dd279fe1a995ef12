using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;
using NHibernate.Impl;
using NHibernate.Linq;
using NHibernate.Proxy;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Rows are changed behind NHibernate's back and the cache is told: of which entity, type or rows. What the change alters must be dropped;
/// what it cannot alter, by what was told, is kept.
/// </summary>
public sealed class ToldChangeTests : ScenarioFixture
{
    private static readonly Func<ISession, object?> s_postsOfCat1 = Hql("select Id from Post where Cat.Id = :a order by Id", 1);
    private static readonly Func<ISession, object?> s_postsOfCat2 = Hql("select Id from Post where Cat.Id = :a order by Id", 2);
    private static readonly Func<ISession, object?> s_title1 = Hql("select Title from Post where Id = :a", 1);
    private static readonly Func<ISession, object?> s_title2 = Hql("select Title from Post where Id = :a", 2);
    private static readonly Func<ISession, object?> s_cats = Hql("select Title from Cat");
    private static readonly Func<ISession, object?> s_tagsOf1 = Sql("select t.name as n from PostTag l join Tag t on t.id = l.tag_id where l.post_id = :a", 1);
    private static readonly Func<ISession, object?> s_tagsOf2 = Sql("select t.name as n from PostTag l join Tag t on t.id = l.tag_id where l.post_id = :a", 2);

    private static string s_database = "";

    private static readonly Scenario[] s_told =
    [
        // An entity: its row may have had any values.
        new("U01", "Entity, its title was changed", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.Invalidate(new Post { Id = 1 })),
            Drop(s_title1), Keep(s_title2), Keep(s_cats)),
        new("U01", "Entity, its category was changed", s => Told(s, "update Post set cat_id = 2 where Id = 1", cache => cache.Invalidate(s.Get<Post>(1))),
            Drop(s_postsOfCat1), Drop(s_postsOfCat2), Keep(s_title2), Keep(s_cats)),
        new("U01", "Entity, got by its id after its title was changed", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.Invalidate(new Post { Id = 1 })),
            Refresh(Linq<Post>(q => q.Where(p => p.Id == 1).ToList())), Keep(Linq<Post>(q => q.Where(p => p.Id == 2).ToList()))),
        new("U01", "Proxy, its title was changed", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.Invalidate(s.Load<Post>(1))),
            Drop(s_title1), Keep(s_title2)),
        new("U01", "Entity, its row was deleted", s => Told(s, "delete from PostTag where post_id = 3; delete from Post where Id = 3", cache => cache.Invalidate(new Post { Id = 3 })),
            Drop(s_postsOfCat1), Keep(s_title1)),
        new("U01", "Entity, its row was inserted", s => Told(s, "insert into Post (Id, Title, Visible, Price, cat_id) values (9, 'n', true, 1, 2)", cache => cache.Invalidate(new Post { Id = 9 })),
            Drop(s_postsOfCat2), Keep(s_title1)),
        new("U01", "Entity, its collection's table was changed", s => Told(s, "insert into PostTag (post_id, tag_id) values (1, 2)", cache => cache.Invalidate(s.Load<Post>(1))),
            Drop(s_tagsOf1), Keep(s_tagsOf2), Drop(Sql("select post_id as p from PostTag where tag_id = :a order by 1", 2))),
        new("U01", "Entity of joined tables, both were changed", s => Told(s, "update Vehicle set Name = 'n' where Id = 1; update Car set Doors = 9", cache => cache.Invalidate(s.Get<Vehicle>(1))),
            Drop(Hql("select Name from Vehicle where Id = :a", 1)), Drop(Hql("select Doors from Car where Id = :a", 1)), Keep(Hql("select Name from Vehicle where Id = :a", 2)))
            { Given = s => { s.Save(new Car { Id = 1, Name = "a", Doors = 3 }); s.Save(new Truck { Id = 2, Name = "b" }); } },
        new("U01", "Entity of a composite key, its product was changed", s => Told(s, "update OrderLine set Product = 'n' where OrderNo = 1 and LineNo = 2", cache => cache.Invalidate(new OrderLine { OrderNo = 1, LineNo = 2 })),
            Drop(Hql("select Product from OrderLine where OrderNo = :a and LineNo = :b", 1, 2)), Keep(Hql("select Product from OrderLine where OrderNo = :a and LineNo = :b", 1, 1)))
            { Given = s => { s.Save(new OrderLine { OrderNo = 1, LineNo = 1, Product = "a" }); s.Save(new OrderLine { OrderNo = 1, LineNo = 2, Product = "b" }); } },
        new("U01", "Entity whose deletion the database carries on, it was deleted", s => Told(s, "delete from Owner where Id = 1", cache => cache.Invalidate(new Owner { Id = 1 })),
            Drop(Hql("select Id from Pet where Owner is null")), Keep(s_cats))
            { Given = s => { var owner = new Owner { Id = 1, Name = "o" }; s.Save(owner); s.Save(new Pet { Id = 1, Name = "p", Owner = owner }); } },
        new("U01", "Entity with a trigger on another table, it was inserted", s => Told(s, "insert into Ledger (Id, Amount) values (1, 5)", cache => cache.Invalidate(new Ledger { Id = 1 })),
            Drop(Hql("select Amount from LedgerTotal")))
            { Given = s => s.Save(new LedgerTotal { Id = 1, Amount = 1 }) },
        new("U01", "Entity of a view, its table was changed", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.Invalidate(s.Load<VisiblePost>(1))),
            Drop(s_title1), Keep(s_cats)),

        // A type: its tables.
        new("U02", "Type, rows were changed", s => Told(s, "update Post set Title = 't'", cache => cache.Invalidate<Post>()),
            Drop(s_title1), Drop(s_title2), Keep(s_cats)),
        new("U02", "Type, its collection's table was changed", s => Told(s, "insert into PostTag (post_id, tag_id) values (1, 2)", cache => cache.Invalidate<Post>()),
            Drop(s_tagsOf1), Keep(s_cats)),
        new("U02", "Base type, a derived one's table was changed", s => Told(s, "update Car set Doors = 9", cache => cache.Invalidate<Vehicle>()),
            Drop(Hql("select Doors from Car where Id = :a", 1)))
            { Given = s => s.Save(new Car { Id = 1, Name = "a", Doors = 3 }) },
        new("U02", "Derived type, the base type's table was changed", s => Told(s, "update Vehicle set Name = 'n'", cache => cache.Invalidate<Car>()),
            Drop(Hql("select Name from Vehicle where Id = :a", 1)))
            { Given = s => s.Save(new Car { Id = 1, Name = "a", Doors = 3 }) },
        new("U02", "Class that is not mapped, tables of those that derive from it were changed", s => Told(s, "update Note set Title = 'n'; update Draft set Title = 'n'", cache => cache.Invalidate<Document>()),
            Drop(Hql("select Title from Note")), Drop(Hql("select Title from Draft")), Keep(s_cats))
            { Given = s => { s.Save(new Note { Id = 1, Title = "a" }); s.Save(new Draft { Id = 1, Title = "b" }); } },
        new("U02", "Type that is a subquery, a table that it reads was changed", s => Told(s, "update Cat set Title = 'n'", cache => cache.Invalidate<BusyCat>()), Drop(s_cats)),
        new("U02", "Type of a concrete table each, the hierarchy was changed", s => Told(s, "update Disc set Name = 'n'; update Block set Name = 'n'", cache => cache.Invalidate<Figure>()),
            Drop(Hql("select Name from Disc")), Drop(Hql("select Name from Block")))
            { Given = s => { s.Save(new Disc { Id = 1, Name = "a" }); s.Save(new Block { Id = 2, Name = "b" }); } },

        // Rows of which something is known.
        new("U03", "Condition on the key", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.InvalidateWhere<Post>(post => post.Id == 1)),
            Drop(s_title1), Keep(s_title2), Drop(Hql("select Id from Post where Title = :a", "first"))),
        new("U03", "Condition on a reference", s => Told(s, "insert into Post (Id, Title, Visible, Price, cat_id) values (9, 'n', true, 1, 2)", cache => cache.InvalidateWhere<Post>(post => post.Cat!.Id == 2)),
            Drop(s_postsOfCat2), Keep(s_postsOfCat1), Keep(s_cats)),
        new("U03", "Condition that compares with an entity", s => Told(s, "insert into Post (Id, Title, Visible, Price, cat_id) values (9, 'n', true, 1, 2)", cache => cache.InvalidateWhere<Post>(post => post.Cat == new Cat { Id = 2 })),
            Drop(s_postsOfCat2), Keep(s_postsOfCat1)),
        new("U03", "Condition of two columns, of which a query compares a third", s => Told(s, "update Post set Score = 99 where Id = 1", cache => cache.InvalidateWhere<Post>(post => post.Id == 1 && post.Cat!.Id == 1)),
            Drop(Hql("select Id from Post where Score = :a", 5)), Keep(Hql("select Score from Post where Cat.Id = :a", 2)), Keep(Hql("select Score from Post where Id = :a", 2))),
        new("U03", "Condition of old value or new", s => Told(s, "update Post set cat_id = 2 where Id = 1", cache => cache.InvalidateWhere<Post>(post => post.Id == 1 && (post.Cat!.Id == 1 || post.Cat.Id == 2))),
            Drop(s_postsOfCat1), Drop(s_postsOfCat2), Keep(s_title2)),
        new("U03", "Condition of a list", s => Told(s, "update Post set Title = 't' where Id in (1, 3)", cache => cache.InvalidateWhere<Post>(post => new[] { 1, 3 }.Contains(post.Id))),
            Drop(s_title1), Keep(s_title2)),
        new("U03", "Condition on truth and null", s => Told(s, "update Post set Title = 't' where Id = 3", cache => cache.InvalidateWhere<Post>(post => !post.Visible && post.Score == null)),
            Drop(Hql("select Title from Post where Visible = false and Score is null")), Keep(Hql("select Title from Post where Visible = true")), Keep(Hql("select Title from Post where Score = :a", 7))),
        new("U03", "Count of the rows, one was inserted", s => Told(s, "insert into Post (Id, Title, Visible, Price, cat_id) values (9, 'n', true, 1, 2)", cache => cache.InvalidateWhere<Post>(post => post.Cat!.Id == 2)),
            Drop(Hql("select count(*) from Post where Cat.Id = :a", 2)), Keep(Hql("select count(*) from Post where Cat.Id = :a", 1))),
        new("U03", "Condition of a range, which says nothing", s => Told(s, "update Post set Title = 't' where Score > 4", cache => cache.InvalidateWhere<Post>(post => post.Score > 4)),
            Drop(s_title1), Drop(s_title2), Keep(s_cats)),
        new("U03", "Condition that NHibernate does not translate", s => Told(s, "update Post set Title = 't' where Id = 1", cache => cache.InvalidateWhere<Post>(post => Reversed(post.Title) == "tsrif")),
            Drop(s_title1), Keep(s_cats)),
        new("U03", "Condition on another table, which says nothing", s => Told(s, "update Post set Title = 't' where cat_id = 1", cache => cache.InvalidateWhere<Post>(post => post.Cat!.Title == "A")),
            Drop(s_title1), Keep(s_cats)),
        new("U03", "Condition on a base class's column", s => Told(s, "update Vehicle set Name = 'n' where Name = 'a'; update Car set Doors = 9", cache => cache.InvalidateWhere<Car>(car => car.Name == "a" || car.Name == "n")),
            Drop(Hql("select Id from Vehicle where Name = :a", "a")), Keep(Hql("select Id from Vehicle where Name = :a", "b")), Drop(Hql("select Doors from Car")))
            { Given = s => { s.Save(new Car { Id = 1, Name = "a", Doors = 3 }); s.Save(new Truck { Id = 2, Name = "b" }); } },
        new("U03", "Soft-deleted row, by its key", s => Told(s, "update Article set Deleted = true where Id = 1", cache => cache.InvalidateWhere<Article>(article => article.Id == 1)),
            Drop(Hql("select Title from Article where Id = :a", 1)), Drop(Sql("select count(*) as n from Article where Deleted")), Keep(Hql("select Title from Article where Id = :a", 2)))
            { Given = s => { s.Save(new Article { Id = 1, Title = "a" }); s.Save(new Article { Id = 2, Title = "b" }); } },
        new("U03", "Class of a hierarchy in one table, by its key", s => Told(s, "update Payment set Amount = 99 where Id = 1", cache => cache.InvalidateWhere<CardPayment>(payment => payment.Id == 1)),
            Drop(Hql("select Amount from CardPayment where Id = :a", 1)), Drop(Hql("select Amount from Payment where Id = :a", 1)), Keep(Hql("select Amount from CardPayment where Id = :a", 2)))
            { Given = s => { s.Save(new CardPayment { Id = 1, Amount = 1 }); s.Save(new CardPayment { Id = 2, Amount = 2 }); } },
        new("U03", "Interface of two classes in one table", s => Told(s, "update Payment set Amount = 99", cache => cache.InvalidateWhere<IPaidAtOnce>(payment => payment.Amount == 1 || payment.Amount == 99)),
            Drop(Hql("select Amount from CardPayment")), Drop(Hql("select Amount from CashPayment")))
            { Given = s => { s.Save(new CardPayment { Id = 1, Amount = 1 }); s.Save(new CashPayment { Id = 2, Amount = 1 }); } },
        new("U03", "Class that is not mapped", s => Told(s, "update Note set Title = 'n'; update Draft set Title = 'n'", cache => cache.InvalidateWhere<Document>(document => document.Id == 1)),
            Drop(Hql("select Title from Note")), Drop(Hql("select Title from Draft")))
            { Given = s => { s.Save(new Note { Id = 1, Title = "a" }); s.Save(new Draft { Id = 1, Title = "b" }); } },

        // A query.
        new("U04", "Query", s => Told(s, "update Post set cat_id = 2 where Id = 1", cache => cache.Invalidate(s, s.CreateQuery("select Id from Post where Cat.Id = :a order by Id").SetInt32("a", 1))),
            Drop(s_postsOfCat1), Keep(s_title1), Keep(s_cats)),
        new("U04", "Query of LINQ", s => Told(s, "update Post set cat_id = 2 where Id = 1", cache => cache.Invalidate(s, s.Query<Post>().Where(p => p.Cat!.Id == 1).OrderBy(p => p.Id).Select(p => p.Id))),
            Drop(Linq<Post>(q => q.Where(p => p.Cat!.Id == 1).OrderBy(p => p.Id).Select(p => p.Id).ToList())), Keep(s_title1)),
        new("U04", "Criteria", s => Told(s, "delete from PostTag where post_id = 3; delete from Post where Id = 3", cache => cache.Invalidate(s, s.CreateCriteria<Post>().Add(NHibernate.Criterion.Restrictions.Eq("Cat.Id", 1)))),
            Drop(Criteria<Post>(c => c.Add(NHibernate.Criterion.Restrictions.Eq("Cat.Id", 1)))), Keep(Criteria<Post>(c => c.Add(NHibernate.Criterion.Restrictions.Eq("Cat.Id", 2))))),
        new("U04", "QueryOver", s => Told(s, "delete from PostTag where post_id = 3; delete from Post where Id = 3", cache => cache.Invalidate(s, s.QueryOver<Post>().Where(p => p.Cat!.Id == 1))),
            Drop(Over<Post>(q => q.Where(p => p.Cat!.Id == 1))), Keep(Over<Post>(q => q.Where(p => p.Cat!.Id == 2)))),
        new("U04", "Native SQL", s => Told(s, "update Cat set Title = 'n' where Id = 1", cache => cache.Invalidate(s, s.CreateSQLQuery("select title as t from Cat where id = :a").SetInt32("a", 1))),
            Drop(Sql("select title as t from Cat where id = :a", 1)), Keep(Sql("select title as t from Cat where id = :a", 2))),
        new("U04", "Query of a list", s => Told(s, "update Post set Title = 't' where Id in (1, 3)", cache => cache.Invalidate(s, s.CreateQuery("select Title from Post where Id in (:a)").SetParameterList("a", new[] { 1, 3 }))),
            Drop(Hql("select Title from Post where Id in (:a)", new[] { 1, 3 })), Keep(s_title2)),
        new("U04", "Query of several hierarchies", s => Told(s, "update Note set Title = 'n'; update Draft set Title = 'n'", cache => cache.Invalidate(s, s.CreateQuery($"from {typeof(Document).FullName} d where d.Id = :a").SetInt32("a", 1))),
            Refresh(Hql($"from {typeof(Document).FullName} d where d.Id = :a", 1)))
            { Given = s => { s.Save(new Note { Id = 1, Title = "a" }); s.Save(new Draft { Id = 1, Title = "b" }); } },
        new("U04", "Join, whichever of its tables was changed", s => Told(s, "update Cat set Title = 'n' where Id = 1", cache => cache.Invalidate(s, s.CreateQuery("select p.Title, c.Title from Post p join p.Cat c where p.Id = :a").SetInt32("a", 1))),
            Drop(Hql("select p.Title, c.Title from Post p join p.Cat c where p.Id = :a", 1)), Keep(Hql("select p.Title, c.Title from Post p join p.Cat c where p.Id = :a", 2))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_told.Select(scenario => scenario.Case);

    [SetUp]
    public void NameDatabase() => s_database = ConnectionString;

    [Test]
    public void Entity_that_is_not_mapped_is_refused() =>
        Assert.That(() => Factory.GranularCache().Invalidate("text"), Throws.InstanceOf<MappingException>());

    [Test]
    public void Type_that_is_not_mapped_is_refused() =>
        Assert.That(() => Factory.GranularCache().Invalidate<ToldChangeTests>(), Throws.InstanceOf<MappingException>());

    [Test]
    public void Entity_that_was_never_saved_is_refused()
    {
        Assert.That(() => Factory.GranularCache().Invalidate(new Ticket()), Throws.ArgumentException.With.Message.Contains("was never saved"));
        Assert.That(() => Factory.GranularCache().Invalidate(new Ticket { Id = Guid.NewGuid() }), Throws.Nothing, "its identifier is all that counts");
    }

    [Test]
    public void Session_of_another_factory_is_refused()
    {
        using var other = Configure().BuildSessionFactory();
        using var session = other.OpenSession();
        Assert.That(() => Factory.GranularCache().InvalidateAll(session), Throws.ArgumentException);
    }

    [Test]
    public void Proxy_is_not_loaded_and_nothing_is_executed_or_flushed() => Commit(session =>
    {
        var cache = Factory.GranularCache();
        var proxy = session.Load<Post>(1);
        session.Load<Post>(2).Title = "changed";
        var statements = Statistics.PrepareStatementCount;
        var query = session.Query<Post>().Where(post => post.Cat!.Id == 1);

        cache.Invalidate(proxy, session);
        cache.InvalidateWhere<Post>(post => post.Id == 1, session);
        cache.InvalidateWhere<Post>(post => post.Id == 1);
        cache.Invalidate(session, query);

        Assert.That(NHibernateUtil.IsInitialized(proxy), Is.False);
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements));
        Assert.That((session.FlushMode, session.CacheMode), Is.EqualTo((FlushMode.Auto, CacheMode.Normal)));
        Assert.That(query.Select(post => post.Title), Is.EquivalentTo(new[] { "first", "third" }), "the session goes on");
    });

    [Test]
    public void Query_that_is_looked_at_is_neither_executed_nor_changed_whatever_is_set_on_it(
        [Values(CacheMode.Refresh, CacheMode.Put, CacheMode.Ignore)] CacheMode mode, [Values("invalidate", "explain", "depend")] string how)
    {
        object? Hql(ISession session) => session.CreateQuery("select Title from Post where Id = 1").SetCacheable(true).List();
        object? Criteria(ISession session) => session.CreateCriteria<Post>().Add(Restrictions.Eq("Score", 5)).SetCacheable(true).List();
        object? Linq(ISession session) => session.Cached<Post>().Where(post => post.Visible).ToList();
        foreach (var look in new[] { Hql, Criteria, Linq })
            AskOnce(look);
        using (var session = Factory.OpenSession())
        using (session.BeginTransaction())
        {
            session.Get<Post>(2).Title = "pending";
            var statements = Statistics.PrepareStatementCount;
            var (hql, criteria) = (session.CreateQuery("select Title from Post where Id = 1").SetCacheMode(mode).SetFlushMode(FlushMode.Always), session.CreateCriteria<Post>().Add(Restrictions.Eq("Score", 5)).SetCacheMode(mode).SetFlushMode(FlushMode.Always));
            var linq = session.Query<Post>().Where(post => post.Visible).WithOptions(options => options.SetCacheMode(mode).SetFlushMode(FlushMode.Always));
            var cache = Factory.GranularCache();
            if (how == "invalidate")
            {
                cache.Invalidate(session, hql);
                cache.Invalidate(session, criteria);
                cache.Invalidate(session, linq);
            }
            else if (how == "explain")
            {
                Assert.That(new[] { session.ExplainCache(hql), session.ExplainCache(criteria), session.ExplainCache(linq) }.Select(explanation => explanation.IsCacheable), Is.All.True);
            }
            else
            {
                Assert.That(cache.GetOrAdd(session, "titles", on => on.On(hql).On(criteria).On(linq), () => 1), Is.EqualTo(1));
            }
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements));
            Assert.That((((AbstractQueryImpl)hql).Cacheable, ((CriteriaImpl)criteria).Cacheable, ((CriteriaImpl)criteria).CacheMode), Is.EqualTo((false, false, (CacheMode?)mode)));
            hql.List();
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements + 2), "it flushes and asks, as it is set to");
        }
        Assert.That(new[] { Hql, Criteria, Linq }.Select(look => AskOnce(look).WasHit), Is.All.EqualTo(how != "invalidate"));
    }

    [Test]
    public void What_the_condition_has_to_load_is_loaded([Values("count", "contains", "ids", "query")] string what)
    {
        AskOnce(s_title1);
        AskOnce(s_title2);
        Commit(session =>
        {
            var cat = session.Get<Cat>(2);
            var ids = cat.Posts.Select(post => post.Id);
            Func<int> cats = () => session.Query<Cat>().ToList().Count;
            System.Linq.Expressions.Expression<Func<Post, bool>> condition = what switch
            {
                "count" => post => post.Id == cat.Posts.Count + 1,
                "contains" => post => cat.Posts.Contains(post),
                "ids" => post => ids.Contains(post.Id),
                _ => post => post.Id == cats(),
            };
            Factory.GranularCache().InvalidateWhere(condition, session);
            Assert.That(cat.Posts, Has.Count.EqualTo(1), "the session holds what there is");
        });
        Assert.That((AskOnce(s_title1).WasHit, AskOnce(s_title2).WasHit), Is.EqualTo((true, false)));
    }

    [Test]
    public void Query_whose_condition_runs_a_cached_query()
    {
        static IQueryable<string> Titles(ISession session, Func<int> number) => session.Cached<Post>().Where(post => post.Id == number()).Select(post => post.Title);
        object? Second(ISession session) => Titles(session, () => 2).ToList();
        AskOnce(Second);
        Assert.That(AskOnce(Second).WasHit, Is.True);
        // There are two.
        Commit(session => Factory.GranularCache().Invalidate(session, Titles(session, () => session.Cached<Cat>().ToList().Count)));
        Assert.That(AskOnce(Second).WasHit, Is.False);
    }

    [Test]
    public async Task Asynchronous_forms_do_the_same()
    {
        var cache = Factory.GranularCache();
        await DropsAsync(() => cache.InvalidateAsync(new Post { Id = 1 }));
        await DropsAsync(() => cache.InvalidateWhereAsync<Post>(post => post.Id == 1));

        async Task DropsAsync(Func<Task> invalidate)
        {
            AskOnce(s_title1);
            Assert.That(AskOnce(s_title1).WasHit, Is.True);
            await invalidate();
            Assert.That(AskOnce(s_title1).WasHit, Is.False);
        }
    }

    [Test]
    public void Result_on_its_way_into_the_cache_is_dropped_as_well([Values] bool byQuery)
    {
        var cache = Factory.GranularCache();
        using var reader = Factory.WithOptions().Interceptor(new UserInterceptor
        {
            // Between the look-up and the SELECT, which is the worst moment for a result of before.
            Prepared = () => Tell(cache),
        }).OpenSession();
        using (var transaction = reader.BeginTransaction())
        {
            s_postsOfCat1(reader);
            transaction.Commit();
        }
        Assert.That(AskOnce(s_postsOfCat1).WasHit, Is.False);

        void Tell(GranularCache told)
        {
            if (!byQuery)
            {
                told.InvalidateWhere<Post>(post => post.Cat!.Id == 1);
                return;
            }
            using var session = Factory.OpenSession();
            told.Invalidate(session, session.CreateQuery("select Id from Post where Cat.Id = :a order by Id").SetInt32("a", 1));
        }
    }

    [Test]
    public void Condition_that_is_not_understood_is_logged()
    {
        using var log = new RecordedLog();
        Factory.GranularCache().InvalidateWhere<Post>(post => Reversed(post.Title) == "tsrif");
        Assert.That(log.Messages, Has.One.StartsWith("GC113"));
    }

    private static string Reversed(string text) => new([.. text.Reverse()]);

    /// <summary>Another program changes rows, and then the cache is told.</summary>
    private static void Told(ISession session, string sql, Action<GranularCache> tell)
    {
        using (var connection = new NpgsqlConnection(s_database))
        {
            connection.Open();
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
        tell(session.SessionFactory.GranularCache());
    }
}
