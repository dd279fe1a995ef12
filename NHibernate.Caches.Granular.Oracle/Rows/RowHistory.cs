using System.Diagnostics;

namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>
/// What is known of the rows without asking the database: every state that a transaction is about to commit, registered before it
/// does, and how far commits are known to have come. Commits of a process that was cut off from the cache are told apart, until the others
/// have been told of them. A state is dropped when no reader can need it any more, so that memory does not grow with the length of a run.
/// Thread-safe, also across processes: nobody takes a lock, so nobody dies with one.
/// </summary>
internal sealed class RowHistory
{
    private const int StatesOfRow = 256;
    private const int Readers = 64;
    private const int KeptWithoutLooking = 16;

    // How far apart the first and the last revision may be of those that the others are not told of.
    private const int Untold = 1 << 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Words _words;
    private readonly int _rows;
    private readonly int _ticket;
    private readonly int _known;
    private readonly int _told;
    private readonly int _whole;
    private readonly int _states;
    private readonly int _readers;
    private readonly int _floors;
    private readonly int _untold;
    private readonly int _origin;

    public RowHistory(RowTable rows)
        : this(rows, new Words(Size(rows)), 0, 0)
    {
    }

    /// <param name="rows">The rows.</param>
    /// <param name="words">Where the history is kept.</param>
    /// <param name="at">Where in it.</param>
    /// <param name="origin">The number of this process among those that share it, from 0 to 31.</param>
    public RowHistory(RowTable rows, Words words, int at, int origin)
    {
        (_words, _rows, _ticket, _origin) = (words, rows.Count, at, origin);
        _known = _ticket + 1;
        _told = _known + _rows;
        _whole = _told + _rows;
        _states = _whole + _rows;
        _readers = _states + (_rows * StatesOfRow);
        _floors = _readers + Readers;
        _untold = _floors + (_rows * Readers);
    }

    /// <summary>How many words it takes.</summary>
    public static int Size(RowTable rows) => 1 + Readers + (rows.Count * (3 + StatesOfRow + Readers)) + Untold;

    /// <summary>A number greater than all before.</summary>
    public long NextRev() => Interlocked.Increment(ref _words[_ticket]);

    /// <summary>
    /// A reader's own floors, which <see cref="Note"/> fills. States at or above what is in them are kept. The floor of a row only
    /// rises, so what is in them from an earlier reading protects the states of the next one too.
    /// </summary>
    public Floors NewFloors()
    {
        for (var reader = 0; reader < Readers; reader++)
        {
            if (Interlocked.CompareExchange(ref _words[_readers + reader], _origin + 1, 0) != 0)
                continue;
            var floors = new Floors(_rows, _words, _floors + (reader * _rows), reader);
            for (var row = 0; row < _rows; row++)
                Volatile.Write(ref floors.Kept(row), 0);
            return floors;
        }
        throw new InvalidOperationException($"There are more than {Readers} readers.");
    }

    /// <summary>The reader of these floors has ended.</summary>
    public void Release(Floors floors) => Volatile.Write(ref _words[_readers + floors.Reader], 0);

    /// <summary>All readers of that process have ended, in whatever way.</summary>
    public void ReleaseAll(int origin)
    {
        for (var reader = 0; reader < Readers; reader++)
            Interlocked.CompareExchange(ref _words[_readers + reader], 0, origin + 1);
    }

    /// <summary>How far each row is known to be now.</summary>
    public void Note(Floors floors)
    {
        for (var row = 0; row < _rows; row++)
        {
            // What was told is read afterwards, so that nothing is excused that was told before the reading begins.
            var known = Volatile.Read(ref _words[_known + row]);
            var told = Volatile.Read(ref _words[_told + row]);
            var whole = Volatile.Read(ref _words[_whole + row]);
            Volatile.Write(ref floors.Kept(row), Math.Min(told, whole));
            (floors.Known[row], floors.Told[row], floors.Whole[row], floors.ToldNow[row]) = (Math.Max(known, told), told, whole, told);
        }
    }

