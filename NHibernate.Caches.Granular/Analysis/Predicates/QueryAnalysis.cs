using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>An output column of a query. Thread-safe: immutable.</summary>
/// <param name="Name">Null when it has none.</param>
/// <param name="Form">How its values compare, when every arm takes it from a plain column of this family; else <see cref="ValueForm.None"/>.</param>
/// <param name="IsKey">Whether some arm takes it from a column of its table's key.</param>
internal sealed record OutputColumn(string? Name, ValueForm Form, bool IsKey);

/// <summary>One of the SELECTs that a query puts together. Not thread-safe: one per analysis.</summary>
internal abstract class ArmAnalysis
{
    /// <summary>In order; null when they are not known (a star).</summary>
    public ImmutableArray<OutputColumn>? Outputs { get; protected init; }

    /// <param name="use">What the surroundings depend on, final.</param>
    /// <param name="known">What holds for every row that can influence the result, in columns of sources outside and of <paramref name="target"/>.</param>
    /// <param name="target">The source this query is the body of, when <paramref name="known"/> restricts its rows; else null.</param>
    /// <param name="orderBy">The ORDER BY of a query that has this one arm.</param>
    public abstract void Complete(ItemUse use, ImmutableArray<Formula> known, QuerySource? target, ImmutableArray<Expression> orderBy);
}

/// <summary>
/// The analysis of one query: names are bound when it is made, and the rest is done by <see cref="Complete"/>, when its surroundings
/// have said which items they use and what they know. Not thread-safe: one per analysis.
/// </summary>
internal sealed class QueryAnalysis
{
    private readonly Query _query;
    private readonly Scope _scope;
    private readonly AnalysisState _state;
    private readonly ImmutableArray<QueryAnalysis> _commonTables;
    private readonly ImmutableArray<ArmAnalysis> _arms;

    public QueryAnalysis(Query query, Scope? parent, ItemUse use, AnalysisState state, ImmutableArray<string> columns = default)
    {
        (_query, _scope, _state, Use) = (query, new Scope(parent), state, use);
        _commonTables = BindCommonTables(query.With, _scope, state);
        _arms = query.Body is SetOperation operation ? [.. operation.Arms.Select(Arm)] : [Arm(query.Body)];
        Outputs = Combine(columns.IsDefault ? [] : columns);
    }

    public ItemUse Use { get; }

    /// <summary>In order; null when they are not known.</summary>
    public ImmutableArray<OutputColumn>? Outputs { get; }

    /// <summary>Analyses the common tables of a WITH and puts them in sight. What modifies data stays opaque.</summary>
    public static ImmutableArray<QueryAnalysis> BindCommonTables(ImmutableArray<CommonTable> tables, Scope scope, AnalysisState state)
    {
        var bodies = ImmutableArray.CreateBuilder<QueryAnalysis>();
        foreach (var table in tables.Where(table => table.IsRecursive))
            scope.AddCommonTable(table.Name, null);
        foreach (var table in tables)
        {
            // Each body sees the tables before it; itself only when recursive, and then what it uses of itself is not followed.
            var use = table.IsRecursive ? ItemUse.All() : ItemUse.None();
            var body = table.Statement is QueryStatement statement ? new QueryAnalysis(statement.Query, scope.Snapshot(), use, state, table.Columns) : null;
            scope.AddCommonTable(table.Name, body);
            if (body is not null)
                bodies.Add(body);
        }
        return bodies.ToImmutable();
    }

    /// <summary>Does all that needs what the surroundings know; see <see cref="ArmAnalysis.Complete"/>.</summary>
    public void Complete(ImmutableArray<Formula> known, QuerySource? target = null)
    {
        if (_query.IsLimited && target is not null)
        {
            // A filter may not be moved across LIMIT.
            known = Without(known, target);
            target = null;
        }
        if (_query.Body is SetOperation operation)
            UseForSetOperation(operation);
        var references = new ReferencePass(_scope, _state);
        references.Visit(_query.Limits);
        foreach (var arm in _arms)
            arm.Complete(Use, known, target, _arms.Length == 1 ? _query.OrderBy : []);
        foreach (var query in references.TakeSubqueries())
            query.Complete([]);
        foreach (var table in _commonTables.Reverse())
            table.Complete([]);
    }

    public static ImmutableArray<Formula> Without(ImmutableArray<Formula> known, Source source) =>
        [.. known.Select(formula => formula.Without(new HashSet<Source> { source }))];

    private ArmAnalysis Arm(QueryBody body) => body switch
    {
        Select select => new SelectAnalysis(select, _scope, _state),
        NestedQuery nested => new NestedArm(new QueryAnalysis(nested.Query, _scope, Use.IsHydrating ? ItemUse.Hydrating() : ItemUse.None(), _state)),
        _ => new OtherArm(body, _scope, _state),
    };

    private ImmutableArray<OutputColumn>? Combine(ImmutableArray<string> names)
    {
        if (_arms[0].Outputs is not { } first || _arms.Any(arm => arm.Outputs?.Length != first.Length))
            return null;
        return [.. first.Select((column, i) => new OutputColumn(
            i < names.Length ? names[i] : column.Name,
            _arms.All(arm => Equivalence.AreOneFamily(arm.Outputs!.Value[i].Form, column.Form)) ? column.Form : ValueForm.None,
            _arms.Any(arm => arm.Outputs!.Value[i].IsKey)))];
    }

    /// <summary>Rows are compared as a whole, unless all are simply appended; and ORDER BY speaks of output columns.</summary>
    private void UseForSetOperation(SetOperation operation)
    {
        if (operation.Operators.Any(name => name != "union all") || Outputs is null)
        {
            Use.AddAll();
            return;
        }
        foreach (var item in _query.OrderBy)
        {
            var index = item is ColumnReference { Path: [var name] } ? Outputs.Value.ToList().FindIndex(output => output.Name == name) : -1;
            if (index >= 0)
                Use.Add(index);
            else
                Use.AddAll();
        }
    }

    /// <summary>A query in parentheses. Not thread-safe: one per analysis.</summary>
    private sealed class NestedArm : ArmAnalysis
    {
        private readonly QueryAnalysis _query;

        public NestedArm(QueryAnalysis query) => (_query, Outputs) = (query, query.Outputs);

        public override void Complete(ItemUse use, ImmutableArray<Formula> known, QuerySource? target, ImmutableArray<Expression> orderBy)
        {
            _query.Use.Add(use);
            // An outer ORDER BY of what is in parentheses may name any of its columns.
            if (!orderBy.IsEmpty)
                _query.Use.AddAll();
            _query.Complete(known, target);
        }
    }

    /// <summary>VALUES. Not thread-safe: one per analysis.</summary>
    private sealed class OtherArm(QueryBody body, Scope scope, AnalysisState state) : ArmAnalysis
    {
        public override void Complete(ItemUse use, ImmutableArray<Formula> known, QuerySource? target, ImmutableArray<Expression> orderBy)
        {
            var references = new ReferencePass(scope, state);
            references.Visit(body.Children.OfType<Expression>());
            foreach (var query in references.TakeSubqueries())
                query.Complete(target is null ? known : Without(known, target));
        }
    }
}
