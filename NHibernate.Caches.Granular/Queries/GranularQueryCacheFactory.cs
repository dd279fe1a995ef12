using NHibernate.Cache;
using NHibernate.Cfg;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Regions;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>Makes the query cache of each query region. Thread-safe: stateless.</summary>
internal sealed class GranularQueryCacheFactory : IQueryCacheFactory
{
    /// <summary>NHibernate finds this overload by reflection; it is the one that is not obsolete.</summary>
    public IQueryCache GetQueryCache(UpdateTimestampsCache updateTimestampsCache, IDictionary<string, string> props, CacheBase regionCache)
    {
        var region = regionCache switch
        {
            CacheRegion plain => new QueryRegion(plain, QuerySettings.None),
            RegionWithOptions with => new QueryRegion(with.Region, with.Settings),
            _ => throw new CacheException($"The granular query cache needs the regions of {nameof(GranularCacheProvider)}; cache.provider_class gave a {regionCache.GetType().FullName}."),
        };
        region.Scope.SchemaMayHaveChanged();
        return new GranularQueryCache(region);
    }

    IQueryCache IQueryCacheFactory.GetQueryCache(string regionName, UpdateTimestampsCache updateTimestampsCache, Settings settings, IDictionary<string, string> props) =>
        throw new CacheException("The granular query cache is made from a region; this version of NHibernate asks for it in an obsolete way.");
}
