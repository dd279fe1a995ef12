using System.Linq.Expressions;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Impl;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What one query asks of the cache. Queries of LINQ are left as they are, and a new one is returned; the others are changed and
/// returned, as by NHibernate's own methods. Where the factory has another cache, queries are cacheable or not and the rest means
/// nothing. Not thread-safe, as queries are not.
/// </summary>
public static class QueryExtensions
{
    private static readonly string s_defaultRegion = typeof(StandardQueryCache).FullName!;

    /// <summary>Makes the query cacheable, with these options in place of those it had.</summary>
    /// <exception cref="InvalidOperationException">Too many combinations of options have been used in this process: they are not constants.</exception>
    public static IQueryable<T> Cached<T>(this IQueryable<T> query, Action<QueryCacheOptions>? configure = null) =>
        query.WithOptions(options => options.SetCacheable(true).SetCacheRegion(Region(NHibernateInternals.Region(options), configure)));

    /// <inheritdoc cref="Cached{T}(IQueryable{T}, Action{QueryCacheOptions}?)"/>
    public static IQuery Cached(this IQuery query, Action<QueryCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.SetCacheable(true).SetCacheRegion(Region((query as AbstractQueryImpl)?.CacheRegion, configure));
    }

    /// <inheritdoc cref="Cached{T}(IQueryable{T}, Action{QueryCacheOptions}?)"/>
    public static ICriteria Cached(this ICriteria query, Action<QueryCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.SetCacheable(true).SetCacheRegion(Region(Root(query)?.CacheRegion, configure));
    }

    /// <inheritdoc cref="Cached{T}(IQueryable{T}, Action{QueryCacheOptions}?)"/>
    public static IQueryOver<T> Cached<T>(this IQueryOver<T> query, Action<QueryCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.RootCriteria.Cached(configure);
        return query;
    }

    /// <summary>
    /// Makes the query not cacheable, even where a profile says that its like are cached: of <c>SetCacheable(false)</c> nothing can tell that it was
    /// said at all.
    /// </summary>
    public static IQueryable<T> NotCached<T>(this IQueryable<T> query) =>
        query.WithOptions(options => options.SetCacheable(false).SetCacheRegion(OffRegion(NHibernateInternals.Region(options))));

    /// <inheritdoc cref="NotCached{T}(IQueryable{T})"/>
    public static IQuery NotCached(this IQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.SetCacheable(false).SetCacheRegion(OffRegion((query as AbstractQueryImpl)?.CacheRegion));
    }

    /// <inheritdoc cref="NotCached{T}(IQueryable{T})"/>
    public static ICriteria NotCached(this ICriteria query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.SetCacheable(false).SetCacheRegion(OffRegion(Root(query)?.CacheRegion));
    }

    /// <inheritdoc cref="NotCached{T}(IQueryable{T})"/>
    public static IQueryOver<T> NotCached<T>(this IQueryOver<T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.RootCriteria.NotCached();
        return query;
    }

    /// <summary>
    /// Updates the rows that the query selects, by one statement, and drops no more than these rows make necessary. Does what
    /// <c>Update</c> of NHibernate's LINQ does; beside it the rows are read, and locked, before the statement, and returned by it. Outside
    /// of a transaction it runs in one of its own. Where the rows cannot be told one by one, what the statement itself says is
    /// invalidated, as ever.
    /// </summary>
    /// <param name="query">Entities of one type, restricted by Where.</param>
    /// <param name="setter">The columns to set: <c>post => new Post { Score = post.Score + 1 }</c>.</param>
    /// <returns>How many rows were updated.</returns>
    public static int InvalidatedUpdate<T>(this IQueryable<T> query, Expression<Func<T, T>> setter) => MassChanges.Run(query, changed => changed.Update(setter));

    /// <inheritdoc cref="InvalidatedUpdate{T}"/>
    public static Task<int> InvalidatedUpdateAsync<T>(this IQueryable<T> query, Expression<Func<T, T>> setter, CancellationToken cancellationToken = default) =>
        MassChanges.RunAsync(query, changed => changed.UpdateAsync(setter, cancellationToken), cancellationToken);

    /// <summary>Deletes the rows that the query selects, as <see cref="InvalidatedUpdate{T}"/> updates them.</summary>
    /// <param name="query">Entities of one type, restricted by Where.</param>
    /// <returns>How many rows were deleted.</returns>
    public static int InvalidatedDelete<T>(this IQueryable<T> query) => MassChanges.Run(query, static changed => changed.Delete());

    /// <inheritdoc cref="InvalidatedDelete{T}"/>
    public static Task<int> InvalidatedDeleteAsync<T>(this IQueryable<T> query, CancellationToken cancellationToken = default) =>
        MassChanges.RunAsync(query, changed => changed.DeleteAsync(cancellationToken), cancellationToken);

    private static string Region(string? current, Action<QueryCacheOptions>? configure)
    {
        var options = new QueryCacheOptions();
        configure?.Invoke(options);
        return RegionTexts.OfProcess.Admit((options.Region ?? Base(current)) + options.ToSettings().Suffix);
    }

    // NHibernate makes no query cache of a query that is not cacheable, so that these take no memory.
    private static string OffRegion(string? current) => Base(current) + new QuerySettings { IsOff = true }.Suffix;

    // By name, since null would leave the region that a query has.
    private static string Base(string? current) => QuerySettings.Parse(current).Region ?? s_defaultRegion;

    private static CriteriaImpl? Root(ICriteria query)
    {
        while (query is CriteriaImpl.Subcriteria part)
            query = part.Parent;
        return query as CriteriaImpl;
    }
}
