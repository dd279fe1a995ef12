using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular;

/// <summary>The granular cache of a session factory, for what NHibernate has no words for. Thread-safe.</summary>
public sealed class GranularCache
{
    private readonly FactoryScope _scope;

    internal GranularCache(FactoryScope scope) => _scope = scope;

    /// <summary>
    /// Forgets everything cached of the databases this factory has talked to, for all factories of the process: for changes that
    /// NHibernate did not make. Takes effect at once, whatever becomes of a current transaction.
    /// </summary>
    public void InvalidateAll()
    {
        foreach (var database in _scope.Databases)
            database.Store.Move(StampKey.Scope);
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
