namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>A look-up that was made in the cache. Thread-safe: immutable.</summary>
public sealed class CacheRead
{
    internal CacheRead(string region, CachedKind kind, MissReason reason) => (Region, Kind, MissReason) = (region, kind, reason);

    /// <summary>The region, with its prefix.</summary>
    public string Region { get; }

    /// <summary>What was looked up.</summary>
    public CachedKind Kind { get; }

    /// <summary>Why it was not answered from the cache; <see cref="MissReason.None"/>: it was.</summary>
    public MissReason MissReason { get; }
}
