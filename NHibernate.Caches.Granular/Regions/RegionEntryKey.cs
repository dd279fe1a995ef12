using NHibernate.Cache;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>A region's name with its hash, which every key of the region uses. Thread-safe: immutable.</summary>
internal sealed class RegionName(string text)
{
    public string Text { get; } = text;

    public int Hash { get; } = StringComparer.Ordinal.GetHashCode(text);
}

/// <summary>The key of an entity or collection: its region and NHibernate's own key (name, identifier, tenant). Thread-safe: immutable.</summary>
internal sealed class RegionEntryKey(RegionName region, CacheKey key) : EntryKey
{
    private readonly RegionName _region = region;
    private readonly CacheKey _key = key;

    public override object?[]? Parts => SharedIdentifier.TryMake(NHibernateInternals.IdentifierType(_key), _key.Key, NHibernateInternals.Factory(_key), out var identifier)
        ? [(int)KeyKind.Region, _region.Text, _key.EntityOrRoleName, NHibernateInternals.Tenant(_key), identifier]
        : null;

    public override bool Equals(EntryKey? other) => other is RegionEntryKey that && _region.Text == that._region.Text && _key.Equals(that._key);

    public override int GetHashCode() => HashCode.Combine(_region.Hash, _key);
}
