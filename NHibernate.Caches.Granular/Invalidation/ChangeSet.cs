using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What one connection has changed in one transaction, from the first statement to the publish. It decides which stamps are
/// locked and moved; only the two calls to the store have synchronous and asynchronous forms.
/// Not thread-safe: belongs to one connection.
/// </summary>
/// <param name="scope">The database.</param>
/// <param name="options">The bound on changes, and the lease.</param>
internal sealed class ChangeSet(DatabaseScope scope, GranularCacheOptions options)
{
    private const int MaxAttempts = 3;

    // A change moves few stamps for each kind of query on its table; where it is many more, locking them one by one takes longer than it spares.
    private const int MaxKeysPerChange = 10;

    private readonly Token _token = Token.Create();
    private readonly List<RecordedChange> _changes = [];

    // All tables with changes, and those of them whose changes are to be told of: not what was changed under a suspension.
    private readonly Dictionary<TableId, TableInfo> _tables = [];
    private readonly HashSet<TableId> _moving = [];
    private readonly Dictionary<TableId, Dictionary<StampKey, ImmutableDictionary<string, ColumnValue>>> _inserted = [];

    // By row, and by table for changes of unknown rows: the number of the last change.
    private readonly Dictionary<StampKey, long> _lastWrite = [];
    private readonly Dictionary<TableId, long> _lastUnknownWrite = [];
    private readonly Dictionary<TableId, long> _lastWriteOfTable = [];
    private readonly HashSet<(TableId? Table, StampKey Key)> _uncommitted = [];
    private readonly HashSet<LoadedState> _untrusted = [];
    private readonly Plans _plans = scope.Plans;
    private readonly WrittenStates _written = new();
    private ImmutableArray<WrittenState> _published = [];

    // As of the first announce, and so from before the COMMIT.
    private Sequence? _announcedAs;
    private RemovedRows? _awaited;
    private MovedStamps _announced = new();
    private MovedStamps _candidate = new();

    // The first changes that are announced already. Shapes born since then are locked by the store, for this set's token (I5).
    private int _announcedChanges;
    private long _announcedAt;
    private long _asked;
    private bool _movesScope;
    private bool _isOfAnything;
    private bool _changesSchema;
    private bool _wholeTables;
    private int _attempts;

    public DatabaseScope Scope => scope;

    public bool IsAnnounced { get; private set; }

    /// <summary>Whether the lease of the locks has not ended. When it has, what was read meanwhile may be from before the commit, until this is published.</summary>
    public bool IsLocked => IsAnnounced && scope.Factory.Clock.GetElapsedTime(_announcedAt) < options.Lease;

    /// <summary>Whether there are no locks, or they have used up much of their lease, so that what is still to come may outlive them.</summary>
    public bool NeedsAnnouncing => !IsAnnounced || scope.Factory.Clock.GetElapsedTime(_announcedAt) > options.Lease / 3;

    /// <summary>Whether nobody is to be told of anything: all that was changed was changed under a suspension.</summary>
    public bool MovesNothing => !_movesScope && _moving.Count == 0;

    /// <summary>Whether a query of this plan would see something that is not committed yet (I8).</summary>
    public bool Touches(QueryPlan plan) => _isOfAnything || plan.DependsOnEverything || plan.Tables.Any(_tables.ContainsKey);

    public bool Touches(TableId table) => _tables.ContainsKey(table);

    /// <summary>The change that was recorded last, if it is of one row, and what was written there may be kept; null else.</summary>
    public OneRowChange? Last { get; private set; }

    /// <summary>Adds what a statement is about to change.</summary>
    /// <param name="change">The statement's change.</param>
    /// <param name="action">The entity action that executes it, if any.</param>
    /// <param name="removal">The collection that is being removed, if any.</param>
    /// <param name="number">The change's number among all of its connection, from 1.</param>
    /// <param name="suspension">Set when nobody is to be told of it. It is not committed all the same (I8).</param>
    public void Record(StatementChange change, FlushAction? action, CollectionRemoval? removal, long number, Suspension? suspension)
    {
        suspension?.Drop();
        _movesScope |= change.MovesScope && suspension is null;
        _isOfAnything |= change.MovesScope;
        _changesSchema |= change.ChangesSchema;
        if (change.MovesScope)
            MarkUncommitted(null, StampKey.Scope);
        Last = null;
        foreach (var row in change.Rows)
            Record(row, change.Rows.Length == 1 ? action : null, change.Rows.Length == 1 ? removal : null, number, suspension is not null);
        if (!_wholeTables && _changes.Count > options.MaxChanges)
            WidenToTables();
        // With another row, or table, any may be meant; and nobody is to be told of what is suspended.
        if (change.Rows.Length != 1 || suspension is not null)
            Last = null;
    }

