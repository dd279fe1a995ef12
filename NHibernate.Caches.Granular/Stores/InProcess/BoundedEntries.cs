using Microsoft.Extensions.Caching.Memory;
using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// A bounded map of entries with a memory cache's eviction: expired entries are swept, and beyond the bound the least recently used
/// are dropped in the background. Expiry here frees memory only; whether an entry may be used is <see cref="StoredEntry"/>'s to say.
/// Thread-safe.
/// </summary>
/// <remarks>
/// The bound is kept here and not by the memory cache's own size limit, for two reasons. At its limit that one refuses new entries
/// until a compaction has run, and one that frees less than a whole entry (5 % of 10) never lets it accept again. And up to version
/// 10.0 at least, a replacement that races with a removal of the same key is subtracted twice from its size; once the size is below
/// zero it refuses everything for ever. Counting instead costs a little on every 64th of the bound's puts, and lets the number of
/// entries exceed the bound by that much and by what is put while the compaction runs.
/// </remarks>
internal sealed class BoundedEntries : IDisposable
{
    /// <summary>How far below the bound a compaction goes, so that it need not run again at once.</summary>
    private const double Slack = 0.05;

    /// <summary>Kept longer than it lives, so that a look-up soon after can still tell that it expired.</summary>
    private static readonly TimeSpan s_afterlife = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _cache = new(new MemoryCacheOptions());
    private readonly int _maxEntries;
    private readonly int _putsBetweenCounts;
    private int _putsSinceCount;
    private int _isCompacting;

    public BoundedEntries(int maxEntries)
    {
        _maxEntries = maxEntries;
        _putsBetweenCounts = Math.Max(1, maxEntries / 64);
        CacheMetrics.Entries.Add(this, () => _cache.Count);
    }

    public int Count => _cache.Count;

    public StoredEntry? Find(EntryKey key) => _cache.TryGetValue(key, out var stored) ? (StoredEntry?)stored : null;

    /// <param name="key">Its key; an entry under an equal key is replaced.</param>
    /// <param name="stored">The entry.</param>
    /// <param name="maxAge">How long it lives at most.</param>
    /// <param name="maxIdle">How long it lives unused; null for as long as <paramref name="maxAge"/>.</param>
    public void Set(EntryKey key, StoredEntry stored, TimeSpan maxAge, TimeSpan? maxIdle)
    {
        using (var entry = _cache.CreateEntry(key))
        {
            entry.Value = stored;
            entry.AbsoluteExpirationRelativeToNow = maxAge + s_afterlife;
            entry.SlidingExpiration = maxIdle + s_afterlife;
        }
        if (Interlocked.Increment(ref _putsSinceCount) >= _putsBetweenCounts)
            CompactIfFull();
    }

    public void Remove(EntryKey key) => _cache.Remove(key);

    /// <summary>
    /// Frees the entries. The memory cache itself holds nothing else, and it would throw at a session that outlives its factory,
    /// so it stays.
    /// </summary>
    public void Dispose()
    {
        CacheMetrics.Entries.Remove(this);
        _cache.Clear();
    }

    private void CompactIfFull()
    {
        Volatile.Write(ref _putsSinceCount, 0);
        if (_cache.Count > _maxEntries && Interlocked.Exchange(ref _isCompacting, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static entries => entries.Compact(), this, preferLocal: false);
    }

    private void Compact()
    {
        try
        {
            var count = _cache.Count;
            var target = (int)(_maxEntries * (1 - Slack));
            if (count > target)
                Evict(count, target);
        }
        finally
        {
            Volatile.Write(ref _isCompacting, 0);
        }
        // What was put meanwhile found a compaction running; perhaps nobody puts anything again soon.
        CompactIfFull();
    }

    private void Evict(int count, int target)
    {
        // Half an entry more: rounding down must not lose the last one.
        _cache.Compact((count - target + 0.5) / count);
        // What others put or removed meanwhile is counted in; nothing else tells how many went.
        CacheMetrics.Evicted(Math.Max(0, count - _cache.Count));
    }
}
