using NHibernate.Caches.Granular.Functions;
using NHibernate.Caches.Granular.Queries;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What the result of a cached function depends on. It is asked before the function runs; no query is executed, and none is changed. Not
/// thread-safe: use it inside the call only.
/// </summary>
public sealed class CacheDependencies
{
    private readonly FunctionDependencies _named;

    internal CacheDependencies(FunctionDependencies named) => _named = named;

    /// <summary>Every change of these entities, of those derived from them, and of the link tables of their collections.</summary>
    /// <typeparam name="T">An entity, or a class or interface that entities have in common.</typeparam>
    /// <returns>These dependencies.</returns>
    /// <exception cref="ArgumentException">It is not mapped.</exception>
    public CacheDependencies On<T>()
    {
        _named.AddEntities(typeof(T));
        return this;
    }

    /// <summary>
    /// Every change that can alter the query's result, all columns it selects included, with the values its parameters have now. It must be
    /// of the session that the function was called with.
    /// </summary>
    /// <returns>These dependencies.</returns>
    public CacheDependencies On<T>(IQueryable<T> query)
    {
        _named.AddQuery(QueryListing.Of(query));
        return this;
    }

    /// <inheritdoc cref="On{T}(IQueryable{T})"/>
    public CacheDependencies On(IQuery query)
    {
        _named.AddQuery(QueryListing.Of(query));
        return this;
    }

    /// <inheritdoc cref="On{T}(IQueryable{T})"/>
    public CacheDependencies On(ICriteria query)
    {
        _named.AddQuery(QueryListing.Of(query));
        return this;
    }

    /// <inheritdoc cref="On{T}(IQueryable{T})"/>
    public CacheDependencies On<T>(IQueryOver<T> query)
    {
        _named.AddQuery(QueryListing.Of(query));
        return this;
    }

    /// <summary>Every change of the entity's own row, in each of its tables; not of its collections, nor of what it refers to.</summary>
    /// <param name="entity">An entity or its proxy, which need not be loaded.</param>
    /// <returns>These dependencies.</returns>
    /// <exception cref="ArgumentException">It is not mapped, or was never saved.</exception>
    public CacheDependencies On(object entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        _named.AddInstance(entity);
        return this;
    }
}