    /// <summary>Whether regions are to hold anything of what was written.</summary>
    public bool HasWritten => _written.Any;

    /// <summary>A region is to hold this of the row that was changed last.</summary>
    public void Keep(OneRowChange change, WrittenState state) => _written.Keep(change.Change.Table, change.Row, state);

    /// <summary>It is not known any more what was written, or whether it was before the commit.</summary>
    public void ForgetWritten()
    {
        Last = null;
        _written.OutdateAll();
    }

    /// <summary>Counts what became of what was written. It has been committed.</summary>
    public void CountWritten(ImmutableArray<RejectedPutReason> rejected) => _written.Count(_published, rejected);

    /// <summary>
    /// The statement has run, and these are the rows it changed, each as it was and is: they take the place of what it said.
    /// </summary>
    /// <param name="number">The statement's number.</param>
    /// <param name="change">Of what it said, the change that is explained.</param>
    /// <param name="rows">The rows; none if it changed none.</param>
    public void Explain(long number, RowChange change, ImmutableArray<RowChange> rows)
    {
        for (var i = _changes.Count - 1; i >= 0 && _changes[i].Number == number; i--)
        {
            if (_changes[i].Change.Table == change.Table && _changes[i].Change.Kind == change.Kind)
                _changes[i] = _changes[i] with { Rows = rows, IsExplained = true };
        }
    }

    /// <summary>How many rows the statement changed that was recorded last.</summary>
    public void Affected(int rows)
    {
        if (_awaited is { } removed && removed.Rows.Length == rows)
            _untrusted.Remove(removed.State);
        _awaited = null;
    }

    /// <summary>Locks every stamp that will move, for a lease; again after more was recorded (I3).</summary>
    public void Announce()
    {
        using var step = InvalidationStep.Announcing();
        for (var next = First(); next is not null;)
            next = Next(scope.Store.Announce(next));
        step.Stamps(_announced.Count);
    }

    /// <inheritdoc cref="Announce"/>
    public async ValueTask AnnounceAsync(CancellationToken cancellationToken)
    {
        using var step = InvalidationStep.Announcing();
        for (var next = First(); next is not null;)
            next = Next(await scope.Store.AnnounceAsync(next, cancellationToken).ConfigureAwait(false));
        step.Stamps(_announced.Count);
    }

    /// <summary>The first announcement to make, or null when there is nothing to announce.</summary>
    private Announcement? First()
    {
        _attempts = 0;
        _asked = scope.Factory.Clock.GetTimestamp();
        return Announcement(scope.Store.Shapes(_moving));
    }

    /// <summary>What to announce after an answer; null when it is done.</summary>
    private Announcement? Next(AnnounceResult result)
    {
        switch (result.Outcome)
        {
            case AnnounceOutcome.Announced:
                IsAnnounced = true;
                _announcedAs ??= scope.Store.Current;
                _announced = _announced.With(_candidate);
                _announcedChanges = _changes.Count;
                _announcedAt = _asked;
                return null;
            case AnnounceOutcome.Untrusted:
                _untrusted.UnionWith(result.Untrusted);
                return Announcement(scope.Store.Shapes(_moving));
            case AnnounceOutcome.Lapsed:
                // What was announced is no longer locked, and shapes may have been born that it was not matched with.
                _announcedChanges = 0;
                return Announcement(scope.Store.Shapes(_moving));
            default:
                // Shapes keep being born under a busy table: then the tables themselves, which need no shapes.
                _wholeTables |= ++_attempts >= MaxAttempts;
                return Announcement(result.Shapes);
        }
    }

    /// <summary>What to publish, whatever became of the transaction; everything, if it could not even be announced.</summary>
    public Publishing Conclude(bool proven)
    {
        var stamps = IsAnnounced ? _announced : new MovedStamps { StampKey.Scope };
        _published = proven && IsAnnounced && IsWrittenKnown ? _written.AsOf(_announcedAs!.Value) : [];
        return new Publishing(scope, new Publication(_token, proven, stamps, _moving) { Lease = options.Lease, Written = _published }, IsAnnounced ? ChangedTables() : [], stamps, _announcedAt);
    }

    /// <summary>The values that the changes had, for a log whose readers may see them.</summary>
    public IEnumerable<RowChange> ChangedValues => _changes.Select(recorded => recorded.Change);

