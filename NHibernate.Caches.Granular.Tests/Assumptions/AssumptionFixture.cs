using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;
using NHibernate.Engine;
using NHibernate.Impl;
using NHibernate.Mapping.ByCode;
using NHibernate.Tool.hbm2ddl;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>
/// NHibernate alone, with recording doubles in the places that the granular cache takes, on a database of its own. What the
/// tests here say of NHibernate is what the cache relies on: when a new version fails one, read the code that relies on it.
/// </summary>
[NonParallelizable]
public abstract class AssumptionFixture
{
    private protected ISessionFactory Factory { get; private set; } = null!;

    private protected string ConnectionString { get; private set; } = "";

    private protected RecordingProvider Provider => (RecordingProvider)((ISessionFactoryImplementor)Factory).Settings.CacheProvider;

    [OneTimeSetUp]
    public async Task CreateFactory()
    {
        ConnectionString = await TestDatabase.CreateAsync("assume_" + GetType().Name.ToLowerInvariant());
        var configuration = Configure();
        new SchemaExport(configuration).Create(false, true);
        Factory = configuration.BuildSessionFactory();
        RecordingListener.AppendTo(((SessionFactoryImpl)Factory).EventListeners);
    }

    [OneTimeTearDown]
    public void CloseFactory() => Factory?.Dispose();

    [SetUp]
    public void FillTables()
    {
        ForgetHooks();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            foreach (var table in new[] { "Note", "Page", "Comment", "PostTag", "Tag", "Post", "Cat" })
                session.CreateSQLQuery($"delete from {table}").ExecuteUpdate();
            var cat = new Cat { Id = 1, Title = "A" };
            var post = new Post { Id = 1, Title = "first", Cat = cat, Score = 5 };
            var tag = new Tag { Id = 1, Name = "x" };
            foreach (var entity in new object[] { cat, new Cat { Id = 2, Title = "B" }, tag, post, new Post { Id = 2, Title = "second", Cat = cat, Score = 7 }, new Post { Id = 3, Title = "third", Score = 9 } })
                session.Save(entity);
            post.Tags.Add(tag);
            session.Save(new Comment { Id = 1, Post = post, Text = "one" });
            session.Save(new Page { Id = 1, Title = "page", Body = "body" });
            transaction.Commit();
        }
        foreach (var region in Provider.Regions.Values)
            region.Clear();
        Journal.Clear();
    }

    [TearDown]
    public void ForgetHooks()
    {
        (RecordingProvider.OnStart, RecordingQueryCache.OnPut, RecordingListener.OnEvent, RecordingListener.OnCommitted) = (null, null, null, null);
        foreach (var region in Factory is null ? [] : Provider.Regions.Values)
            (region.Answer, region.OnGet, region.TimeoutInTimestamps) = (null, null, 1_000_000);
    }

    private protected virtual ModelMapper Map()
    {
        var mapper = BlogMapping.Create();
        mapper.Class<Post>(map => map.Filter("scored", filter => filter.Condition("score >= :least")));
        mapper.Class<Note>(map =>
        {
            map.Id(note => note.Id, id => id.Generator(Generators.Identity));
            map.Property(note => note.Text);
        });
        mapper.Class<Page>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(page => page.Id, id => id.Generator(Generators.Assigned));
            map.Property(page => page.Title);
            map.Property(page => page.Body, property => property.Lazy(true));
        });
        return mapper;
    }

    private protected Configuration Configure()
    {
        var configuration = new Configuration();
        configuration.DataBaseIntegration(db =>
        {
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.ConnectionString = ConnectionString;
            db.BatchSize = 10;
        });
        configuration.SetProperty(Cfg.Environment.CacheProvider, typeof(RecordingProvider).AssemblyQualifiedName);
        configuration.SetProperty(Cfg.Environment.UseSecondLevelCache, "true");
        configuration.SetProperty(Cfg.Environment.UseQueryCache, "true");
        configuration.AddFilterDefinition(new FilterDefinition("scored", null, new Dictionary<string, Type.IType> { ["least"] = NHibernateUtil.Int32 }, true));
        configuration.AddMapping(Map().CompileMappingForAllExplicitlyAddedEntities());
        return configuration;
    }

    private protected RecordingRegion Region<T>() => Provider.Regions[typeof(T).FullName!];

    private protected T Commit<T>(Func<ISession, T> work)
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    private protected void Commit(Action<ISession> work) => Commit(session =>
    {
        work(session);
        return true;
    });
}

public class Note
{
    public virtual int Id { get; protected set; }

    public virtual string Text { get; set; } = "";
}

public class Page
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual string? Body { get; set; }
}
