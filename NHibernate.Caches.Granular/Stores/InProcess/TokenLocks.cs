using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The locks of one transaction from its announce to its end. Not thread-safe: the <see cref="StampTable"/>'s lock guards it.
/// </summary>
internal sealed class TokenLocks(Token token)
{
    private readonly HashSet<StampCell> _cells = [];

    public Token Token { get; } = token;

    /// <summary>When the lease ends, in ticks of the table's clock, inclusive.</summary>
    public long LeaseEnds { get; set; }

    /// <summary>The tables whose new-born shapes this token adopts.</summary>
    public HashSet<TableStamps> Tables { get; } = [];

    public bool Holds(StampCell cell) => _cells.Contains(cell);

    /// <summary>Locks the cell, once.</summary>
    public void Lock(StampCell cell)
    {
        if (_cells.Add(cell))
            cell.Lock();
    }

    public void Move(Sequence sequence)
    {
        foreach (var cell in _cells)
            cell.MoveTo(sequence);
        foreach (var table in Tables)
            table.LastPublish = sequence;
    }

    /// <summary>Unlocks everything and leaves the tables. What was not moved before counts as unchanged.</summary>
    public void Release()
    {
        foreach (var cell in _cells)
            cell.Unlock();
        foreach (var table in Tables)
            table.InFlight.Remove(this);
        _cells.Clear();
        Tables.Clear();
    }
}