    /// <summary>The transaction is over: its rows are no longer uncommitted.</summary>
    public void Close()
    {
        if (_changesSchema)
            scope.SchemaChanged();
        foreach (var (table, key) in _uncommitted)
            scope.UncommittedRows.Remove(table, key);
        _uncommitted.Clear();
    }

    /// <summary>Whether nothing has happened that nobody understands, and the values that were recorded are those of the catalog as it is now.</summary>
    private bool IsWrittenKnown => !_isOfAnything && ReferenceEquals(_plans, scope.Plans) && scope.Factory is { IsEnabled: true, IsReadOnly: false };

    private void Record(RowChange change, FlushAction? action, CollectionRemoval? removal, long number, bool isSuspended)
    {
        var table = _tables.GetValueOrDefault(change.Table) ?? _plans.Schema.TableOf(change.Table);
        _tables[change.Table] = table;
        if (!isSuspended)
            _moving.Add(change.Table);
        var row = RowKeys.Of(change, table);
        MarkUncommitted(change.Table, _wholeTables || row is null ? StampKey.Table(change.Table) : row.Value);
        if (_wholeTables)
        {
            _written.OutdateAll();
            return;
        }
        var removed = row is null && removal is not null && _plans.Schema.FindSpace(removal.Table)?.Id == change.Table && _lastWriteOfTable.GetValueOrDefault(change.Table) <= removal.ChangesBefore ? removal.RowsOf(change, table) : null;
        _lastWriteOfTable[change.Table] = number;
        var loaded = StateOf(change, row, table, action, number);
        var followed = FollowRow(change, row, table) with { Loaded = loaded ?? removed?.State };
        _awaited = null;
        if (isSuspended)
            return;
        _changes.Add(new RecordedChange(followed, removed?.Rows ?? [], number));
        _awaited = removed;
        // Until the database says that it removed as many rows as the session knows of: it may have had others.
        if (removed is not null)
            _untrusted.Add(removed.State);
    }

    /// <summary>
    /// What the session loaded of the row, unless this transaction changed the row since: a column that was not written again
    /// may have another value by now.
    /// </summary>
    private LoadedState? StateOf(RowChange change, StampKey? row, TableInfo table, FlushAction? action, long number)
    {
        var lastWrite = Math.Max(_lastUnknownWrite.GetValueOrDefault(change.Table), row is { } key ? _lastWrite.GetValueOrDefault(key) : 0);
        if (row is { } written && !ChangesKey(change, table))
        {
            _lastWrite[written] = number;
            _written.Outdate(written);
            Last = new OneRowChange(change, table, written);
        }
        else if (change.Kind != ChangeKind.Insert)
        {
            _lastUnknownWrite[change.Table] = number;
            _written.Outdate(change.Table);
        }
        return row is not null && action is not null && lastWrite <= action.ChangesBefore ? action.StateFor(change, table, _plans.Schema) : null;
    }

    /// <summary>
    /// A row this transaction inserted is known to it, as far as it wrote it and until it changes it. Nothing is learnt from other
    /// statements: whether they met the row that they name is not known here. A change of unknown rows makes all rows of the table
    /// unknown; an insert under an unknown key is none of them.
    /// </summary>
    private RowChange FollowRow(RowChange change, StampKey? row, TableInfo table)
    {
        if (row is not { } key)
        {
            if (change.Kind != ChangeKind.Insert)
                _inserted.Remove(change.Table);
            return change;
        }
        if (!_inserted.TryGetValue(change.Table, out var inserted))
            _inserted[change.Table] = inserted = [];
        if (change.Kind == ChangeKind.Insert)
        {
            if (change.MayYield)
                inserted.Remove(key);
            else
                inserted[key] = change.New;
            return change;
        }
        if (!inserted.TryGetValue(key, out var before))
            return change;
        if (change.Kind == ChangeKind.Delete || ChangesKey(change, table))
            inserted.Remove(key);
        else
            inserted[key] = before.RemoveRange(before.Keys.Where(change.Changed.Contains));
        return change with { Old = before.SetItems(change.Old) };
    }

    /// <summary>There are too many changes to keep them one by one: from now on the tables move.</summary>
    private void WidenToTables()
    {
        _wholeTables = true;
        _announcedChanges = 0;
        _changes.Clear();
        _inserted.Clear();
        _lastWrite.Clear();
        _lastUnknownWrite.Clear();
        var rows = _uncommitted.Where(marked => marked.Table is { } table && marked.Key != StampKey.Table(table)).ToList();
        foreach (var table in _tables.Keys)
            MarkUncommitted(table, StampKey.Table(table));
        foreach (var (table, row) in rows)
        {
            _uncommitted.Remove((table, row));
            scope.UncommittedRows.Remove(table, row);
        }
    }

