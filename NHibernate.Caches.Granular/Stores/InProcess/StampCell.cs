using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// One stamp in memory. Entries refer to the cells they depend on, so that a hit reads them without a look-up. Writes happen only
/// under the lock of the <see cref="StampTable"/>; reading is thread-safe without it.
/// </summary>
/// <remarks>
/// Why a hit may read without a lock: a writer locks the cell before its COMMIT is sent, and after the commit first moves it, then
/// unlocks it, both with release semantics. A reader reads the lock first, then the stamp, both with acquire semantics. For a
/// commit that returned before the look-up began, the lock had been set before: the reader either still finds it, and misses, or
/// finds it released, and then the move that preceded the release is visible too. Each cell is proved alone, so reading many
/// needs no common instant. A reader that sees no lock because none was set yet began before the commit, and may be served.
/// </remarks>
internal sealed class StampCell(StampKey key, Sequence moved)
{
    private long _moved = moved.Value;
    private int _locks;

    public StampKey Key { get; } = key;

    /// <summary>The registered shape whose own stamp this is; null for every other stamp. Read under the table's lock only.</summary>
    public Shape? Shape { get; set; }

    /// <summary>The sequence at which it last moved; for a shape at least its birth, for a retired cell later than everything.</summary>
    public Sequence Moved => new(Volatile.Read(ref _moved));

    /// <summary>How many tokens hold it.</summary>
    public int Locks => Volatile.Read(ref _locks);

    /// <summary>Moves it forward, never back.</summary>
    public void MoveTo(Sequence sequence)
    {
        if (sequence.Value > _moved)
            Volatile.Write(ref _moved, sequence.Value);
    }

    public void Lock() => Volatile.Write(ref _locks, _locks + 1);

    public void Unlock() => Volatile.Write(ref _locks, _locks - 1);

    /// <summary>Ends the cell: it no longer learns of moves, so whatever still refers to it must never be valid again.</summary>
    public void Retire() => Volatile.Write(ref _moved, long.MaxValue);
}
