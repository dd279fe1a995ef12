using System.Collections.Concurrent;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>One of the hot rows. Thread-safe: immutable.</summary>
internal readonly record struct RowId(System.Type Kind, int Id)
{
    public override string ToString() => $"{Kind.Name}#{Id}";
}

/// <summary>A row as one transaction leaves it. Thread-safe: immutable.</summary>
/// <param name="Rev">Greater than that of every change of the row that committed before.</param>
/// <param name="Exists">False: deleted.</param>
/// <param name="Shelf">The shelf it is in; 0 for none.</param>
/// <param name="Tags">One bit per tag; -1 when the writer cannot tell.</param>
internal sealed record RowState(long Rev, bool Exists, int Shelf, int Tags);

/// <summary>
/// What is known of the rows without asking the database: every state that a transaction is about to commit, registered before it
/// does, and how far commits are known to have come. Thread-safe.
/// </summary>
internal sealed class RowHistory
{
    private readonly ConcurrentDictionary<RowId, ConcurrentDictionary<long, RowState>> _states = new();
    private readonly ConcurrentDictionary<RowId, long> _known = new();
    private readonly ConcurrentDictionary<long, bool> _rolledBack = new();
    private readonly ConcurrentDictionary<long, string> _observed = new();
    private long _ticket;

    public long NextRev() => Interlocked.Increment(ref _ticket);

    /// <summary>Before the commit: from now on somebody may see this.</summary>
    public void Attempt(RowId row, RowState state) => _states.GetOrAdd(row, _ => new()).TryAdd(state.Rev, state);

    /// <summary>Whoever begins to read from now on must find this, or something later.</summary>
    public void Known(RowId row, long rev) => _known.AddOrUpdate(row, rev, (_, known) => Math.Max(known, rev));

    /// <summary>Nobody may ever have seen this.</summary>
    public void RolledBack(RowId row, long rev)
    {
        _rolledBack.TryAdd(rev, true);
        if (_states.TryGetValue(row, out var states))
            states.TryRemove(rev, out _);
    }

    public long Floor(RowId row) => _known.GetValueOrDefault(row);

    public void Observed(RowId row, long rev, string by) => _observed.TryAdd(rev, $"{row}@{rev} {by}");

    /// <summary>What was read although it was never committed; to be asked when all writers have ended.</summary>
    public IEnumerable<string> DirtyReads() => _observed.Where(pair => _rolledBack.ContainsKey(pair.Key)).Select(pair => pair.Value);

    /// <summary>The states a reader may see that began when the row was at <paramref name="floor"/>.</summary>
    public IReadOnlyList<RowState> Since(RowId row, long floor) =>
        _states.TryGetValue(row, out var states) ? [.. states.Values.Where(state => state.Rev >= floor)] : [];
}