    private static bool ChangesKey(RowChange change, TableInfo table) =>
        change.Kind == ChangeKind.Update && table.RowShape is { } shape && shape.EqualityColumns.Any(change.Changed.Contains);

    private void MarkUncommitted(TableId? table, StampKey key)
    {
        if (_uncommitted.Add((table, key)))
            scope.UncommittedRows.Add(table, key);
    }

    private Announcement? Announcement(ShapeList shapes)
    {
        var keys = new MovedStamps();
        var loaded = new List<LoadedState>();
        if (MovesNothing)
            return null;
        // Values recorded under one catalog need not meet the conjunctions bound under another.
        _movesScope |= !ReferenceEquals(_plans, scope.Plans);
        if (_movesScope)
            keys.Add(StampKey.Scope);
        if (shapes.LacksSome && !_wholeTables)
        {
            CacheMetrics.Coarse(_tables.Keys.Select(table => new CoarseFinding(CoarseReason.UnreadableShape, table.Name)).Take(1));
            _wholeTables = true;
        }
        if (_wholeTables)
            keys.Add(_moving.Select(StampKey.Table));
        else
            Match(shapes.Shapes, keys, loaded);
        if (keys.Count > (long)MaxKeysPerChange * options.MaxChanges)
        {
            WidenToTables();
            return Announcement(shapes);
        }
        _candidate = keys;
        var rowShapes = RowShapes.ToList();
        return new Announcement(_token, keys, _moving, rowShapes, loaded, _wholeTables ? null : shapes.Version, options.Lease) { IsAddition = _announcedChanges > 0 };
    }

    private IEnumerable<Shape> RowShapes => _moving.Select(table => _tables[table].RowShape).OfType<Shape>();

    private void Match(ImmutableArray<Shape> shapes, MovedStamps keys, List<LoadedState> loaded)
    {
        var byTable = shapes.Concat(RowShapes).Distinct().GroupBy(shape => shape.Table).ToDictionary(shapesOf => shapesOf.Key, shapesOf => shapesOf.ToArray());
        foreach (var recorded in _changes.Skip(_announcedChanges))
        {
            var trusted = IsTrusted(recorded);
            var shapesOfTable = byTable.GetValueOrDefault(recorded.Change.Table) ?? [];
            if (trusted)
                loaded.Add(recorded.Change.Loaded!);
            if (!IsKnownByRows(recorded, trusted))
                ChangeMatcher.Match(recorded.Change, shapesOfTable, trusted, keys);
            else
            {
                foreach (var row in recorded.Rows)
                    ChangeMatcher.Match(row, shapesOfTable, false, keys);
            }
        }
    }

    private bool IsTrusted(RecordedChange recorded) => recorded.Change.Loaded is { } loaded && !_untrusted.Contains(loaded);

    private static bool IsKnownByRows(RecordedChange recorded, bool trusted) => recorded.IsExplained || (trusted && !recorded.Rows.IsEmpty);

    private ImmutableArray<ChangedTable> ChangedTables()
    {
        if (_movesScope)
            return [];
        if (_wholeTables)
            return [.. _moving.Select(table => new ChangedTable(table, ChangeKind.Table, ColumnSet.All))];
        var altered = new Dictionary<(TableId Table, ChangeKind Kind), ColumnSet>();
        foreach (var recorded in _changes)
        {
            var trusted = IsTrusted(recorded);
            if (!IsKnownByRows(recorded, trusted))
                Add(recorded.Change, trusted);
            else
            {
                foreach (var row in recorded.Rows)
                    Add(row, false);
            }
        }
        return [.. altered.Where(pair => !pair.Value.IsEmpty).Select(pair => new ChangedTable(pair.Key.Table, pair.Key.Kind, pair.Value))];

        void Add(RowChange change, bool trusted)
        {
            var columns = ChangeMatcher.Altered(change, trusted);
            altered[(change.Table, change.Kind)] = altered.TryGetValue((change.Table, change.Kind), out var known) ? known.Union(columns) : columns;
        }
    }

    /// <param name="Change">What the statement shows, and what the session loaded, if it is to be asked whether it still holds.</param>
    /// <param name="Rows">The rows of a removed collection, which take the change's place while what was loaded holds.</param>
    /// <param name="Number">The number of its statement.</param>
    private readonly record struct RecordedChange(RowChange Change, ImmutableArray<RowChange> Rows, long Number)
    {
        /// <summary>The rows were read with the statement: they take its place whatever was loaded.</summary>
        public bool IsExplained { get; init; }
    }
}
