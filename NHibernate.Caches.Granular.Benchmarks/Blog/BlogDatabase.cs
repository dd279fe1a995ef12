using NHibernate.Cache;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;
using NHibernate.Tool.hbm2ddl;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular.Benchmarks.Blog;

/// <summary>
/// One database with ten blogs of twenty posts each, and four session factories on it that differ in their cache only. All
/// benchmarks of a run share it, and none changes a row. Thread-safe: immutable.
/// </summary>
internal sealed class BlogDatabase : IAsyncDisposable
{
    public const int PostsPerBlog = 20;

    private const int Blogs = 10;

    private readonly PostgreSqlServer _server;

    private BlogDatabase(PostgreSqlServer server, string connectionString)
    {
        _server = server;
        var uncached = Configuration(connectionString).SetProperty(Environment.UseSecondLevelCache, "false");
        new SchemaExport(uncached).Create(false, true);
        Uncached = uncached.BuildSessionFactory();
        Fill(Uncached);
        Standard = Configuration(connectionString)
            .SetProperty(Environment.CacheProvider, typeof(HashtableCacheProvider).AssemblyQualifiedName)
            .SetProperty(Environment.UseSecondLevelCache, "true")
            .SetProperty(Environment.UseQueryCache, "true")
            .BuildSessionFactory();
        // Longer than any run: what is measured are hits.
        Granular = Configuration(connectionString).UseGranularCache(options => options.Expiration = TimeSpan.FromHours(12)).BuildSessionFactory();
        Full = Configuration(connectionString).UseGranularCache(options => (options.Expiration, options.Layout) = (TimeSpan.FromHours(12), ResultLayout.Full)).BuildSessionFactory();
    }

    /// <summary>NHibernate without second-level and query cache.</summary>
    public ISessionFactory Uncached { get; }

    /// <summary>NHibernate's own query cache over its hash table, which knows no expiry, no bound and no second thread.</summary>
    public ISessionFactory Standard { get; }

    public ISessionFactory Granular { get; }

    /// <summary>The granular cache, whose results hold the state of their entities.</summary>
    public ISessionFactory Full { get; }

    public static async Task<BlogDatabase> StartAsync()
    {
        var server = await PostgreSqlServer.StartAsync();
        return new BlogDatabase(server, await server.CreateDatabaseAsync("granular_benchmarks"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var factory in new[] { Uncached, Standard, Granular, Full })
            factory.Dispose();
        await _server.DisposeAsync();
    }

    private static Configuration Configuration(string connectionString)
    {
        var configuration = new Configuration();
        configuration.DataBaseIntegration(db =>
        {
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.ConnectionString = connectionString;
        });
        configuration.AddMapping(Post.Map().CompileMappingForAllExplicitlyAddedEntities());
        return configuration;
    }

    private static void Fill(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        for (var id = 1; id <= Blogs * PostsPerBlog; id++)
            session.Save(NewPost(id));
        transaction.Commit();
    }

    private static Post NewPost(int id) => new()
    {
        Id = id,
        BlogId = 1 + (id - 1) / PostsPerBlog,
        Title = $"Post {id}",
        Body = new string('x', 200),
        Published = new DateTime(2024, 1, 1, 12, 0, 0, DateTimeKind.Unspecified).AddDays(id),
        Score = id % 3 == 0 ? null : id,
        Visible = id % 2 == 0,
    };
}
