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
        if (query is not AbstractQueryImpl known)
            return () => query.SetCacheable(true).List();
        return () =>
        {
            var (wasCacheable, cacheMode, flushMode) = (known.Cacheable, NHibernateInternals.CacheMode(known), NHibernateInternals.FlushMode(known));
            NHibernateInternals.CacheMode(known) = CacheMode.Get;
            NHibernateInternals.FlushMode(known) = FlushMode.Manual;
            try
            {
                query.SetCacheable(true).List();
            }
            finally
            {
                query.SetCacheable(wasCacheable);
                NHibernateInternals.CacheMode(known) = cacheMode;
                NHibernateInternals.FlushMode(known) = flushMode;
            }
        };
    }

    public static System.Action Of(ICriteria query)
    {
        ArgumentNullException.ThrowIfNull(query);
        // A part of it cannot be copied.
        for (; query is CriteriaImpl.Subcriteria part; query = part.Parent)
        {
        }
        return () => ((ICriteria)query.Clone()).SetCacheable(true).SetCacheMode(CacheMode.Get).SetFlushMode(FlushMode.Manual).List();
    }

    public static System.Action Of<T>(IQueryOver<T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Of(query.RootCriteria);
    }
}
