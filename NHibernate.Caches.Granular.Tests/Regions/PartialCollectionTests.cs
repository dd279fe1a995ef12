using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Multi;
using NHibernate.SqlCommand;
using NHibernate.Transform;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>
/// Collections that a query fetches under a condition, cut or multiplied: NHibernate takes what it read for the whole collection, but
/// the region must not. What the mapping loads, and what a query fetches whole, is cached.
/// </summary>
public sealed class PartialCollectionTests : BlogFixture
{
    private static readonly int[] s_posts = [1, 3];
    private static readonly int[] s_tags = [1, 2];
    private static readonly int[] s_comments = [1, 3];

    /// <summary>Queries that show other posts of category 1 than it has.</summary>
    private static readonly (string Name, Func<ISession, Cat> Load)[] s_partialPosts =
    [
        ("HQL, inner", s => Hql<Cat>(s, "select c from Cat c join fetch c.Posts p where c.Id = 1 and p.Visible = true")),
        ("HQL, outer", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p where c.Id = 1 and (p.Visible = true or p.Id is null)")),
        ("HQL, condition in a subquery", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p where c.Id = 1 and exists (from Comment m where m.Post = p)")),
        ("HQL, join below", s => Hql<Cat>(s, "select distinct c from Cat c join fetch c.Posts p join p.Comments m where c.Id = 1")),
        ("HQL, chance", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p where c.Id = 1 and (p.Id <> 3 or c.Id = random())")),
        ("HQL, fetch below multiplies", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p left join fetch p.Tags where c.Id = 1")),
        ("HQL, join beside multiplies", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p left join c.Posts q where c.Id = 1")),
        ("HQL, owner multiplies", s => Hql<Post>(s, "select p from Post p left join fetch p.Cat c left join fetch c.Posts where c.Id = 1").Cat!),
        ("HQL, product multiplies", s => Hql<Cat>(s, "select c from Cat c left join fetch c.Posts p, Tag t where c.Id = 1")),
        ("criteria, alias", s => s.CreateCriteria<Cat>().Add(Restrictions.IdEq(1)).CreateAlias("Posts", "p", JoinType.LeftOuterJoin).Fetch(SelectMode.Fetch, "p").Add(Restrictions.Eq("p.Visible", true)).UniqueResult<Cat>()),
        ("criteria, with clause", s => s.CreateCriteria<Cat>().Add(Restrictions.IdEq(1)).CreateAlias("Posts", "p", JoinType.LeftOuterJoin, Restrictions.Eq("p.Visible", true)).Fetch(SelectMode.Fetch, "p").UniqueResult<Cat>()),
        ("criteria, paging", s => s.CreateCriteria<Cat>().Add(Restrictions.IdEq(1)).Fetch("Posts").SetMaxResults(1).UniqueResult<Cat>()),
        ("QueryOver", s =>
        {
            Post p = null!;
            return s.QueryOver<Cat>().Where(c => c.Id == 1).JoinAlias(c => c.Posts, () => p, JoinType.LeftOuterJoin).Fetch(SelectMode.Fetch, () => p).Where(() => p.Visible).SingleOrDefault();
        }),
        ("native, WHERE", s => Native(s, "select {c.*}, {p.*} from Cat c join Post p on p.cat_id = c.Id where c.Id = 1 and p.Visible")),
        ("native, column without a table", s => Native(s, "select {c.*}, {p.*} from Cat c join Post p on p.cat_id = c.Id where c.Id = 1 and Visible")),
        ("native, ON", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id and p.Visible where c.Id = 1")),
        ("native, ON of columns", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id and p.Id = c.Id where c.Id = 1")),
        ("native, other column", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.Id = c.Id where c.Id = 1")),
        ("native, LIMIT", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id where c.Id = 1 order by p.Id limit 1")),
        ("native, DISTINCT ON", s => Native(s, "select distinct on (c.Id) {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id where c.Id = 1")),
        ("native, skipped", s => Native(s, "select {c.*}, {p.*} from Post p join Cat c on p.cat_id = c.Id join Comment m on m.post_id = p.Id where c.Id = 1 and m.Id = 1")),
        ("asynchronous", s => s.CreateQuery("select c from Cat c join fetch c.Posts p where c.Id = 1 and p.Visible = true").UniqueResultAsync<Cat>().GetAwaiter().GetResult()),
        ("in a batch", s => s.CreateQueryBatch().Add<Cat>("q", s.CreateQuery("select c from Cat c join fetch c.Posts p where c.Id = 1 and p.Visible = true")).GetResult<Cat>("q").Single()),
    ];

    public static IEnumerable<TestCaseData> PartialPosts => s_partialPosts.Select(query => new TestCaseData(query.Load).SetArgDisplayNames(query.Name));

    /// <summary>Queries that fetch the posts of both categories whole.</summary>
    private static readonly (string Name, Func<ISession, object> Load)[] s_wholePosts =
    [
        ("HQL, inner", s => s.CreateQuery("select c from Cat c join fetch c.Posts").List<Cat>()),
        ("HQL, outer", s => s.CreateQuery("select distinct c from Cat c left join fetch c.Posts where c.Title like 'A%'").List<Cat>()),
        ("native, condition on the key", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id where p.cat_id = 1")),
        ("LINQ", s => s.Query<Cat>().Where(c => c.Title == "A").FetchMany(c => c.Posts).ToList()),
        ("criteria", s => s.CreateCriteria<Cat>().Add(Restrictions.Eq("Title", "A")).Fetch("Posts").SetResultTransformer(Transformers.DistinctRootEntity).List<Cat>()),
        ("native", s => Native(s, "select {c.*}, {p.*} from Cat c left join Post p on p.cat_id = c.Id where c.Id = 1")),
        ("initializer", s => s.Get<Cat>(1).Posts.Count),
    ];

    public static IEnumerable<TestCaseData> WholePosts => s_wholePosts.Select(query => new TestCaseData(query.Load).SetArgDisplayNames(query.Name));

    [TestCaseSource(nameof(PartialPosts))]
    public void Collection_that_is_not_fetched_whole_does_not_enter_the_region(Func<ISession, Cat> load)
    {
        Commit(session => Assert.That(Ids(load(session)), Is.Not.EquivalentTo(s_posts), "it was fetched whole"));
        Commit(session => Assert.That(Ids(session.Get<Cat>(1)), Is.EquivalentTo(s_posts)));
    }

    [TestCase("select p from Post p join fetch p.Tags t where p.Id = 1 and t.Name = 'y'")]
    [TestCase("select p from Post p join fetch p.Tags t join t.Posts q with q.Id = 2 where p.Id = 1")]
    public void Many_to_many_that_is_not_fetched_whole_does_not_enter_the_region(string hql)
    {
        Commit(session => Assert.That(Hql<Post>(session, hql).Tags.Select(tag => tag.Id), Is.EqualTo(new[] { 2 })));
        Commit(session => Assert.That(session.Get<Post>(1).Tags.Select(tag => tag.Id), Is.EquivalentTo(s_tags)));
    }

    [Test]
    public void Collection_that_is_not_fetched_whole_does_not_enter_a_region_that_is_not_told_whose_it_is()
    {
        Commit(session => Assert.That(session.CreateCriteria<Post>().Add(Restrictions.IdEq(1)).Fetch("Comments").SetMaxResults(1).UniqueResult<Post>().Comments, Has.Count.EqualTo(1)));
        Commit(session => Assert.That(session.Get<Post>(1).Comments.Select(comment => comment.Id), Is.EquivalentTo(s_comments)));
    }

    [Test]
    public void Collection_without_what_the_mapping_asks_for_does_not_enter_the_region()
    {
        Commit(session => session.CreateSQLQuery("select {s.*}, {b.*} from Shelf s join Book b on b.chosen_id = s.id left join EBook b_1_ on b_1_.book_id = b.id").AddEntity("s", typeof(Shelf)).AddJoin("b", "s.Chosen").List());
        Commit(session => Assert.That(session.Get<Shelf>(1).Chosen.Select(book => book.Id), Is.EquivalentTo(new[] { 1 })));
    }

    [Test]
    public void Collection_of_which_a_join_by_columns_alone_hides_elements_does_not_enter_the_region()
    {
        Commit(session => session.CreateSQLQuery("select {s.*}, {b.*} from Shelf s join Book b on b.joined_id = s.id left join EBook b_1_ on b_1_.book_id = b.id join EBook e on e.book_id = b.id where s.id = 1").AddEntity("s", typeof(Shelf)).AddJoin("b", "s.Joined").List());
        Commit(session => Assert.That(session.Get<Shelf>(1).Joined.Select(book => book.Id), Is.EquivalentTo(new[] { 1, 2 })));
    }

    [Test]
    public void Ordered_collection_fetched_in_the_order_of_a_query_does_not_enter_the_region()
    {
        Commit(session => session.CreateSQLQuery("select {s.*}, {b.*} from Shelf s left join Book b on b.ordered_id = s.id left join EBook b_1_ on b_1_.book_id = b.id where s.id = 1 order by b.id desc").AddEntity("s", typeof(Shelf)).AddJoin("b", "s.Ordered").List());
        Commit(session => Assert.That(session.Get<Shelf>(1).Ordered.Select(book => book.Id), Is.EqualTo(new[] { 1, 2 })));
    }

    [Test]
    public void Ordered_collection_in_the_order_of_a_query_does_not_enter_the_region()
    {
        Commit(session => session.CreateCriteria<Shelf>().Add(Restrictions.IdEq(1)).CreateAlias("Ordered", "b", JoinType.LeftOuterJoin).Fetch(SelectMode.Fetch, "b").AddOrder(Order.Desc("b.Id")).List<Shelf>());
        Commit(session => Assert.That(session.Get<Shelf>(1).Ordered.Select(book => book.Id), Is.EqualTo(new[] { 1, 2 })));
    }

    [TestCaseSource(nameof(WholePosts))]
    public void Collection_that_is_fetched_whole_enters_the_region(Func<ISession, object> load)
    {
        Commit(load);
        Assert.That(Sql(session => Assert.That(Ids(session.Get<Cat>(1)), Is.EquivalentTo(s_posts))), Is.Zero);
    }

    [Test]
    public void Collections_fetched_whole_enter_regions_of_both_strategies()
    {
        Commit(session => session.CreateQuery("select p from Post p left join fetch p.Tags t left join fetch p.Comments where p.Id = 1").List<Post>());
        Assert.That(Sql(session =>
        {
            Assert.That(session.Get<Post>(1).Tags, Has.Count.EqualTo(2));
            Assert.That(session.Get<Post>(1).Comments, Has.Count.EqualTo(2));
        }), Is.Zero);
    }

    [Test]
    public void Collections_that_the_mapping_fetches_enter_the_region()
    {
        static void Load(ISession session)
        {
            Assert.That(session.Query<Shelf>().OrderBy(s => s.Id).ToList(), Has.Count.EqualTo(2));
            var shelf = session.Get<Shelf>(1);
            Assert.That(shelf.Batched, Has.Count.EqualTo(2));
            Assert.That(shelf.Selected, Has.Count.EqualTo(2));
            Assert.That(shelf.Chosen, Has.Count.EqualTo(1));
            Assert.That(shelf.Ordered, Has.Count.EqualTo(2));
            Assert.That(shelf.Extended, Has.Count.EqualTo(1));
        }
        Commit(Load);
        Assert.That(Sql(Load), Is.EqualTo(1), "the query itself");
        Commit(session => Assert.That(session.Get<Shelf>(2).Batched, Is.Empty));
        Assert.That(Sql(session =>
        {
            Assert.That(session.Get<Shelf>(2).Batched, Is.Empty);
            Assert.That(session.Get<Shelf>(2).Selected, Is.Empty);
        }), Is.Zero, "loaded with those of the other shelf");
    }

    [Test]
    public void Collection_that_an_entity_is_loaded_with_enters_the_region()
    {
        Commit(session => Assert.That(session.Get<Shelf>(1).Joined, Has.Count.EqualTo(2)));
        Assert.That(Sql(session => Assert.That(session.Get<Shelf>(1).Joined, Has.Count.EqualTo(2))), Is.Zero);
    }

    [Test]
    public void Query_for_elements_withholds_no_collection()
    {
        Commit(session =>
        {
            session.CreateQuery("from Post p where p.Visible = true").List<Post>();
            Assert.That(Ids(session.Get<Cat>(1)), Is.EquivalentTo(s_posts));
        });
        Assert.That(Sql(session => Ids(session.Get<Cat>(1))), Is.Zero);
    }

    [Test]
    public void Partial_fetch_withholds_no_other_role_and_nobody_else_s_put()
    {
        using var other = Factory.OpenSession();
        Hql<Cat>(other, "select c from Cat c join fetch c.Posts p where c.Id = 1 and p.Visible = true");
        Assert.That(other.Get<Post>(1).Tags, Has.Count.EqualTo(2));
        Assert.That(Sql(session => Assert.That(session.Get<Post>(1).Tags, Has.Count.EqualTo(2))), Is.Zero, "another role");
        Commit(session => Ids(session.Get<Cat>(1)));
        Assert.That(Sql(session => Ids(session.Get<Cat>(1))), Is.Zero, "another session's");
    }

    [Test]
    public void Role_is_put_again_when_the_session_is_closed_that_fetched_it_in_part()
    {
        static void Look(ISession session) => Assert.That(session.Get<Post>(1).Comments, Has.Count.EqualTo(2));
        using (var other = Factory.OpenSession())
        {
            Hql<Post>(other, "select p from Post p join fetch p.Comments m where p.Id = 1 and m.Approved = true");
            Commit(Look);
            Assert.That(Sql(Look), Is.Not.Zero, "nothing tells whose put it is");
        }
        Commit(Look);
        Assert.That(Sql(Look), Is.Zero);
    }

    protected override IEnumerable<string> TablesToEmpty => ["EBook", "Book", "Shelf", .. base.TablesToEmpty];

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        session.Get<Post>(1).Tags.Add(session.Get<Tag>(2));
        session.Save(new Comment { Id = 3, Post = session.Get<Post>(1), Approved = false, Text = "three" });
        var shelf = new Shelf { Id = 1, Name = "first" };
        session.Save(shelf);
        session.Save(new Shelf { Id = 2, Name = "second" });
        session.Flush();
        session.CreateSQLQuery("""
            insert into Book (id, name, joined_id, batched_id, selected_id, chosen_id, ordered_id) values (1, 'a', 1, 1, 1, 1, 1), (2, 'b', 1, 1, 1, 1, 1);
            insert into EBook (book_id, extended_id) values (2, 1)
            """).ExecuteUpdate();
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Post>(map => map.Set(post => post.Comments, set => set.Cache(cache => cache.Usage(CacheUsage.NonstrictReadWrite)), relation => relation.OneToMany()));
        mapper.Class<Comment>(map => map.Cache(cache => cache.Usage(CacheUsage.ReadWrite)));
        mapper.Class<Shelf>(map =>
        {
            map.Table("Shelf");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(shelf => shelf.Id, id => id.Generator(Generators.Assigned));
            map.Property(shelf => shelf.Name);
            map.Set(shelf => shelf.Joined, set => Books(set, "joined_id", () => set.Fetch(CollectionFetchMode.Join)), relation => relation.OneToMany());
            map.Set(shelf => shelf.Batched, set => Books(set, "batched_id", () => set.BatchSize(10)), relation => relation.OneToMany());
            map.Set(shelf => shelf.Selected, set => Books(set, "selected_id", () => set.Fetch(CollectionFetchMode.Subselect)), relation => relation.OneToMany());
            map.Set(shelf => shelf.Chosen, set => Books(set, "chosen_id", () => set.Where("name = 'a'")), relation => relation.OneToMany());
            map.Bag(shelf => shelf.Ordered, bag => Books(bag, "ordered_id", () => bag.OrderBy("name asc")), relation => relation.OneToMany());
            map.Set(shelf => shelf.Extended, set => Books(set, "extended_id", () => { }), relation => relation.OneToMany());
        });
        mapper.Class<Book>(map =>
        {
            map.Table("Book");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(book => book.Id, id => id.Generator(Generators.Assigned));
            map.Property(book => book.Name);
        });
        mapper.JoinedSubclass<EBook>(map =>
        {
            map.Table("EBook");
            map.Key(key => key.Column("book_id"));
            map.Property(book => book.Format);
        });
        return mapper;
    }

    private static void Books<TOwner, TElement>(ICollectionPropertiesMapper<TOwner, TElement> collection, string key, System.Action more)
        where TOwner : class
    {
        collection.Key(mapper => mapper.Column(key));
        collection.Inverse(true);
        collection.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
        more();
    }

    private static IEnumerable<int> Ids(Cat cat) => cat.Posts.Select(post => post.Id);

    private static T Hql<T>(ISession session, string hql) => session.CreateQuery(hql).List<T>()[0];

    private static Cat Native(ISession session, string sql) =>
        session.CreateSQLQuery(sql).AddEntity("c", typeof(Cat)).AddJoin("p", "c.Posts").SetResultTransformer(new RootEntity()).List<Cat>()[0];

    private long Sql(Action<ISession> work)
    {
        var before = Statistics.PrepareStatementCount;
        Commit(work);
        return Statistics.PrepareStatementCount - before;
    }

    /// <summary>The first of what a row gives.</summary>
    [Serializable]
    private sealed class RootEntity : IResultTransformer
    {
        public object TransformTuple(object[] tuple, string[] aliases) => tuple[0];

        public System.Collections.IList TransformList(System.Collections.IList collection) => collection;
    }

    public class Shelf
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual ISet<Book> Joined { get; protected set; } = new HashSet<Book>();

        public virtual ISet<Book> Batched { get; protected set; } = new HashSet<Book>();

        public virtual ISet<Book> Selected { get; protected set; } = new HashSet<Book>();

        public virtual ISet<Book> Chosen { get; protected set; } = new HashSet<Book>();

        public virtual IList<Book> Ordered { get; protected set; } = [];

        public virtual ISet<EBook> Extended { get; protected set; } = new HashSet<EBook>();
    }

    public class Book
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }

    public class EBook : Book
    {
        public virtual string? Format { get; set; }
    }
}
