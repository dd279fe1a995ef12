using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

internal enum Presence
{
    Absent,

    /// <summary>The columns are not known: it may be there.</summary>
    Possible,

    Certain,
}

/// <summary>One entry of a FROM clause under its alias, and what the query does with it. Not thread-safe: one per analysis.</summary>
internal abstract class Source(string? alias)
{
    public string? Alias { get; } = alias;

    /// <summary>
    /// What holds for every row of this source that can influence the result, together; set by <see cref="JoinGroup"/>. Nothing while
    /// it is empty.
    /// </summary>
    public ImmutableArray<Formula> Restriction { get; set; } = [];

    public abstract Presence Has(string column);

    /// <summary>The column for use in formulas; null when it is only known to be referenced.</summary>
    public abstract SourceColumn? Column(string name);

    /// <summary>The result depends on this column.</summary>
    public abstract void Use(string column);

    /// <summary>The result depends on every column.</summary>
    public abstract void UseAll();

    /// <summary>Whether the column is, or may be, part of the row's identity.</summary>
    public abstract bool IsKey(string column);

    /// <summary>Depends on the identity columns only.</summary>
    public abstract void UseKey();
}

/// <summary>A column of one source. Two sources of one table have different columns. Thread-safe: immutable.</summary>
internal readonly record struct SourceColumn(Source Source, ColumnInfo Info);

/// <summary>A table or view. Not thread-safe: one per analysis.</summary>
/// <param name="table">What the catalog says.</param>
/// <param name="schema">As the statement names it; null when it does not.</param>
/// <param name="name">As the statement names it.</param>
/// <param name="alias">Null when it has none.</param>
/// <param name="isRenamed">The alias renames columns: which is which is not known.</param>
internal sealed class TableSource(TableInfo table, string? schema, string name, string? alias, bool isRenamed) : Source(alias)
{
    private readonly SortedSet<string> _referenced = new(StringComparer.Ordinal);
    private bool _all;

    public TableInfo Table { get; } = table;

    public string? Schema { get; } = schema;

    public string Name { get; } = name;

    public ColumnSet Referenced => _all || isRenamed || Table.IsPart ? ColumnSet.All : ColumnSet.Of(_referenced);

    public override Presence Has(string column) =>
        Table.Columns.IsEmpty || isRenamed ? Presence.Possible : Table.Columns.ContainsKey(column) ? Presence.Certain : Presence.Absent;

    public override SourceColumn? Column(string name)
    {
        if (isRenamed)
            return null;
        if (Table.Columns.TryGetValue(name, out var column))
            return new SourceColumn(this, column);
        return Table.Columns.IsEmpty ? new SourceColumn(this, new ColumnInfo(name, ValueForm.None)) : null;
    }

    public override void Use(string column) => _referenced.Add(column);

    public override void UseAll() => _all = true;

    public override bool IsKey(string column) => Table.PrimaryKey.IsEmpty || Table.PrimaryKey.Contains(column);

    public override void UseKey()
    {
        if (Table.PrimaryKey.IsEmpty)
            UseAll();
        else
            _referenced.UnionWith(Table.PrimaryKey);
    }
}

/// <summary>
/// A derived table or a reference to a common table: its columns are the items of a query. Not thread-safe: one per analysis.
/// </summary>
internal sealed class QuerySource(QueryAnalysis body, string? alias, ImmutableArray<string> columnAliases) : Source(alias)
{
    public QueryAnalysis Body { get; } = body;

    /// <summary>The position of an output column; -1 when there is none of that name, or the outputs are not known.</summary>
    public int IndexOf(string name)
    {
        if (Body.Outputs is not { } outputs)
            return -1;
        for (var i = 0; i < outputs.Length; i++)
        {
            if ((i < columnAliases.Length ? columnAliases[i] : outputs[i].Name) == name)
                return i;
        }
        return -1;
    }

    public override Presence Has(string column) =>
        Body.Outputs is null ? Presence.Possible : IndexOf(column) >= 0 ? Presence.Certain : Presence.Absent;

    public override SourceColumn? Column(string name) =>
        IndexOf(name) is >= 0 and var index ? new SourceColumn(this, new ColumnInfo(name, Body.Outputs!.Value[index].Form)) : null;

    public override void Use(string column)
    {
        var index = IndexOf(column);
        if (index < 0)
            UseAll();
        else
            Body.Use.Add(index);
    }

    public override void UseAll() => Body.Use.AddAll();

    public override bool IsKey(string column) => IndexOf(column) is not (>= 0 and var index) || Body.Outputs!.Value[index].IsKey;

    public override void UseKey()
    {
        if (Body.Outputs is not { } outputs)
            UseAll();
        else
            for (var i = 0; i < outputs.Length; i++)
            {
                if (outputs[i].IsKey)
                    Body.Use.Add(i);
            }
    }
}

/// <summary>A function in FROM, a table that is not known, or a common table inside itself: any column may exist. Thread-safe: immutable.</summary>
internal sealed class OpaqueSource(string? alias) : Source(alias)
{
    public override Presence Has(string column) => Presence.Possible;

    public override SourceColumn? Column(string name) => null;

    public override void Use(string column)
    {
    }

    public override void UseAll()
    {
    }

    public override bool IsKey(string column) => false;

    public override void UseKey()
    {
    }
}
