using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Connection;
using NHibernate.Engine;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.MultiTenancy;
using NHibernate.Tool.hbm2ddl;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>The catalogue of databases and tenants (I10): who hears of whose changes, and whose entries nobody else is given.</summary>
public sealed class DatabaseScenarios : BlogFixture
{
    private static int s_number;

    private readonly List<ISessionFactory> _factories = [];

    [TearDown]
    public void CloseFactories()
    {
        _factories.ForEach(factory => factory.Dispose());
        _factories.Clear();
    }

    [TestCase(TestName = "T01 Two factories of one mapping on one database")]
    public void TwoFactories()
    {
        var other = Build(ConnectionString);
        AskTwice(other, Titles);
        AskTwice(other, Title);
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(other, Titles), Is.EqualTo("changed,B"));
        Assert.That(In(other, Title), Is.EqualTo("changed"));
    }

    [TestCase(TestName = "T02 Two factories that map a table differently")]
    public void TwoMappings()
    {
        var mapper = new ModelMapper();
        mapper.Class<Slim>(map =>
        {
            map.Table("Cat");
            map.Cache(cache => cache.Usage(CacheUsage.NonstrictReadWrite));
            map.Id(slim => slim.Id, id => id.Generator(Generators.Assigned));
            map.Property(slim => slim.Title);
        });
        var other = Build(ConnectionString, configuration => { }, mapper);
        static string Slims(ISession session) => string.Join(",", session.Query<Slim>().OrderBy(slim => slim.Id).Select(slim => slim.Title).WithOptions(o => o.SetCacheable(true)).ToList());
        AskTwice(other, Slims);
        AskTwice(other, session => session.Get<Slim>(1).Title);
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(other, Slims), Is.EqualTo("changed,B"));
        Assert.That(In(other, session => session.Get<Slim>(1).Title), Is.EqualTo("changed"));
    }

    [TestCase(TestName = "T03 A factory without the cache is not heard until everything is invalidated")]
    public void WithoutCache()
    {
        var other = Build(ConnectionString, configuration => configuration.SetProperty(Cfg.Environment.UseSecondLevelCache, "false").SetProperty(Cfg.Environment.UseQueryCache, "false").SetProperty(Cfg.Environment.CacheProvider, typeof(NHibernate.Cache.NoCacheProvider).AssemblyQualifiedName));
        AskTwice(Factory, Titles);
        In(other, session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(Factory, Titles), Is.EqualTo("A,B"), "the limit");
        Factory.GranularCache().InvalidateAll();
        Assert.That(In(Factory, Titles), Is.EqualTo("changed,B"));
    }

    [TestCase(TestName = "T04 One factory on two databases by supplied connections (E23)")]
    public async Task SuppliedConnections()
    {
        var elsewhere = await CreateAsync();
        AskTwice(Factory, TagsOfPosts);
        Assert.That(Supplied(elsewhere, TagsOfPosts), Is.EqualTo("1:x,2:y"));
        Supplied(elsewhere, session =>
        {
            session.Get<Post>(1).Tags.Add(session.Load<Tag>(2));
            return "";
        });
        Assert.That(Supplied(elsewhere, TagsOfPosts), Is.EqualTo("1:x,1:y,2:y"), "the links of that database");
        var hits = Statistics.QueryCacheHitCount;
        Assert.That(In(Factory, TagsOfPosts), Is.EqualTo("1:x,2:y"));
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1), "and of no other");
    }

    [TestCase(TestName = "T05 One database whose host is spelled in two ways")]
    public void SpelledHost()
    {
        var spelled = new NpgsqlConnectionStringBuilder(ConnectionString) { ApplicationName = "spelled" };
        spelled.Host = spelled.Host == "127.0.0.1" ? "localhost" : spelled.Host;
        var other = Build(spelled.ConnectionString);
        AskTwice(other, Titles);
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(other, Titles), Is.EqualTo("changed,B"));
    }

    [TestCase(TestName = "T06 Tenants with a database each")]
    public async Task TenantDatabases()
    {
        var elsewhere = await CreateAsync();
        var factory = Build(ConnectionString, OfTenants);
        TenantsAreApart(factory, ("one", ConnectionString), ("two", elsewhere));
    }

    [TestCase(TestName = "T07 Tenants with a schema each")]
    public void TenantSchemas()
    {
        Execute(ConnectionString, "drop schema if exists second cascade; create schema second");
        var second = new NpgsqlConnectionStringBuilder(ConnectionString) { SearchPath = "second" }.ConnectionString;
        try
        {
            Create(second);
            TenantsAreApart(Build(ConnectionString, OfTenants), ("one", ConnectionString), ("two", second));
        }
        finally
        {
            Execute(ConnectionString, "drop schema second cascade");
            Factory.GranularCache().InvalidateAll();
        }
    }

    [TestCase(TestName = "T08 Tenants of one database hear of each other's changes")]
    public void TenantsOfOneDatabase()
    {
        var factory = Build(ConnectionString, OfTenants);
        var (one, two) = (("one", ConnectionString), ("two", ConnectionString + ";Application Name=two"));
        InTenant(factory, one, Titles);
        InTenant(factory, one, Title);
        InTenant(factory, two, session => session.Get<Cat>(1).Title = "changed");
        Assert.That(InTenant(factory, one, Titles), Is.EqualTo("changed,B"));
        Assert.That(InTenant(factory, one, Title), Is.EqualTo("changed"));
        static string? Computed(ISession session) =>
            session.SessionFactory.GranularCache().GetOrAdd(session, "tenant", on => on.On<Cat>(), () => session.GetSessionImplementation().GetTenantIdentifier());
        for (var i = 0; i < 2; i++)
            Assert.That((InTenant(factory, one, Computed), InTenant(factory, two, Computed)), Is.EqualTo(("one", "two")), "what is computed for one is not the other's");
    }

    [TestCase(TestName = "T09 Rows that row-level security hides are not cached without a tenant")]
    public void RowSecurity()
    {
        Execute(ConnectionString, "alter table Cat enable row level security");
        try
        {
            var factory = Build(ConnectionString);
            In(factory, Titles);
            In(factory, Title);
            var before = factory.Statistics.PrepareStatementCount;
            In(factory, Titles);
            In(factory, Title);
            Assert.That(factory.Statistics.PrepareStatementCount - before, Is.EqualTo(2));
        }
        finally
        {
            Execute(ConnectionString, "alter table Cat disable row level security");
        }
    }

    [TestCase(TestName = "T10 A session that changes its role neither reads nor feeds the cache")]
    public void RoleSwitch()
    {
        Execute(ConnectionString, "drop role if exists granular_scenario; create role granular_scenario; grant select on Cat to granular_scenario");
        AskTwice(Factory, Titles);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.CreateSQLQuery("set local role granular_scenario").ExecuteUpdate();
            var (hits, puts) = (Statistics.QueryCacheHitCount, Statistics.QueryCachePutCount);
            Titles(session);
            Assert.That((Statistics.QueryCacheHitCount, Statistics.QueryCachePutCount), Is.EqualTo((hits, puts)));
            transaction.Commit();
        }
        Execute(ConnectionString, "revoke all on Cat from granular_scenario; drop role granular_scenario");
    }

    [TestCase(TestName = "T11 A database that was dropped and created again under its name is another one")]
    public async Task Recreated()
    {
        var name = NextName();
        var connectionString = await CreateAsync(name);
        var before = Build(connectionString);
        AskTwice(before, Titles);
        before.Dispose();
        NpgsqlConnection.ClearAllPools();
        Assert.That(await CreateAsync(name), Is.EqualTo(connectionString));
        Execute(connectionString, "update Cat set Title = 'new' where Id = 1");
        Assert.That(In(Build(connectionString), Titles), Is.EqualTo("new,B"));
    }

    [TestCase(TestName = "T12 A database cloned from another is another one")]
    public async Task Cloned()
    {
        var (original, clone) = (await CreateAsync(), NextName());
        NpgsqlConnection.ClearAllPools();
        Execute(TestDatabase.ConnectionString, $"create database {clone} template {new NpgsqlConnectionStringBuilder(original).Database}");
        var (first, second) = (Build(original), Build(new NpgsqlConnectionStringBuilder(original) { Database = clone }.ConnectionString));
        AskTwice(first, Titles);
        In(second, session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(second, Titles), Is.EqualTo("changed,B"));
        Assert.That(IsHit(first, Titles), Is.EqualTo(("A,B", true)), "the original's result stays");
    }

    [TestCase(TestName = "T13 Databases that are given one identity hear of each other's changes")]
    public async Task GivenIdentity()
    {
        static void Identify(Configuration configuration) => configuration.SetProperty("cache.granular.database_identity", "given");
        var (first, second) = (Build(ConnectionString, Identify), Build(await CreateAsync(), Identify));
        AskTwice(first, Titles);
        In(second, session => session.Get<Cat>(1).Title = "changed");
        Assert.That(IsHit(first, Titles), Is.EqualTo(("A,B", false)));
        Assert.That(In(second, Titles), Is.EqualTo("changed,B"));
    }

    [TestCase(TestName = "T14 A factory that is closed and built again starts empty")]
    [Category(TestStore.InProcessOnly)]
    public void Rebuilt()
    {
        var first = Build(ConnectionString);
        AskTwice(first, Titles);
        first.Dispose();
        Execute(ConnectionString, "update Cat set Title = 'meanwhile' where Id = 1");
        Assert.That(In(Build(ConnectionString), Titles), Is.EqualTo("meanwhile,B"));
    }

    [TestCase(TestName = "T15 Two factories of one name, one after the other")]
    public void OneName()
    {
        static void Name(Configuration configuration) => configuration.SetProperty(Cfg.Environment.SessionFactoryName, "scenario");
        var first = Build(ConnectionString, Name);
        AskTwice(first, Titles);
        first.Dispose();
        var second = Build(ConnectionString, Name);
        AskTwice(second, Titles);
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(In(second, Titles), Is.EqualTo("changed,B"));
    }

    [TestCase(TestName = "T16 Schema rebuilt by a factory that starts while another runs")]
    public async Task SchemaRebuilt()
    {
        var connectionString = await CreateAsync();
        var running = Build(connectionString);
        AskTwice(running, Titles);
        AskTwice(running, Title);
        Build(connectionString, configuration => configuration.SetProperty(Cfg.Environment.Hbm2ddlAuto, "create"));
        Assert.That(In(running, Titles), Is.Empty);
        Assert.That(In(running, session => session.Get<Cat>(1)?.Title ?? "none"), Is.EqualTo("none"));
    }

    [TestCase(TestName = "T17 An entity evicted through one factory is read again through another")]
    public void EvictedElsewhere()
    {
        var other = Build(ConnectionString);
        AskTwice(other, Title);
        AskTwice(other, session => session.Get<Post>(1).Tags.Count.ToString(CultureInfo.InvariantCulture));
        Execute(ConnectionString, "update Cat set Title = 'behind' where Id = 1; insert into PostTag (post_id, tag_id) values (1, 2)");
        In(Factory, Title);
        Factory.Evict(typeof(Cat), 1);
        Factory.EvictCollection(typeof(Post).FullName + ".Tags", 1);
        Assert.That(In(other, Title), Is.EqualTo("behind"));
        Assert.That(In(other, session => session.Get<Post>(1).Tags.Count), Is.EqualTo(2));
    }

    [TestCase(TestName = "T18 Evicting one entity leaves its neighbours and the queries")]
    public void EvictedAlone()
    {
        AskTwice(Factory, Title);
        AskTwice(Factory, session => session.Get<Cat>(2).Title);
        AskTwice(Factory, Titles);
        Factory.Evict(typeof(Cat), 1);
        var before = Statistics.PrepareStatementCount;
        In(Factory, session => session.Get<Cat>(2).Title);
        In(Factory, Titles);
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
        In(Factory, Title);
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before + 1));
    }

    [TestCase(true, TestName = "T19 What is evicted through a factory that has read nothing yet is gone")]
    [TestCase(false, TestName = "T20 What is evicted through a factory that caches nothing is gone")]
    public void EvictedByWhoReadsNothing(bool caches)
    {
        var role = typeof(Post).FullName + ".Tags";
        AssertEvicts("behind", 2, tool =>
        {
            tool.Evict(typeof(Cat), 1);
            tool.EvictCollection(role, 1);
        });
        AssertEvicts("behind again", 3, tool =>
        {
            tool.Evict(typeof(Cat));
            tool.EvictCollection(role);
        });

        void AssertEvicts(string title, int tag, Action<ISessionFactory> evict)
        {
            AskTwice(Factory, Title);
            AskTwice(Factory, Tags);
            Execute(ConnectionString, $"update Cat set Title = '{title}' where Id = 1; insert into Tag (Id, Name) values ({tag + 10}, 'tag'); insert into PostTag (post_id, tag_id) values (1, {tag + 10})");
            evict(Build(ConnectionString, configuration => configuration.SetProperty("cache.granular.enabled", caches ? "true" : "false")));
            Assert.That((In(Factory, Title), In(Factory, Tags)), Is.EqualTo((title, $"{tag}")));
        }

        static string Tags(ISession session) => session.Get<Post>(1).Tags.Count.ToString(CultureInfo.InvariantCulture);
    }

    [TestCase(TestName = "T21 What is evicted of a tenant whose database the factory has not met is gone")]
    public async Task EvictedOfAnotherTenant()
    {
        var (one, two) = (("one", await CreateAsync()), ("two", ConnectionString));
        var (reader, tool) = (Build(ConnectionString, OfTenants), Build(ConnectionString, OfTenants));
        for (var i = 0; i < 2; i++)
            InTenant(reader, two, Title);
        InTenant(tool, one, session => session.Get<Tag>(1));
        Execute(ConnectionString, "update Cat set Title = 'behind' where Id = 1");
        Assert.That(InTenant(reader, two, Title), Is.EqualTo("A"), "it is cached");

        tool.EvictEntity(typeof(Cat).FullName, 1, "two");

        Assert.That(InTenant(reader, two, Title), Is.EqualTo("behind"));
    }

    private static string Titles(ISession session) => string.Join(",", session.Query<Cat>().OrderBy(cat => cat.Id).Select(cat => cat.Title).WithOptions(o => o.SetCacheable(true)).ToList());

    private static string Title(ISession session) => session.Get<Cat>(1).Title;

    private static string TagsOfPosts(ISession session) => string.Join(",", session.CreateQuery("select p.Id, t.Name from Post p join p.Tags t order by p.Id, t.Name").SetCacheable(true).List<object[]>().Select(row => $"{row[0]}:{row[1]}"));

    private static string NextName() => $"databasescenarios{++s_number}";

    private static T In<T>(ISessionFactory factory, Func<ISession, T> work)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    private static void AskTwice(ISessionFactory factory, Func<ISession, string> look)
    {
        var first = In(factory, look);
        var before = factory.Statistics.PrepareStatementCount;
        Assert.That(In(factory, look), Is.EqualTo(first));
        Assert.That(factory.Statistics.PrepareStatementCount, Is.EqualTo(before), "it is cached");
    }

    private static (string Result, bool WasHit) IsHit(ISessionFactory factory, Func<ISession, string> query)
    {
        var hits = factory.Statistics.QueryCacheHitCount;
        return (In(factory, query), factory.Statistics.QueryCacheHitCount > hits);
    }

    private string Supplied(string connectionString, Func<ISession, string> work)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var session = Factory.WithOptions().Connection(connection).OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    private static T InTenant<T>(ISessionFactory factory, (string Name, string ConnectionString) tenant, Func<ISession, T> work)
    {
        using var session = factory.WithOptions().Tenant(new Tenant(tenant.Name, tenant.ConnectionString)).OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    private static void TenantsAreApart(ISessionFactory factory, (string, string) one, (string, string) two)
    {
        InTenant(factory, two, session => session.Get<Cat>(1).Title = "two");
        for (var i = 0; i < 2; i++)
        {
            Assert.That(InTenant(factory, one, Titles), Is.EqualTo("A,B"));
            Assert.That(InTenant(factory, two, Titles), Is.EqualTo("two,B"));
            Assert.That(InTenant(factory, one, Title), Is.EqualTo("A"));
            Assert.That(InTenant(factory, two, Title), Is.EqualTo("two"));
        }
        var hits = factory.Statistics.QueryCacheHitCount;
        InTenant(factory, one, session => session.Get<Cat>(2).Title = "one");
        Assert.That(InTenant(factory, two, Titles), Is.EqualTo("two,B"));
        Assert.That(factory.Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1), "what one changes concerns the other's rows not");
        Assert.That(InTenant(factory, one, Titles), Is.EqualTo("A,one"));
    }

    private static void OfTenants(Configuration configuration)
    {
        configuration.SetProperty(Cfg.Environment.MultiTenancy, MultiTenancyStrategy.Database.ToString());
        configuration.SetProperty(Cfg.Environment.MultiTenancyConnectionProvider, typeof(TenantConnections).AssemblyQualifiedName);
    }

    private ISessionFactory Build(string connectionString, Action<Configuration>? more = null, ModelMapper? mapper = null)
    {
        var configuration = mapper is null ? Configure() : new Configuration();
        if (mapper is not null)
        {
            configuration.DataBaseIntegration(db =>
            {
                db.Dialect<Dialect.PostgreSQL83Dialect>();
                db.Driver<Driver.NpgsqlDriver>();
            });
            configuration.SetProperty(Cfg.Environment.GenerateStatistics, "true");
            configuration.AddMapping(mapper.CompileMappingForAllExplicitlyAddedEntities());
            configuration.UseGranularCache();
            TestStore.Choose(configuration);
        }
        configuration.SetProperty(Cfg.Environment.ConnectionString, connectionString);
        more?.Invoke(configuration);
        _factories.Add(configuration.BuildSessionFactory());
        return _factories[^1];
    }

    /// <summary>Another database with the same tables and rows.</summary>
    private async Task<string> CreateAsync(string? name = null)
    {
        var connectionString = await TestDatabase.CreateAsync(name ?? NextName());
        Create(connectionString);
        return connectionString;
    }

    private void Create(string connectionString)
    {
        var configuration = Configure().SetProperty(Cfg.Environment.ConnectionString, connectionString);
        new SchemaExport(configuration).Create(false, true);
        using var factory = configuration.BuildSessionFactory();
        In(factory, session =>
        {
            Fill(session);
            return true;
        });
    }

    private static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
#pragma warning disable CA2100 // Scripts of these tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public class Slim
    {
        public virtual int Id { get; set; }

        public virtual string Title { get; set; } = "";
    }

    [Serializable]
    public sealed class Tenant(string name, string connectionString) : TenantConfiguration(name)
    {
        public string ConnectionString { get; } = connectionString;
    }

    /// <summary>Thread-safe: stateless.</summary>
    public sealed class TenantConnections : AbstractMultiTenancyConnectionProvider
    {
        protected override string GetTenantConnectionString(TenantConfiguration tenantConfiguration, ISessionFactoryImplementor sessionFactory) => ((Tenant)tenantConfiguration).ConnectionString;
    }
}
