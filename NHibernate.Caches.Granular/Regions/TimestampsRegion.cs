using System.Collections.Concurrent;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// NHibernate's table of last updates. The granular query cache does not read it; a query cache of the user's own does, so it
/// keeps what it is given, for ever: there is one entry per table. Thread-safe.
/// </summary>
/// <param name="name">The region's.</param>
/// <param name="isShared">
/// Whether other processes change the tables too, of which nothing is heard here. Then any table may have been updated just now: whatever
/// a query cache of the user's own keeps, and wherever, is older than that.
/// </param>
internal sealed class TimestampsRegion(string name, bool isShared = false) : CacheBase
{
    private static readonly object s_justNow = long.MaxValue;

    private readonly ConcurrentDictionary<object, object> _timestamps = new();

    // Added to a timestamp while a change is being committed; timestamps are sequence numbers here, of which this many never pass.
    public override int Timeout => int.MaxValue;

    public override string RegionName => name;

    public override object? Get(object key) => isShared ? s_justNow : _timestamps.GetValueOrDefault(key);

    public override void Put(object key, object value) => _timestamps[key] = value;

    public override void Remove(object key) => _timestamps.TryRemove(key, out _);

    public override void Clear() => _timestamps.Clear();

    public override void Destroy() => _timestamps.Clear();

    public override object? Lock(object key) => null;

    public override void Unlock(object key, object lockValue)
    {
        // A put is atomic; there is nothing to lock.
    }

    public override long NextTimestamp() => InProcessSequence.Next().Value;
}
