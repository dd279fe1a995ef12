using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>The key of an entity or collection: its region and NHibernate's own key (name, identifier, tenant). Thread-safe: immutable.</summary>
internal sealed class RegionEntryKey(string region, object key) : EntryKey
{
    private readonly string _region = region;
    private readonly object _key = key;

    public override bool Equals(EntryKey? other) => other is RegionEntryKey that && _region == that._region && _key.Equals(that._key);

    public override int GetHashCode() => HashCode.Combine(StringComparer.Ordinal.GetHashCode(_region), _key);
}
