using NHibernate.Impl;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// How a query is listed that is only looked at: as a cacheable one that is looked up and flushes nothing, whatever is set on it. It is left as
/// it was. Thread-safe: stateless.
/// </summary>
internal static class QueryListing
{
    /// <exception cref="InvalidOperationException">It is not one of NHibernate's.</exception>
    public static System.Action Of(IQueryable query) => Of(LinqQuery.Prepare(query));

    public static System.Action Of(IQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query is AbstractQueryImpl known
            ? () => List(() => query.List(), on => query.SetCacheable(on), known.Cacheable, ref NHibernateInternals.CacheMode(known), ref NHibernateInternals.FlushMode(known), FlushMode.Manual)
            : () => query.SetCacheable(true).List();
    }

    public static System.Action Of(ICriteria query)
    {
        ArgumentNullException.ThrowIfNull(query);
        // Of a part, the whole.
        for (; query is CriteriaImpl.Subcriteria part; query = part.Parent)
        {
        }
        return query is CriteriaImpl known
            ? () => List(() => known.List(), on => known.SetCacheable(on), known.Cacheable, ref NHibernateInternals.CacheMode(known), ref NHibernateInternals.FlushMode(known), FlushMode.Manual)
            : () => query.SetCacheable(true).List();
    }

    public static System.Action Of<T>(IQueryOver<T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Of(query.RootCriteria);
    }

    private static void List<TFlushMode>(System.Action list, Action<bool> setCacheable, bool wasCacheable, ref CacheMode? cacheMode, ref TFlushMode flushMode, TFlushMode manual)
    {
        var before = (cacheMode, flushMode);
        (cacheMode, flushMode) = (CacheMode.Get, manual);
        setCacheable(true);
        try
        {
            list();
        }
        finally
        {
            setCacheable(wasCacheable);
            (cacheMode, flushMode) = before;
        }
    }
}
