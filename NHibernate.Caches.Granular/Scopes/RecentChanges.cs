using System.Collections.Concurrent;
using System.Diagnostics;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// What this process last invalidated of one database, so that it can be told which change has outdated an entry. It holds names and hashes,
/// no values, of a bounded number of invalidations. Thread-safe.
/// </summary>
internal sealed class RecentChanges
{
    /// <summary>Invalidations that are remembered.</summary>
    public const int Capacity = 128;

    /// <summary>Of one that moves more stamps, they are not remembered: what it outdated is then not known.</summary>
    public const int MaxStamps = 512;

    private static readonly ConcurrentDictionary<string, RecentChanges> s_byDatabase = new(StringComparer.Ordinal);

    private readonly RecentChange?[] _changes = new RecentChange?[Capacity];
    private long _count;

    /// <summary>Those of all factories of this process on the database, as they share its stamps.</summary>
    public static RecentChanges Of(string database) => s_byDatabase.GetOrAdd(database, static _ => new RecentChanges());

    public void Add(RecentChange change) => Volatile.Write(ref _changes[(Interlocked.Increment(ref _count) - 1) % Capacity], change);

    /// <summary>The first that is remembered, and certainly moved one of these stamps after this sequence.</summary>
    public FoundMover? FindMover(IReadOnlySet<StampKey> stamps, Sequence after)
    {
        foreach (var change in _changes.OfType<RecentChange>().Where(change => change.Before >= after).OrderBy(change => change.Before))
        {
            foreach (var (key, mover) in change.Stamps)
            {
                if (stamps.Contains(key))
                    return new FoundMover(change, key, mover);
            }
        }
        return null;
    }
}

/// <summary>One invalidation. Thread-safe: immutable.</summary>
/// <param name="Before">A sequence from before its stamps moved: they moved later.</param>
/// <param name="Tables">What was done to which table.</param>
/// <param name="Stamps">The stamps that moved, with what moved them; none when they are too many to be remembered.</param>
/// <param name="StampCount">How many they are.</param>
/// <param name="IsProven">Whether the commit is known to have succeeded.</param>
/// <param name="At">When.</param>
/// <param name="TraceId">The trace that was current.</param>
internal sealed record RecentChange(
    Sequence Before,
    ImmutableArray<ChangedTable> Tables,
    KeyValuePair<StampKey, Mover>[] Stamps,
    int StampCount,
    bool IsProven,
    DateTimeOffset At,
    ActivityTraceId TraceId)
{
    public static RecentChange Of(Sequence before, ImmutableArray<ChangedTable> tables, MovedStamps stamps, bool isProven, DateTimeOffset at) =>
        new(before, tables, stamps.Count > RecentChanges.MaxStamps ? [] : stamps.ToArray(), stamps.Count, isProven, at, Activity.Current?.TraceId ?? default);

    /// <summary>For people outside of the library.</summary>
    public CacheInvalidation ToInvalidation() =>
        new([.. Tables.Select(table => table.ToTableChange())], StampCount, IsProven, At, TraceId == default ? null : TraceId.ToHexString());
}

/// <summary>What has moved a stamp. Thread-safe: immutable.</summary>
/// <param name="Change">The invalidation.</param>
/// <param name="Key">The stamp.</param>
/// <param name="Mover">What of the invalidation moved it.</param>
internal sealed record FoundMover(RecentChange Change, StampKey Key, Mover Mover)
{
    /// <summary>The columns whose values met a conjunction; none when values were not known, or there were none to meet.</summary>
    public ImmutableArray<string> MatchedColumns => Mover.Shape is { } shape && Key != shape.Key ? shape.EqualityColumns : [];
}

/// <summary>What was done to rows of a table. Thread-safe: immutable.</summary>
/// <param name="Table">The table.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Columns">Of an update, the columns it altered or may have.</param>
internal readonly record struct ChangedTable(TableId Table, ChangeKind Kind, ColumnSet Columns)
{
    public TableChange ToTableChange() => new(Table.Name, Kind, Columns.Names);
}
