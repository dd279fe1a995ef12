using System.Text;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// What results of one SQL template depend on, before its parameters are bound. Made once per template and cached.
/// Thread-safe: immutable.
/// </summary>
internal sealed class QueryPlan
{
    private readonly ImmutableArray<BoundOccurrence> _binders;
    private readonly ImmutableArray<StampKey> _tableKeys;

    public QueryPlan(ImmutableArray<TableOccurrence> occurrences)
    {
        Occurrences = occurrences;
        Tables = [.. occurrences.Select(occurrence => occurrence.Table.Id).Distinct()];
        _binders = [.. occurrences.Select(occurrence => new BoundOccurrence(occurrence))];
        _tableKeys = [StampKey.Scope, .. Tables.Select(StampKey.Table)];
        Shapes = [.. _binders.SelectMany(binder => binder.Shapes).Distinct()];
    }

    public ImmutableArray<TableOccurrence> Occurrences { get; }

    /// <summary>The tables it reads, each once, in order of appearance.</summary>
    public ImmutableArray<TableId> Tables { get; }

    /// <summary>
    /// The shapes when every value converts to its column's form. An execution's own shapes, which have fewer columns when one does
    /// not, are those of <see cref="Bind"/>.
    /// </summary>
    public ImmutableArray<Shape> Shapes { get; }

    /// <summary>Everything that was not understood, or widened, and why; for counting and explaining.</summary>
    public required ImmutableArray<CoarseFinding> Findings { get; init; }

    /// <summary>When set, results must never be cached: they depend on more than tables.</summary>
    public CoarseReason? NotCacheable { get; init; }

    /// <summary>Nothing is known of the tables: results depend on any change of the scope.</summary>
    public bool DependsOnEverything { get; init; }

    /// <summary>Whether the statement may itself change data (data-modifying WITH, volatile functions).</summary>
    public bool MayModify { get; init; }

    /// <summary>Whether row-level security filters what a session sees: results differ by role.</summary>
    public bool HasRowSecurity => Occurrences.Any(occurrence => occurrence.Table.HasRowSecurity);

    /// <summary>How many parameters the template has.</summary>
    public int ParameterCount => ParameterNames.Length;

    /// <summary>The names of the parameters in their order, mark included (<c>:p0</c>); an empty name for <c>?</c>.</summary>
    public ImmutableArray<string> ParameterNames { get; init; } = [];

    /// <summary>
    /// What an execution with these values depends on: the stamps of scope and tables (and of any change, when
    /// <see cref="DependsOnEverything"/>), and the shapes to register. The cache region is the caller's to add. Parses nothing.
    /// </summary>
    /// <param name="values">One per parameter, in order of appearance; another number binds every table as a whole.</param>
    public Dependencies Bind(IReadOnlyList<object?> values)
    {
        var keys = DependsOnEverything ? _tableKeys.Add(StampKey.AnyChange) : _tableKeys;
        if (values.Count != ParameterCount)
            return new Dependencies(keys, [.. Tables.Select(table => new ShapeUse(Shape.Any(table), []))]);
        var uses = new Dictionary<Shape, HashSet<StampKey>>();
        foreach (var binder in _binders)
            binder.Bind(values, uses);
        return new Dependencies(keys, [.. uses.Select(use => new ShapeUse(use.Key, [.. use.Value]))]);
    }

    /// <summary>
    /// What is known of the rows of a table that an execution with these values reads: each row has the values of one of them. Null
    /// when nothing is known.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="values">As <see cref="Bind"/> takes them.</param>
    public ImmutableArray<ImmutableDictionary<string, ColumnValue>>? RowsOf(TableId table, IReadOnlyList<object?> values)
    {
        if (DependsOnEverything || values.Count != ParameterCount || !Tables.Contains(table))
            return null;
        return [.. Occurrences.Zip(_binders).Where(pair => pair.First.Table.Id == table).SelectMany(pair => pair.Second.Rows(values))];
    }

    /// <summary>The plan for people: one line per table occurrence, one per finding.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (NotCacheable is { } reason)
            text.Append("not cached: ").Append(reason).Append('\n');
        if (DependsOnEverything)
            text.Append("depends on every change\n");
        foreach (var occurrence in Occurrences)
            text.Append(occurrence).Append('\n');
        foreach (var finding in Findings)
            text.Append(finding).Append('\n');
        return text.ToString();
    }
}
