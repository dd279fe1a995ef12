using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Linq;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What the granular cache adds to a configuration, which it is switched on in, to a session factory, which has it, and to sessions. As
/// thread-safe as what they extend.
/// </summary>
public static class GranularCacheExtensions
{
    /// <summary>
    /// Sets the granular cache provider, the second-level cache and the query cache on, with these options. Says the same as the
    /// properties of <see cref="GranularCacheOptions"/> do. Options take effect when the session factory is built, and faults in
    /// them are reported then. They start as what the configuration's properties say, and those that are not changed stay so.
    /// </summary>
    /// <returns>The same configuration.</returns>
    public static Configuration UseGranularCache(this Configuration configuration, Action<GranularCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.SetProperty(Environment.CacheProvider, typeof(GranularCacheProvider).AssemblyQualifiedName);
        configuration.SetProperty(Environment.UseSecondLevelCache, "true");
        configuration.SetProperty(Environment.UseQueryCache, "true");
        if (configure is null)
            return configuration;
        var options = OptionsReader.ReadWithoutFaults(configuration.Properties);
        var before = OptionsReader.Write(options).ToDictionary();
        configure(options);
        var after = OptionsReader.Write(options).ToDictionary();
        // Only what is changed is written: a value of the file's that could not be read is still there to be told of.
        foreach (var (name, value) in after.Where(pair => before.GetValueOrDefault(pair.Key) != pair.Value))
            configuration.SetProperty(name, value);
        foreach (var name in before.Keys.Except(after.Keys))
            configuration.Properties.Remove(name);
        return configuration;
    }

    /// <summary>The granular cache of a session factory: for what NHibernate has no words for.</summary>
    /// <exception cref="InvalidOperationException">The factory does not use the granular cache.</exception>
    public static GranularCache GranularCache(this ISessionFactory factory) =>
        (factory as ISessionFactoryImplementor)?.Settings.CacheProvider is GranularCacheProvider { Cache: { } cache }
            ? cache
            : throw new InvalidOperationException("The session factory does not use the granular cache. Set cache.provider_class to GranularCacheProvider.");

    /// <summary>
    /// Says what cached results of the query depend on, whether one is cached now, and what has invalidated it if not. Nothing is
    /// executed or flushed, and the query is left as it was.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session's factory does not use the granular query cache, or the session may not use it now.</exception>
    public static Explanation ExplainCache(this ISession session, IQuery query) => Explain(session, QueryListing.Of(query));

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache(this ISession session, ICriteria query) => Explain(session, QueryListing.Of(query));

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache<T>(this ISession session, IQueryOver<T> query) => Explain(session, QueryListing.Of(query));

    /// <inheritdoc cref="ExplainCache(ISession, IQuery)"/>
    public static Explanation ExplainCache<T>(this ISession session, IQueryable<T> query) => Explain(session, () => _ = query.WithOptions(options => options.SetCacheable(true).SetCacheMode(CacheMode.Get).SetFlushMode(FlushMode.Manual)).ToList());

    /// <summary>
    /// Has a detached entity join the session without a SELECT, as if the session had loaded it in the state in which it is; with it
    /// joins what it refers to and has loaded. It is for entities that the application keeps in a cache of its own, as they were loaded.
    /// The detached objects are only read, so that many sessions may merge the same ones at once. An instance that the session has of one
    /// of them stays as it is, be it older, newer, changed or deleted. What is not loaded stays so.
    /// </summary>
    /// <remarks>
    /// The state is as old as the objects. When it is changed and flushed, an entity with a version is compared with the database, and
    /// fails with <see cref="StaleObjectStateException"/> if it was outdated; one without a version overwrites what others have changed
    /// since. A property that was changed before the merge looks as if it had been loaded so, and is not written.
    /// </remarks>
    /// <param name="session">The session; a stateful one.</param>
    /// <param name="entity">The root of the graph. One that is the session's already is returned.</param>
    /// <returns>What the session has of the entity: an instance, or its proxy.</returns>
    /// <exception cref="HibernateException">
    /// Something in the graph was never saved, or can be seen to have been changed since it was loaded: a collection that was changed or
    /// replaced, a class whose properties are watched. Then nothing has joined the session.
    /// </exception>
    public static T MergeCached<T>(this ISession session, T entity)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(entity);
        return (T)new GraphMerger((IEventSource)session.GetSessionImplementation()).Merge(entity);
    }

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
