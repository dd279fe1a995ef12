using NHibernate.Caches.Granular.Profiles;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// What goes for one query: what it says itself, else what its region's settings say, else its profile, else the general options.
/// Thread-safe: immutable.
/// </summary>
internal sealed record QueryTerms(TimeSpan Expiration, SingleFlight SingleFlight, ResultLayout Layout)
{
    public static QueryTerms Of(QuerySettings query, RegionOptions region, GranularCacheOptions options, EntityProfile profile, CachedOperations operation) =>
        new(query.Expiration ?? region.Expiration ?? profile.ExpirationOf(operation) ?? options.Expiration,
            query.SingleFlight ?? profile.SingleFlight ?? options.SingleFlight,
            query.Layout ?? region.Layout ?? profile.Layout ?? options.Layout);
}
