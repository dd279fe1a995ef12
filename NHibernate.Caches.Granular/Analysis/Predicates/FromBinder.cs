using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Pass: binds the entries of a FROM clause to tables of the catalog, derived tables and common tables. Not thread-safe: one per analysis.
/// </summary>
/// <param name="scope">Receives the sources.</param>
/// <param name="outside">What derived tables see that are not LATERAL.</param>
/// <param name="state">Receives the tables.</param>
internal sealed class FromBinder(Scope scope, Scope? outside, AnalysisState state)
{
    private readonly List<FromNode> _nodes = [];
    private readonly List<(FromJoin Node, Join Join)> _joins = [];
    private readonly List<QuerySource> _derived = [];
    private readonly List<Expression> _arguments = [];

    /// <summary>The entries, joined crosswise.</summary>
    public IReadOnlyList<FromNode> Nodes => _nodes;

    public void Bind(IEnumerable<FromItem> items)
    {
        foreach (var item in items)
            _nodes.Add(Bind(item));
    }

    /// <summary>Binds a name that can only mean a table; null when the catalog does not have it.</summary>
    public TableSource? BindTable(TableReference table)
    {
        var source = Table(table);
        scope.Add(source);
        return source as TableSource;
    }

    /// <summary>Adds an entry that was bound by itself.</summary>
    public void Add(FromNode node) => _nodes.Add(node);

    /// <summary>Marks what the joins and functions of the clause read, and builds the formulas of the joins.</summary>
    public void Complete(ReferencePass references, FormulaBuilder formulas)
    {
        foreach (var (node, join) in _joins)
        {
            references.Visit(join.On);
            node.Subqueries = references.TakeSubqueries();
            node.Condition = formulas.Build(join.On);
            MarkCommonColumns(node, join);
        }
        references.Visit(_arguments);
    }

    /// <summary>Completes the derived tables, the last first: a LATERAL one may use columns of those before it.</summary>
    public void CompleteDerivedTables()
    {
        for (var i = _derived.Count - 1; i >= 0; i--)
            _derived[i].Body.Complete(_derived[i].Restriction, _derived[i]);
    }

    private FromNode Bind(FromItem item)
    {
        switch (item)
        {
            case TableReference table:
                return Leaf(Source(table));
            case Join join:
                return Bind(join);
            case DerivedTable derived:
                return Leaf(Derived(derived));
            case FunctionTable function:
                _arguments.AddRange(function.Calls);
                return Leaf(new OpaqueSource(function.Alias));
            default:
                throw new InvalidOperationException($"No rule for {item.GetType().Name} in FROM.");
        }
    }

    private FromLeaf Leaf(Source source)
    {
        scope.Add(source);
        return new FromLeaf(source);
    }

    private FromJoin Bind(Join join)
    {
        var (left, right) = (Bind(join.Left), Bind(join.Right));
        var node = join.Kind switch
        {
            JoinKind.Right => new FromJoin(JoinKind.Left, right, left),
            _ => new FromJoin(join.Kind, left, right),
        };
        _joins.Add((node, join));
        return node;
    }

    private QuerySource Derived(DerivedTable derived)
    {
        var body = new QueryAnalysis(derived.Query, derived.IsLateral ? scope.Snapshot() : outside, ItemUse.None(), state);
        var source = new QuerySource(body, derived.Alias, derived.ColumnAliases);
        _derived.Add(source);
        return source;
    }

    private Source Source(TableReference table)
    {
        var name = table.Alias ?? table.Name;
        if (table.Schema is null && scope.FindCommonTable(table.Name, out var body))
            return body is null ? new OpaqueSource(name) : new QuerySource(body, name, table.ColumnAliases);
        return Table(table);
    }

    private Source Table(TableReference table)
    {
        if (state.Schema.Find(table.Schema, table.Name) is not { } info)
        {
            state.DependsOnEverything = true;
            state.Refuse(CoarseReason.UnknownTable, table.ToString());
            return new OpaqueSource(table.Alias ?? table.Name);
        }
        if (info.IsExternal)
            state.Refuse(CoarseReason.ExternalTable, info.Id.Name);
        state.MayModify |= info.ReadingMayModify;
        var source = new TableSource(info, table.Schema, table.Name, table.Alias, isRenamed: !table.ColumnAliases.IsEmpty);
        state.Add(source);
        return source;
    }

    /// <summary>USING and NATURAL: the columns both sides have decide, and are read under either name.</summary>
    private static void MarkCommonColumns(FromJoin node, Join join)
    {
        foreach (var source in node.Sources)
        {
            if (join.IsNatural)
                source.UseAll();
            foreach (var column in join.Using.Where(column => source.Has(column) != Presence.Absent))
                source.Use(column);
        }
    }
}
