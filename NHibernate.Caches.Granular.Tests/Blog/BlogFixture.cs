using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;
using NHibernate.Mapping.ByCode;
using NHibernate.Stat;
using NHibernate.Tool.hbm2ddl;

namespace NHibernate.Caches.Granular.Tests.Blog;

/// <summary>
/// A database with the blog's tables and a session factory that caches granularly. Each fixture has a database of its own, each
/// test starts from the same rows and an empty cache.
/// </summary>
public abstract class BlogFixture
{
    private string _connectionString = "";

    protected ISessionFactory Factory { get; private set; } = null!;

    protected IStatistics Statistics => Factory.Statistics;

    protected string ConnectionString => _connectionString;

    [OneTimeSetUp]
    public async Task CreateDatabase()
    {
        _connectionString = await TestDatabase.CreateAsync(GetType().Name.ToLowerInvariant());
        var configuration = Configure();
        new SchemaExport(configuration).Create(false, true);
        CreateMore();
        Factory = configuration.BuildSessionFactory();
    }

    [OneTimeTearDown]
    public void CloseFactory() => Factory?.Dispose();

    /// <summary>Whether tests leave locks behind, so that each needs a session factory, and stamps, of its own.</summary>
    protected virtual bool NeedsFactoryPerTest => false;

    [SetUp]
    public void FillTables()
    {
        if (NeedsFactoryPerTest)
        {
            Factory.Dispose();
            var configuration = Configure();
            configuration.SetProperty("cache.granular.database_identity", Guid.NewGuid().ToString());
            Factory = configuration.BuildSessionFactory();
        }
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        foreach (var table in TablesToEmpty)
            session.CreateSQLQuery($"delete from {table}").ExecuteUpdate();
        Fill(session);
        transaction.Commit();
        Factory.GranularCache().InvalidateAll();
        Statistics.Clear();
    }

    protected virtual IEnumerable<string> TablesToEmpty => ["Comment", "PostTag", "Tag", "Post", "Cat"];

    /// <summary>The mapping; fixtures add classes of their own.</summary>
    protected virtual ModelMapper Map() => BlogMapping.Create();

    /// <summary>More properties of the configuration.</summary>
    protected virtual void Configure(Configuration configuration) => configuration.UseGranularCache();

    /// <summary>Tables and other things that the mapping does not create.</summary>
    protected virtual void CreateMore()
    {
    }

    protected virtual void Fill(ISession session)
    {
        var a = new Cat { Id = 1, Title = "A" };
        var b = new Cat { Id = 2, Title = "B" };
        var first = new Post { Id = 1, Title = "first", Slug = "first", Cat = a, Visible = true, Score = 5, Price = 1.00m };
        var second = new Post { Id = 2, Title = "second", Slug = "second", Cat = b, Visible = false, Score = 7, Price = 2.00m };
        var third = new Post { Id = 3, Title = "third", Slug = "third", Cat = a, Visible = false, Score = null, Price = 3.00m };
        var x = new Tag { Id = 1, Name = "x" };
        var y = new Tag { Id = 2, Name = "y" };
        foreach (var entity in new object[] { a, b, x, y, first, second, third })
            session.Save(entity);
        first.Tags.Add(x);
        second.Tags.Add(y);
        session.Save(new Comment { Id = 1, Post = first, Approved = true, Text = "one" });
        session.Save(new Comment { Id = 2, Post = second, Approved = false, Text = "two" });
    }

    protected Configuration Configure()
    {
        var configuration = new Configuration();
        configuration.DataBaseIntegration(db =>
        {
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.ConnectionString = _connectionString;
        });
        configuration.SetProperty(Cfg.Environment.GenerateStatistics, "true");
        configuration.AddMapping(Map().CompileMappingForAllExplicitlyAddedEntities());
        Configure(configuration);
        TestStore.Choose(configuration);
        return configuration;
    }

    /// <summary>Runs in a session and transaction of its own, at READ COMMITTED, and commits.</summary>
    protected T Commit<T>(Func<ISession, T> work)
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    /// <inheritdoc cref="Commit{T}"/>
    protected void Commit(Action<ISession> work) => Commit(session =>
    {
        work(session);
        return true;
    });

    /// <summary>Runs a cacheable query in a session of its own and tells whether it was answered from the cache.</summary>
    protected (T Result, bool WasHit) Ask<T>(Func<ISession, T> query)
    {
        var before = Statistics.QueryCacheHitCount;
        var result = Commit(query);
        return (result, Statistics.QueryCacheHitCount > before);
    }
}
