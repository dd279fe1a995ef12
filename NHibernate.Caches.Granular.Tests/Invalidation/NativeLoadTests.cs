using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Multi;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Entities loaded by SQL of the user's own, which may show other values than those of the row: they are no old values of a change,
/// and do not enter a region. SQL that selects as the mapping does counts as a load of the mapping's own.
/// </summary>
public sealed class NativeLoadTests : BlogFixture
{
    private const string Rest = "p.Slug, p.cat_id, p.Visible, p.Score, p.Price, p.Published, p.Body";

    /// <summary>Queries that give post 1 another title than its row has.</summary>
    private static readonly (string Name, Func<ISession, object> Load)[] s_masks =
    [
        ("computed", s => Plain(s, $"select p.Id, 'masked' as Title, {Rest} from Post p where p.Id = 1")),
        ("upper case", s => Plain(s, $"select p.Id, upper(p.Title) as Title, {Rest} from Post p where p.Id = 1")),
        ("columns renamed", s => Plain(s, "select * from (select Id, 'masked' as Title, Slug, cat_id, Visible, Score, Price, Published, Body from Post) p where p.Id = 1")),
        ("exchanged placeholders", s => s.CreateSQLQuery("""
            select p.Id as {p.Id}, p.Body as {p.Title}, p.Slug as {p.Slug}, p.cat_id as {p.Cat}, p.Visible as {p.Visible}, p.Score as {p.Score}, p.Price as {p.Price},
                   p.Published as {p.Published}, p.Title as {p.Body} from Post p where p.Id = 1
            """).AddEntity("p", typeof(Post)).UniqueResult<Post>()),
        ("computed placeholder", s => s.CreateSQLQuery("""
            select p.Id as {p.Id}, 'masked' as {p.Title}, p.Slug as {p.Slug}, p.cat_id as {p.Cat}, p.Visible as {p.Visible}, p.Score as {p.Score}, p.Price as {p.Price},
                   p.Published as {p.Published}, p.Body as {p.Body} from Post p where p.Id = 1
            """).AddEntity("p", typeof(Post)).UniqueResult<Post>()),
        ("derived table", s => Braces(s, "select {p.*} from (select Id, 'masked' as Title, Slug, cat_id, Visible, Score, Price, Published, Body from Post) p where p.Id = 1")),
        ("WITH in the table's name", s => Braces(s, "with Post as (select Id, 'masked' as Title, Slug, cat_id, Visible, Score, Price, Published, Body from Post) select {p.*} from Post p where p.Id = 1")),
        ("another table", s => Braces(s, "select {p.*} from Archived p where p.Id = 1")),
        ("columns of another row", s => s.CreateSQLQuery("""
            select p.Id as {p.Id}, q.Title as {p.Title}, p.Slug as {p.Slug}, p.cat_id as {p.Cat}, p.Visible as {p.Visible}, p.Score as {p.Score}, p.Price as {p.Price},
                   p.Published as {p.Published}, p.Body as {p.Body} from Post p, Post q where p.Id = 1 and q.Id = 2
            """).AddEntity("p", typeof(Post)).UniqueResult<Post>()),
        ("named columns", s => s.GetNamedQuery("masked").UniqueResult<Post>()),
        ("function", s => Plain(s, "select * from masked_posts()")),
        ("in a batch", s => s.CreateQueryBatch().Add<Post>("q", s.CreateSQLQuery($"select p.Id, 'masked' as Title, {Rest} from Post p where p.Id = 1").AddEntity(typeof(Post))).GetResult<Post>("q").Single()),
        ("asynchronous", s => s.CreateSQLQuery($"select p.Id, 'masked' as Title, {Rest} from Post p where p.Id = 1").AddEntity(typeof(Post)).UniqueResultAsync<Post>().GetAwaiter().GetResult()),
        ("with an entity of the mapping's own", s => s.CreateSQLQuery("""
            select p.Id as {p.Id}, 'masked' as {p.Title}, p.Slug as {p.Slug}, p.cat_id as {p.Cat}, p.Visible as {p.Visible}, p.Score as {p.Score}, p.Price as {p.Price},
                   p.Published as {p.Published}, p.Body as {p.Body}, {c.*} from Post p left join Cat c on c.Id = p.cat_id where p.Id = 1
            """).AddEntity("p", typeof(Post)).AddEntity("c", typeof(Cat)).UniqueResult<object[]>()[0]),
    ];

    public static IEnumerable<TestCaseData> Masks => s_masks.Select(mask => new TestCaseData(mask.Load).SetArgDisplayNames(mask.Name));

