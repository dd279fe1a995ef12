using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>What one statement template may change, before its parameters are bound. Thread-safe: immutable.</summary>
internal sealed class StatementPlan
{
    /// <summary>The statement only reads; binding gives <see cref="StatementChange.Nothing"/>.</summary>
    public bool IsQuery { get; init; }

    /// <summary>
    /// It only reads, and entities get the values from it that the mapping's own SELECT would give them; false when that is not proved.
    /// </summary>
    public bool IsMappedLoad => PartlyLoaded is not null;

    /// <summary>Of such a load, the roles of the collections of which it may leave out elements; null when it is none.</summary>
    public ImmutableArray<string>? PartlyLoaded { get; init; }

    /// <summary>The text is one of several statements, or may be.</summary>
    public bool IsBatch { get; init; }

    /// <summary>It may change anything: it could not be understood, or says so.</summary>
    public bool MovesScope { get; init; }

    /// <summary>Data definition: the catalog must be read again.</summary>
    public bool ChangesSchema { get; init; }

    /// <summary>Nothing more is known of what later statements of the connection mean.</summary>
    public bool ChangesSession { get; init; }

    /// <inheritdoc cref="StatementChange.ControlsTransaction"/>
    public bool ControlsTransaction { get; init; }

    /// <summary>It may undo what the transaction has changed so far: it goes back to a savepoint.</summary>
    public bool MayUndo { get; init; }

    public ImmutableArray<RowTemplate> Rows { get; init; } = [];

    public ImmutableArray<CoarseFinding> Findings { get; init; } = [];

    /// <summary>How many parameters the template has.</summary>
    public int ParameterCount => ParameterNames.Length;

    /// <summary>The names of the parameters in their order, mark included (<c>:p0</c>); an empty name for <c>?</c>.</summary>
    public ImmutableArray<string> ParameterNames { get; init; } = [];

    /// <summary>The change of an execution. Parses nothing.</summary>
    /// <param name="values">One per parameter, in order of appearance; with another number none of them is known.</param>
    public StatementChange Bind(IReadOnlyList<object?> values)
    {
        if (IsQuery)
            return StatementChange.Nothing;
        var known = values.Count == ParameterCount ? values : null;
        var rows = Rows.SelectMany(row => row.Bind(known)).DistinctBy(row => row.Kind == ChangeKind.Table ? row.Table : (object)row).ToImmutableArray();
        return new StatementChange(rows, MovesScope, ChangesSchema, Findings) { ChangesSession = ChangesSession, ControlsTransaction = ControlsTransaction };
    }

    public override string ToString() =>
        string.Join(' ', Rows) + (MovesScope ? " scope" : "") + (ChangesSchema ? " schema" : "") + (ChangesSession ? " session" : "");
}

/// <summary>A value that a statement gives to a column or compares it with. Thread-safe: immutable.</summary>
internal readonly record struct ColumnOperand(ColumnInfo Column, Operand Operand)
{
    /// <summary>The value in its column's form; null when it does not convert exactly, or the parameters are not known.</summary>
    public ColumnValue? Value(IReadOnlyList<object?>? values) =>
        values is null && Operand is Operand.Parameter ? null : Operand.ValueFor(Column, values ?? []);

    public override string ToString() => $"{Column.Name}={Operand}";
}

/// <summary>What a statement does to rows of one table, before its parameters are bound. Thread-safe: immutable.</summary>
/// <param name="Table">The table, which is neither a view nor one with side effects.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Old">What the rows' columns are known to equal before.</param>
/// <param name="New">What columns are set to, as far as it is a plain value.</param>
/// <param name="Set">The columns an update sets, generated ones included; of an insert and a delete, all.</param>
internal sealed record RowTemplate(
    TableInfo Table,
    ChangeKind Kind,
    ImmutableArray<ColumnOperand> Old,
    ImmutableArray<ColumnOperand> New,
    ColumnSet Set)
{
    /// <inheritdoc cref="RowChange.MayYield"/>
    public bool MayYield { get; init; }

    public static RowTemplate WholeTable(TableInfo table) => new(table, ChangeKind.Table, [], [], ColumnSet.All);

    /// <summary>The change with these values, and what foreign keys make of it.</summary>
    public ImmutableArray<RowChange> Bind(IReadOnlyList<object?>? values) => Kind switch
    {
        ChangeKind.Table => [RowChange.WholeTable(Table.Id), .. Cascades()],
        ChangeKind.Insert => [RowChange.Insert(Table.Id, Written(values)) with { MayYield = MayYield }],
        ChangeKind.Delete => [RowChange.Delete(Table.Id, Compared(values)), .. Cascades()],
        _ => BindUpdate(values),
    };

    private ImmutableArray<RowChange> BindUpdate(IReadOnlyList<object?>? values)
    {
        var before = Compared(values);
        var after = Written(values);
        var changed = Set.IsAll ? ColumnSet.All : ColumnSet.Of(Set.Names.Where(name => !IsUnchanged(name, before, after)));
        foreach (var (column, value) in before)
        {
            if (!changed.Contains(column))
                after = after.SetItem(column, value);
        }
        var update = RowChange.Update(Table.Id, before, after, changed);
        return changed.Overlaps(Table.CascadingColumns) ? [update, .. Cascades()] : [update];
    }

    private static bool IsUnchanged(string column, ImmutableDictionary<string, ColumnValue> before, ImmutableDictionary<string, ColumnValue> after) =>
        before.TryGetValue(column, out var old) && after.TryGetValue(column, out var value) && old == value;

    private IEnumerable<RowChange> Cascades() => Table.Cascades.Select(RowChange.WholeTable);

    private ImmutableDictionary<string, ColumnValue> Written(IReadOnlyList<object?>? values) => Known(New, values, (_, _) => true);

    /// <summary>A column compared with a parameter that is NULL equals nothing: no row is concerned, and nothing is claimed of its value.</summary>
    private ImmutableDictionary<string, ColumnValue> Compared(IReadOnlyList<object?>? values) =>
        Known(Old, values, (operand, value) => operand.Operand is Operand.IsNull || !value.IsNull);

    private static ImmutableDictionary<string, ColumnValue> Known(
        ImmutableArray<ColumnOperand> operands, IReadOnlyList<object?>? values, Func<ColumnOperand, ColumnValue, bool> counts)
    {
        var known = ImmutableDictionary.CreateBuilder<string, ColumnValue>(StringComparer.Ordinal);
        foreach (var operand in operands)
        {
            if (operand.Value(values) is { } value && counts(operand, value))
                known[operand.Column.Name] = value;
        }
        return known.ToImmutable();
    }

    public override string ToString() => $"{Kind} {Table.Id}[{string.Join(", ", Old)} -> {string.Join(", ", New)}; {Set}]";
}
