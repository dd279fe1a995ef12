using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular;

/// <summary>What the granular cache adds to a session. Not thread-safe, as sessions are not.</summary>
public static class SessionExtensions
{
    /// <summary>
    /// Says what cached results of the query depend on, whether one is cached now, and what has invalidated it if not. Nothing is
    /// executed or flushed, and the query is left as it was except that it is cacheable.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session's factory does not use the granular query cache, or the session may not use it now.</exception>
    public static Explanation ExplainCache(this ISession session, IQuery query) => Explain(session, () => query.SetCacheable(true).List());

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache(this ISession session, ICriteria query) => Explain(session, () => query.SetCacheable(true).List());

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache<T>(this ISession session, IQueryOver<T> query) => Explain(session, () => query.RootCriteria.SetCacheable(true).List());

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache<T>(this ISession session, IQueryable<T> query) => Explain(session, () => _ = query.WithOptions(options => options.SetCacheable(true)).ToList());

    private static Explanation Explain(ISession session, System.Action run)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (StatementWitness.WatchOf(session.GetSessionImplementation()) is not { } watch)
            throw new InvalidOperationException("The session's factory does not use the granular cache. Set cache.provider_class to GranularCacheProvider.");
        var explaining = new Explaining();
        var flushMode = session.FlushMode;
        var cacheMode = session.CacheMode;
        session.FlushMode = FlushMode.Manual;
        session.CacheMode = CacheMode.Normal;
        watch.Explaining = explaining.Explain;
        try
        {
            run();
        }
        catch (Exception exception) when (explaining.Query is not null && exception.GetBaseException() is Explaining.Stop)
        {
            return new Explanation(explaining.Query);
        }
        finally
        {
            watch.Explaining = null;
            session.FlushMode = flushMode;
            session.CacheMode = cacheMode;
        }
        throw new InvalidOperationException("NHibernate did not ask the query cache about this query: cache.use_query_cache may be off, or the session may not use the cache now (see the bypass counter).");
    }
}
