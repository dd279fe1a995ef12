using NHibernate.Caches.Granular.Analysis.Sql;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// What a modifying statement proves of the rows it changes: the same passes as for a query, for the one table that is the target.
/// Not thread-safe: one per statement.
/// </summary>
internal sealed class TargetFacts
{
    // Rows before and after, under the names that RETURNING, OUTPUT and ON CONFLICT give them.
    private static readonly ImmutableArray<string> s_rowNames = ["excluded", "old", "new", "inserted", "deleted"];

    private readonly AnalysisState _reads;
    private readonly TableSource? _source;

    /// <param name="target">As the statement names it.</param>
    /// <param name="with">Its common tables.</param>
    /// <param name="from">FROM or USING.</param>
    /// <param name="where">Its condition; null for none.</param>
    /// <param name="others">All other expressions.</param>
    /// <param name="reads">Receives what is found in what the statement reads.</param>
    /// <param name="query">The query that an INSERT takes its rows from.</param>
    public TargetFacts(
        TableReference target, ImmutableArray<CommonTable> with, ImmutableArray<FromItem> from, Expression? where,
        ImmutableArray<Expression> others, AnalysisState reads, Query? query = null)
    {
        _reads = reads;
        Target = Resolve(target, from);

        var scope = new Scope(null);
        var commonTables = QueryAnalysis.BindCommonTables(with, scope, reads);
        var binder = new FromBinder(scope, scope.Snapshot(), reads);
        // The target is a table even where a common table has its name.
        _source = ReferenceEquals(Target, target) ? new FromBinder(scope, null, reads).BindTable(target) : null;
        if (_source is not null)
            binder.Add(new FromLeaf(_source));
        binder.Bind(from);
        _source ??= scope.Sources.OfType<TableSource>().FirstOrDefault(source => source.Alias == target.Name);
        foreach (var name in s_rowNames)
            scope.Add(new OpaqueSource(name));

        var references = new ReferencePass(scope, reads);
        var formulas = new FormulaBuilder(scope);
        binder.Complete(references, formulas);
        references.Visit(where);
        references.Visit(others);
        JoinGroup.Restrict(binder.Nodes, formulas.Build(where).Conjuncts, reads);
        foreach (var subquery in references.TakeSubqueries())
            subquery.Complete([]);
        if (query is not null)
            new QueryAnalysis(query, scope.Snapshot(), ItemUse.All(), reads).Complete([]);
        binder.CompleteDerivedTables();
        foreach (var table in commonTables)
            table.Complete([]);
    }

    /// <summary>The table that changes: <c>update p set … from post p</c> names it by its alias.</summary>
    public TableReference Target { get; }

    /// <summary>The columns that one value is proved for; null when no row can satisfy the condition.</summary>
    public ImmutableArray<ColumnOperand>? Compared()
    {
        if (_source is null)
            return [];
        var conjunctions = NormalForm.Of(_source, _reads);
        if (conjunctions.IsEmpty)
            return null;
        return [.. NormalForm.Common(conjunctions).Terms.Where(term => term.Operands.Length == 1).Select(term => new ColumnOperand(term.Column, term.Operands[0]))];
    }

    private static TableReference Resolve(TableReference target, ImmutableArray<FromItem> from) =>
        target.Schema is null && target.Alias is null ? from.SelectMany(Tables).FirstOrDefault(table => table.Alias == target.Name) ?? target : target;

    private static IEnumerable<TableReference> Tables(FromItem item) => item switch
    {
        TableReference table => [table],
        Join join => Tables(join.Left).Concat(Tables(join.Right)),
        _ => [],
    };
}
