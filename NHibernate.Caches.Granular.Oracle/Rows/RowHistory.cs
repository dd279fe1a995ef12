namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>A row as one transaction leaves it. Thread-safe: immutable but for <see cref="IsObserved"/>.</summary>
/// <param name="rev">Greater than that of every change of the row that committed before.</param>
/// <param name="exists">False: deleted.</param>
/// <param name="shelf">The shelf it is in; 0 for none.</param>
/// <param name="tags">One bit per tag; <see cref="UnknownTags"/> when the writer cannot tell.</param>
internal sealed class RowState(long rev, bool exists = true, int shelf = 0, int tags = 0)
{
    public const int UnknownTags = -1;

    public long Rev => rev;

    public bool Exists => exists;

    public int Shelf => shelf;

    public int Tags => tags;

    /// <summary>Whether a reader has seen it: then it must have been committed.</summary>
    public bool IsObserved { get; set; }

    public override string ToString() => exists ? $"{rev} on shelf {shelf} with tags {tags}" : $"{rev} deleted";
}

/// <summary>
/// What is known of the rows without asking the database: every state that a transaction is about to commit, registered before it
/// does, and how far commits are known to have come. A state is dropped when no reader can need it any more, so that memory does
/// not grow with the length of a run. Thread-safe; readers take no lock.
/// </summary>
internal sealed class RowHistory
{
    private const int KeptWithoutLooking = 16;

    private readonly Row[] _rows;
    private ImmutableArray<long[]> _readers = [];
    private long _ticket;

    public RowHistory(RowTable rows)
    {
        _rows = new Row[rows.Count];
        for (var row = 0; row < _rows.Length; row++)
            _rows[row] = new Row();
    }

    /// <summary>A number greater than all before.</summary>
    public long NextRev() => Interlocked.Increment(ref _ticket);

    /// <summary>
    /// A reader's own array of floors, which <see cref="Note"/> fills. States at or above what is in it are kept. The floor of a
    /// row only rises, so what is in the array from an earlier reading protects the states of the next one too.
    /// </summary>
    public long[] NewFloors()
    {
        var floors = new long[_rows.Length];
        ImmutableInterlocked.Update(ref _readers, static (readers, floors) => readers.Add(floors), floors);
        return floors;
    }

    /// <summary>The reader of these floors has ended.</summary>
    public void Release(long[] floors) => ImmutableInterlocked.Update(ref _readers, static (readers, floors) => readers.Remove(floors), floors);

    /// <summary>How far each row is known to be now.</summary>
    public void Note(long[] floors)
    {
        for (var row = 0; row < floors.Length; row++)
            Volatile.Write(ref floors[row], Volatile.Read(ref _rows[row].Known));
    }

    /// <summary>Before the commit: from now on somebody may see this.</summary>
    public void Attempt(int row, RowState state)
    {
        var of = _rows[row];
        lock (of)
        {
            if (of.States.Length >= KeptWithoutLooking)
                of.States = [.. of.States.Where(kept => kept.Rev >= OldestNeeded(row))];
            of.States = [.. of.States, state];
        }
    }

    /// <summary>Whoever begins to read from now on must find this, or something later.</summary>
    public void Known(int row, long rev)
    {
        ref var known = ref _rows[row].Known;
        for (var seen = Volatile.Read(ref known); seen < rev;)
        {
            var before = Interlocked.CompareExchange(ref known, rev, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>It was not committed and will not be.</summary>
    /// <returns>Whether somebody has seen it all the same.</returns>
    public bool Withdraw(int row, long rev)
    {
        var of = _rows[row];
        RowState? withdrawn;
        lock (of)
        {
            withdrawn = Find(of.States, rev);
            of.States = [.. of.States.Where(state => state != withdrawn)];
        }
        // The observer writes that it has seen the state, then looks for it again: one of the two notices.
        Interlocked.MemoryBarrier();
        return withdrawn is { IsObserved: true };
    }

    /// <summary>A reader whose floor is no higher has seen this; so it is committed, and known from now on.</summary>
    /// <returns>False when nobody was about to commit it, or whoever was has rolled back.</returns>
    public bool Observe(int row, long rev)
    {
        var of = _rows[row];
        if (Find(of.States, rev) is not { } state)
            return false;
        state.IsObserved = true;
        Interlocked.MemoryBarrier();
        if (Find(of.States, rev) is null)
            return false;
        Known(row, rev);
        return true;
    }

    /// <summary>Every state the row may be in, in no order; those below a floor that some reader has noted may be missing.</summary>
    public RowState[] States(int row) => _rows[row].States;

    private static RowState? Find(RowState[] states, long rev)
    {
        foreach (var state in states)
        {
            if (state.Rev == rev)
                return state;
        }
        return null;
    }

    private long OldestNeeded(int row)
    {
        var oldest = Volatile.Read(ref _rows[row].Known);
        foreach (var floors in _readers)
            oldest = Math.Min(oldest, Volatile.Read(ref floors[row]));
        return oldest;
    }

    private sealed class Row
    {
        public long Known;
        private volatile RowState[] _states = [];

        public RowState[] States
        {
            get => _states;
            set => _states = value;
        }
    }
}