    /// <summary>How far the cache has been told of each row now, for one who goes on with what was known when it noted that.</summary>
    public void NoteTold(Floors floors)
    {
        for (var row = 0; row < _rows; row++)
        {
            var told = Volatile.Read(ref _words[_told + row]);
            var whole = Volatile.Read(ref _words[_whole + row]);
            (floors.Told[row], floors.Whole[row], floors.ToldNow[row]) = (Math.Min(told, floors.Known[row]), Math.Min(whole, floors.Known[row]), told);
        }
    }

    /// <summary>Before the commit: from now on somebody may see this.</summary>
    public void Attempt(int row, RowState state)
    {
        var word = state.ToWord(_origin);
        if (TryAdd(row, word, KeptWithoutLooking))
            return;
        for (var since = Stopwatch.GetTimestamp(); ; Thread.Sleep(1))
        {
            Forget(row);
            if (TryAdd(row, word, StatesOfRow))
                return;
            if (Stopwatch.GetElapsedTime(since) > s_patience)
                throw new InvalidOperationException("Some reader has needed one answer for so long that there is no room for the states the row has had since.");
        }
    }

    /// <summary>
    /// Whoever begins to read from now on must find this, or something later; unless the others are not told of it, which is another matter.
    /// </summary>
    public void Known(int row, long rev)
    {
        Raise(_known + row, rev);
        if (IsUntold(rev))
            return;
        Raise(_told + row, rev);
        // Who is told of a commit hears of what it has changed, and of nothing else that another has changed of the row before and could not tell.
        var told = Volatile.Read(ref _words[_told + row]);
        if (!HasUntold(row, told))
            Raise(_whole + row, told);
    }

    /// <summary>Before the commit: the cache could not be told of this revision.</summary>
    public void Withhold(long rev) => Volatile.Write(ref _words[UntoldAt(rev)], rev);

    /// <summary>The cache has been told of it by now. Where it is committed, <see cref="Known"/> is said once more.</summary>
    public void Tell(long rev) => Interlocked.CompareExchange(ref _words[UntoldAt(rev)], 0, rev);

    /// <summary>It was not committed and will not be.</summary>
    /// <returns>Whether somebody has seen it all the same.</returns>
    public bool Withdraw(int row, long rev)
    {
        while (Find(row, rev) is var at and >= 0)
        {
            var word = Volatile.Read(ref _words[at]);
            if (IsOf(word, rev) && Interlocked.CompareExchange(ref _words[at], 0, word) == word)
                return RowState.IsObserved(word);
        }
        return false;
    }

    /// <summary>A reader whose floor is no higher has seen this; so it is committed, and known from now on.</summary>
    /// <returns>False when nobody was about to commit it, or whoever was has rolled back.</returns>
    public bool Observe(int row, long rev)
    {
        while (Find(row, rev) is var at and >= 0)
        {
            // Either this comes first, and a withdrawal finds that it was seen; or the withdrawal does, and this finds nothing.
            var word = Volatile.Read(ref _words[at]);
            if (!IsOf(word, rev) || Interlocked.CompareExchange(ref _words[at], RowState.AsObserved(word), word) != word)
                continue;
            Known(row, rev);
            return true;
        }
        return false;
    }

    /// <summary>Every state the row may be in, in no order; those below a floor that some reader has noted may be missing.</summary>
    public RowStates States(int row) => new(_words, _states + (row * StatesOfRow), StatesOfRow);

    /// <summary>The states for people, with what the cache has not been told of.</summary>
    public string Describe(int row)
    {
        var texts = new List<string>();
        foreach (var state in States(row))
            texts.Add(IsUntold(state.Rev) ? $"{state}, untold" : $"{state}");
        return string.Join("; ", texts);
    }

    /// <summary>Whether it is known that the row has come so far.</summary>
    public bool IsKnown(int row, long rev) => Volatile.Read(ref _words[_known + row]) >= rev;

