using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular;

/// <summary>The granular cache of a session factory, for what NHibernate has no words for. Thread-safe.</summary>
public sealed class GranularCache
{
    private readonly FactoryScope _scope;

    internal GranularCache(FactoryScope scope)
    {
        _scope = scope;
        scope.Observers.Sender = this;
    }

    /// <summary>
    /// A look-up was made: a query, entity or collection was found, or was not. Raised on the thread that reads, before it gets its answer. What a
    /// handler throws is logged. A query that bypasses the cache looks nothing up.
    /// </summary>
    public event EventHandler<CacheRead> Read
    {
        add => _scope.Observers.Read += value;
        remove => _scope.Observers.Read -= value;
    }

    /// <summary>
    /// Changes were invalidated by this session factory. Raised after they were published, on the thread that committed, which has not got its
    /// answer yet. What a handler throws is logged.
    /// </summary>
    public event EventHandler<CacheInvalidation> Invalidated
    {
        add => _scope.Observers.Invalidated += value;
        remove => _scope.Observers.Invalidated -= value;
    }

    /// <summary>
    /// Forgets everything cached of the databases this factory has talked to, for all factories of the process: for changes that
    /// NHibernate did not make. Takes effect at once, whatever becomes of a current transaction.
    /// </summary>
    public void InvalidateAll()
    {
        foreach (var database in _scope.Databases)
            database.Move(StampKey.Scope);
    }

    /// <summary>Whether the cache can be used now. A store outside of this process is asked.</summary>
    internal async ValueTask<(string Store, FailurePolicy? Policy, StoreHealth Health)> CheckAsync(CancellationToken cancellationToken)
    {
        var health = await _scope.Stores.CheckAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        return (_scope.Stores.Description, _scope.IsShared ? _scope.Options.Redis.FailurePolicy : null, health);
    }
}

/// <summary>Finds the granular cache of a session factory.</summary>
public static class SessionFactoryExtensions
{
    /// <exception cref="InvalidOperationException">The factory does not use the granular cache.</exception>
    public static GranularCache GranularCache(this ISessionFactory factory) =>
        (factory as ISessionFactoryImplementor)?.Settings.CacheProvider is GranularCacheProvider { Cache: { } cache }
            ? cache
            : throw new InvalidOperationException("The session factory does not use the granular cache. Set cache.provider_class to GranularCacheProvider.");
}
