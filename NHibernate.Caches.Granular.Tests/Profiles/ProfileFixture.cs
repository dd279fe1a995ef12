using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Profiles.Art;
using NHibernate.Cfg;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>A gallery whose mapping says nothing of caching, and session factories of which each test says what their profiles are.</summary>
public abstract class ProfileFixture : BlogFixture
{
    private ISessionFactory? _gallery;

    /// <summary>The factory the test has opened.</summary>
    protected ISessionFactory Opened => _gallery!;

    protected override IEnumerable<string> TablesToEmpty => Gallery.Tables;

    [TearDown]
    public void CloseGallery()
    {
        _gallery?.Dispose();
        _gallery = null;
    }

    protected override ModelMapper Map() => Gallery.Map();

    protected override void Fill(ISession session) => Gallery.Fill(session);

    /// <summary>A session factory with these profiles, which shares nothing with any other.</summary>
    protected ISessionFactory Open(Action<CacheProfiles>? profiles = null, Action<Configuration>? configure = null)
    {
        CloseGallery();
        var configuration = Configure();
        configuration.UseGranularCache(options =>
        {
            options.DatabaseIdentity = Guid.NewGuid().ToString();
            profiles?.Invoke(options.Profiles);
        });
        configure?.Invoke(configuration);
        _gallery = configuration.BuildSessionFactory();
        // What the first session reads is not put: which database it is was not known when it was opened.
        Do(session => session.CreateSQLQuery("select 1").List());
        Opened.Statistics.Clear();
        return _gallery;
    }

    /// <summary>Runs in a session and transaction of its own, and commits.</summary>
    protected T Do<T>(Func<ISession, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var session = Opened.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    /// <inheritdoc cref="Do{T}"/>
    protected void Do(Action<ISession> work) => Do(session =>
    {
        work(session);
        return true;
    });

    /// <summary>Whether the query is answered from the query cache when it is asked for the second time.</summary>
    protected bool IsCached(Func<ISession, object?> query)
    {
        Do(query);
        return Hits(query);
    }

    /// <summary>Whether the query is answered from the query cache.</summary>
    protected bool Hits(Func<ISession, object?> query)
    {
        var before = Opened.Statistics.QueryCacheHitCount;
        Do(query);
        return Opened.Statistics.QueryCacheHitCount > before;
    }

    /// <summary>How many statements it takes in a session of its own.</summary>
    protected long Statements(Action<ISession> work)
    {
        var before = Opened.Statistics.PrepareStatementCount;
        Do(work);
        return Opened.Statistics.PrepareStatementCount - before;
    }
}
