using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// What NHibernate takes for a region of its own, because options of a query stand behind the region's name: the region itself, and
/// the options. Thread-safe.
/// </summary>
internal sealed class RegionWithOptions(CacheRegion region, QuerySettings settings) : CacheBase
{
    public CacheRegion Region => region;

    public QuerySettings Settings => settings;

    public override string RegionName => region.RegionName;

    public override int Timeout => region.Timeout;

    public override object? Get(object key) => region.Get(key);

    public override void Put(object key, object value) => region.Put(key, value);

    public override void Remove(object key) => region.Remove(key);

    public override void Clear() => region.Clear();

    public override void Destroy()
    {
        // The region is destroyed under its own name.
    }

    public override object? Lock(object key) => region.Lock(key);

    public override void Unlock(object key, object lockValue) => region.Unlock(key, lockValue);

    public override long NextTimestamp() => region.NextTimestamp();
}