    /// <summary>The last that a process, which no longer exists, was about to commit: what is not known, and what somebody has taken for committed.</summary>
    public List<RowState> LeftBy(int origin, int row)
    {
        var left = new List<RowState>();
        var known = Volatile.Read(ref _words[_known + row]);
        for (var states = States(row).GetEnumerator(); states.MoveNext();)
        {
            if (RowState.OriginOf(states.Word) == origin && states.Current.Rev >= known)
                left.Add(states.Current);
        }
        return left;
    }

    /// <summary>Which process was about to commit this; 0 where it is not known any more, or where there is one process only.</summary>
    public int OriginOf(int row, long rev) => Find(row, rev) is var at and >= 0 ? RowState.OriginOf(Volatile.Read(ref _words[at])) : 0;

    private bool TryAdd(int row, long word, int room)
    {
        for (var at = _states + (row * StatesOfRow); room > 0; at++, room--)
        {
            if (Volatile.Read(ref _words[at]) == 0 && Interlocked.CompareExchange(ref _words[at], word, 0) == 0)
                return true;
        }
        return false;
    }

    private void Forget(int row)
    {
        var oldest = OldestNeeded(row);
        for (var at = _states + (row * StatesOfRow); at < _states + ((row + 1) * StatesOfRow); at++)
        {
            if (Volatile.Read(ref _words[at]) is var word and not 0 && RowState.RevOf(word) < oldest)
                Interlocked.CompareExchange(ref _words[at], 0, word);
        }
    }

    private int Find(int row, long rev)
    {
        for (var at = _states + (row * StatesOfRow); at < _states + ((row + 1) * StatesOfRow); at++)
        {
            if (IsOf(Volatile.Read(ref _words[at]), rev))
                return at;
        }
        return -1;
    }

    private static bool IsOf(long word, long rev) => word != 0 && RowState.RevOf(word) == rev;

    // Whether somebody was about to commit the row at this revision, or before, and could not tell.
    private bool HasUntold(int row, long last)
    {
        foreach (var state in States(row))
        {
            if (state.Rev <= last && IsUntold(state.Rev))
                return true;
        }
        return false;
    }

    // What the rows began with was there before the cache; and an empty place is none.
    private bool IsUntold(long rev) => rev != 0 && Volatile.Read(ref _words[UntoldAt(rev)]) == rev;

    private int UntoldAt(long rev) => _untold + (int)(rev % Untold);

    private void Raise(int at, long rev)
    {
        ref var word = ref _words[at];
        for (var seen = Volatile.Read(ref word); seen < rev;)
        {
            var before = Interlocked.CompareExchange(ref word, rev, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    // What the others are told of is read first: a reader that begins meanwhile finds that at least.
    private long OldestNeeded(int row)
    {
        var oldest = Volatile.Read(ref _words[_whole + row]);
        for (var reader = 0; reader < Readers; reader++)
        {
            if (Volatile.Read(ref _words[_readers + reader]) != 0)
                oldest = Math.Min(oldest, Volatile.Read(ref _words[_floors + (reader * _rows) + row]));
        }
        return oldest;
    }
}

/// <summary>How far each row was known to be when a reader noted it. One reader's; what protects the states that it needs, everybody sees.</summary>
internal sealed class Floors(int rows, Words words, int at, int reader)
{
    public int Reader => reader;

    /// <summary>By commits that had returned, or had been seen by somebody.</summary>
    public long[] Known { get; } = new long[rows];

    /// <summary>Of these, by such as the cache has been told of.</summary>
    public long[] Told { get; } = new long[rows];

    /// <summary>Of these, as far as the cache has been told of all before as well: columns and links that the last has not changed may be as old.</summary>
    public long[] Whole { get; } = new long[rows];

    /// <summary>By whatever the cache has been told of, also since.</summary>
    public long[] ToldNow { get; } = new long[rows];

    public long this[int row] => Known[row];

    /// <summary>From where on states are kept.</summary>
    public ref long Kept(int row) => ref words[at + row];
}
