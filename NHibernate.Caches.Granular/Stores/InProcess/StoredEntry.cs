using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>An entry with the cells it depends on and its expiry, in ticks of the store's clock. Thread-safe.</summary>
/// <param name="entry">What was put.</param>
/// <param name="cells">All stamps it depends on.</param>
/// <param name="endsAt">When it ends however often it is used, exclusive.</param>
/// <param name="idleTicks">How long it lives without a hit.</param>
/// <param name="now">The moment of the put.</param>
internal sealed class StoredEntry(CacheEntry entry, StampCell[] cells, long endsAt, long idleTicks, long now)
{
    private long _lastUse = now;

    public CacheEntry Entry { get; } = entry;

    public long PutAt { get; } = now;

    /// <summary>When it ends if nobody uses it.</summary>
    public long EndsAt => Math.Min(endsAt, Volatile.Read(ref _lastUse) is var used && idleTicks < long.MaxValue - used ? used + idleTicks : endsAt);

    public IReadOnlySet<StampKey> Stamps => cells.Select(cell => cell.Key).ToHashSet();

    /// <summary>
    /// Why the entry may not be used now, or <see cref="MissReason.None"/> (I2). What holds for ever is said first: expired,
    /// invalidated; then locked, then newer than the snapshot.
    /// </summary>
    public MissReason Check(Sequence? asOf, long now)
    {
        if (now >= endsAt || now - Volatile.Read(ref _lastUse) >= idleTicks)
            return MissReason.Expired;
        var sequence = Entry.Sequence;
        var isLocked = false;
        foreach (var cell in cells)
        {
            // The lock first, then the stamp: see StampCell.
            isLocked |= cell.Locks > 0;
            var moved = cell.Moved;
            if (moved > sequence)
                return MissReason.Invalidated;
        }
        if (isLocked)
            return MissReason.Locked;
        // No stamp is newer than the entry here, so none is newer than the snapshot if the entry is not.
        return asOf is { } snapshot && sequence > snapshot ? MissReason.NewerThanSnapshot : MissReason.None;
    }

    /// <summary>Counts a hit for a sliding expiry.</summary>
    public void Use(long now) => Volatile.Write(ref _lastUse, now);
}