    private static Func<ISession, List<int?>> ScoresOf(string title) => session =>
        [.. session.Query<Post>().Where(post => post.Title == title).Select(post => post.Score).WithOptions(o => o.SetCacheable(true)).ToList()];

    [TestCaseSource(nameof(Masks))]
    public void Masked_value_is_no_old_value(Func<ISession, object> load)
    {
        Ask(ScoresOf("first"));
        Commit(session => ((Post)load(session)).Score = 50);
        Assert.That(Ask(ScoresOf("first")).Result, Is.EqualTo(new int?[] { 50 }));
    }

    [TestCaseSource(nameof(Masks))]
    public void Masked_value_does_not_enter_the_region(Func<ISession, object> load)
    {
        Commit(session => Assert.That(((Post)load(session)).Title, Is.Not.EqualTo("first")));
        Commit(session => Assert.That(session.Get<Post>(1).Title, Is.EqualTo("first")));
    }

    [Test]
    public void Masked_value_does_not_enter_a_region_that_is_not_told_whose_it_is()
    {
        Commit(session => session.CreateSQLQuery("select Id, 'masked' as Name from Tag where Id = 1").AddEntity(typeof(Tag)).UniqueResult<Tag>());
        Commit(session => Assert.That(session.Get<Tag>(1).Name, Is.EqualTo("x")));
    }

    [Test]
    public void Masked_value_is_no_old_value_of_a_second_flush_either()
    {
        Ask(ScoresOf("first"));
        Commit(session =>
        {
            var post = Plain(session, $"select p.Id, 'masked' as Title, {Rest} from Post p where p.Id = 1");
            post.Slug = "changed";
            session.Flush();
            post.Score = 50;
        });
        Assert.That(Ask(ScoresOf("first")).Result, Is.EqualTo(new int?[] { 50 }));
    }

    [Test]
    public void Entity_loaded_by_its_mapping_while_a_masked_one_is_initialized_is_known()
    {
        Commit(session => session.CreateSQLQuery("insert into Stub (id, name, post) values (1, 'a', 1), (2, 'b', 2)").ExecuteUpdate());
        Ask(ScoresOf("first"));
        Ask(ScoresOf("second"));
        Commit(session =>
        {
            var stub = session.CreateSQLQuery("select s.id as {s.Id}, 'masked' as {s.Name}, s.post as {s.Post} from Stub s where s.id = 1").AddEntity("s", typeof(Stub)).UniqueResult<Stub>();
            Assert.That(NHibernateUtil.IsInitialized(stub.Post), Is.True);
            stub.Post!.Score = 50;
        });
        Assert.That(Ask(ScoresOf("first")).Result, Is.EqualTo(new int?[] { 50 }));
        Assert.That(Ask(ScoresOf("second")).WasHit, Is.True, "the post was read as it is mapped");
        Commit(session => Assert.That(session.Get<Stub>(1).Name, Is.EqualTo("a")));
    }

    [Test]
    public void Entity_with_a_loader_of_its_own_does_not_enter_the_region()
    {
        static List<int> Ranks(ISession session) => [.. session.CreateSQLQuery("select rank as r from Loaded where name = 'a'").AddScalar("r", NHibernateUtil.Int32).SetCacheable(true).List<int>()];
        Commit(session => session.CreateSQLQuery("insert into Loaded (id, name, rank) values (1, 'a', 1)").ExecuteUpdate());
        Ask(Ranks);
        Commit(session =>
        {
            var loaded = session.Get<Loaded>(1);
            Assert.That(loaded.Name, Is.EqualTo("A"), "as its loader shows it");
            loaded.Rank = 2;
        });
        Assert.That(Ask(Ranks).Result, Is.EqualTo(new[] { 2 }));
        Commit(session => Assert.That(session.Query<Loaded>().Single().Name, Is.EqualTo("a"), "as its mapping shows it"));
    }

    [Test]
    public void Collection_of_computed_elements_does_not_enter_the_region()
    {
        Commit(session =>
        {
            var cat = session.CreateSQLQuery("select {c.*}, {p.*} from Cat c join (select * from Post where Visible) p on p.cat_id = c.Id where c.Id = 1")
                .AddEntity("c", typeof(Cat)).AddJoin("p", "c.Posts").UniqueResult<Cat>();
            Assert.That(cat.Posts.Select(post => post.Id), Is.EqualTo(new[] { 1 }));
        });
        Commit(session => Assert.That(session.Get<Cat>(1).Posts.Select(post => post.Id), Is.EquivalentTo(new[] { 1, 3 })));
    }

