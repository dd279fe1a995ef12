using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// One statement's change to rows of one table. It may stand for many rows (bulk DML): a value that is present holds for every
/// row concerned, an absent one is unknown. Thread-safe: immutable.
/// </summary>
/// <param name="Table">The table.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Old">Column values before the change, as far as they are known; empty for an insert.</param>
/// <param name="New">Column values after the change, as far as they are known; empty for a delete. An update lists unchanged columns too when their value is known.</param>
/// <param name="Changed">The columns an update may have changed; <see cref="ColumnSet.All"/> for the other kinds.</param>
internal sealed record RowChange(
    TableId Table,
    ChangeKind Kind,
    ImmutableDictionary<string, ColumnValue> Old,
    ImmutableDictionary<string, ColumnValue> New,
    ColumnSet Changed)
{
    private static readonly ImmutableDictionary<string, ColumnValue> s_nothing = ImmutableDictionary.Create<string, ColumnValue>(StringComparer.Ordinal);

    /// <summary>
    /// Values before the change that the session remembers from loading the row. They count only while nobody else changed the
    /// row since: see <see cref="LoadedState"/>.
    /// </summary>
    public LoadedState? Loaded { get; init; }

    /// <summary>An insert that leaves a row be which has its key already: afterwards the row need not be what was to be inserted.</summary>
    public bool MayYield { get; init; }

    /// <summary>With its values, so for those only who may see them.</summary>
    public override string ToString() => $"{Kind} of {Table}: {Text(Kind == ChangeKind.Insert || Loaded is null ? Old : Loaded.Values.SetItems(Old))} -> {Text(New)}";

    public static RowChange WholeTable(TableId table) => new(table, ChangeKind.Table, s_nothing, s_nothing, ColumnSet.All);

    public static RowChange Insert(TableId table, ImmutableDictionary<string, ColumnValue> values) => new(table, ChangeKind.Insert, s_nothing, values, ColumnSet.All);

    public static RowChange Delete(TableId table, ImmutableDictionary<string, ColumnValue> values) => new(table, ChangeKind.Delete, values, s_nothing, ColumnSet.All);

    /// <summary>A change that others made, of a row of which this holds before and after.</summary>
    public static RowChange Told(TableId table, ImmutableDictionary<string, ColumnValue> values) => new(table, ChangeKind.Told, values, s_nothing, ColumnSet.All);

    public static RowChange Update(TableId table, ImmutableDictionary<string, ColumnValue> old, ImmutableDictionary<string, ColumnValue> @new, ColumnSet changed) =>
        new(table, ChangeKind.Update, old, @new, changed);

    private static string Text(ImmutableDictionary<string, ColumnValue> values) =>
        values.IsEmpty ? "?" : string.Join(", ", values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} = {pair.Value}"));
}

/// <summary>
/// A row's values as a session loaded them, to be trusted as old values if <see cref="Row"/>'s stamps have not moved since
/// <see cref="At"/> and nobody else holds them when the change is announced, while the row is locked in the database.
/// Thread-safe: immutable.
/// </summary>
internal sealed record LoadedState(ImmutableDictionary<string, ColumnValue> Values, Dependencies Row, Sequence At);