    [Test]
    public void Entity_selected_as_the_mapping_does_is_known_and_enters_the_region()
    {
        foreach (var title in new[] { "first", "second" })
            Ask(ScoresOf(title));
        var puts = Statistics.SecondLevelCachePutCount;
        Commit(session => Braces(session, "select {p.*} from Post p where p.Id = 1"));
        Assert.That(Statistics.SecondLevelCachePutCount, Is.EqualTo(puts + 1));
        Commit(session =>
        {
            session.CacheMode = CacheMode.Ignore;
            Braces(session, "select {p.*} from Post p where p.Id = 1").Score = 50;
        });
        Assert.That(Ask(ScoresOf("first")).Result, Is.EqualTo(new int?[] { 50 }));
        Assert.That(Ask(ScoresOf("second")).WasHit, Is.True);
    }

    [Test]
    public void Session_goes_on_caching_what_it_loads_after_a_masked_entity()
    {
        Commit(session =>
        {
            Plain(session, $"select p.Id, 'masked' as Title, {Rest} from Post p where p.Id = 1");
            Assert.That(session.CacheMode, Is.EqualTo(CacheMode.Normal));
            var puts = Statistics.SecondLevelCachePutCount;
            session.Get<Post>(2);
            Assert.That(Statistics.SecondLevelCachePutCount, Is.EqualTo(puts + 1));
        });
    }

    protected override IEnumerable<string> TablesToEmpty => ["Stub", "Loaded", "Archived", .. base.TablesToEmpty];

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        session.Flush();
        session.CreateSQLQuery("insert into Archived select * from Post").ExecuteUpdate();
        session.CreateSQLQuery("update Archived set Title = 'archived'").ExecuteUpdate();
    }

    protected override void CreateMore()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("""
            create table Archived (like Post including all);
            create function masked_posts() returns setof Post language sql stable as
                $$ select Id, 'masked'::varchar, Slug, cat_id, Visible, Score, Price, Published, Body from Post where Id = 1 $$;
            """, connection);
        command.ExecuteNonQuery();
    }

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.AddXmlString($"""
            <hibernate-mapping xmlns="urn:nhibernate-mapping-2.2">
              <sql-query name="masked">
                <return alias="p" class="{typeof(Post).AssemblyQualifiedName}">
                  <return-property name="Title" column="shown" />
                </return>
                select p.Id as {"{p.Id}"}, 'masked' as shown, p.Slug as {"{p.Slug}"}, p.cat_id as {"{p.Cat}"}, p.Visible as {"{p.Visible}"}, p.Score as {"{p.Score}"},
                       p.Price as {"{p.Price}"}, p.Published as {"{p.Published}"}, p.Body as {"{p.Body}"} from Post p where p.Id = 1
              </sql-query>
              <sql-query name="load">
                <return class="{typeof(Loaded).AssemblyQualifiedName}" />
                select l.id as Id, upper(l.name) as Name, l.rank as Rank from Loaded l where l.id = :id
              </sql-query>
            </hibernate-mapping>
            """);
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        // Only what changed is written: what is not written is not repaired by the update.
        mapper.Class<Post>(map => map.DynamicUpdate(true));
        mapper.Class<Stub>(map =>
        {
            map.Table("Stub");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.DynamicUpdate(true);
            map.Id(stub => stub.Id, id => id.Generator(Generators.Assigned));
            map.Property(stub => stub.Name);
            map.ManyToOne(stub => stub.Post, post =>
            {
                post.Column("post");
                post.Lazy(LazyRelation.NoLazy);
                post.ForeignKey("none");
            });
        });
        mapper.Class<Loaded>(map =>
        {
            map.Table("Loaded");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.DynamicUpdate(true);
            map.Loader("load");
            map.Id(loaded => loaded.Id, id => id.Generator(Generators.Assigned));
            map.Property(loaded => loaded.Name);
            map.Property(loaded => loaded.Rank);
        });
        return mapper;
    }

    private static Post Plain(ISession session, string sql) => session.CreateSQLQuery(sql).AddEntity(typeof(Post)).UniqueResult<Post>();

    private static Post Braces(ISession session, string sql) => session.CreateSQLQuery(sql).AddEntity("p", typeof(Post)).UniqueResult<Post>();

    public class Stub
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual Post? Post { get; set; }
    }

    public class Loaded
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual int Rank { get; set; }
    }
}
