using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Pass: marks every column an expression reads, and collects the queries inside it, which are scopes of their own.
/// Not thread-safe: one per analysis.
/// </summary>
internal sealed class ReferencePass(Scope scope, AnalysisState state)
{
    /// <summary>System columns of PostgreSQL: an update changes them whatever it sets.</summary>
    private static readonly ImmutableArray<string> s_systemColumns = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

    private readonly List<QueryAnalysis> _subqueries = [];

    /// <summary>The queries met since the last call, with their names bound and not yet completed.</summary>
    public ImmutableArray<QueryAnalysis> TakeSubqueries()
    {
        ImmutableArray<QueryAnalysis> taken = [.. _subqueries];
        _subqueries.Clear();
        return taken;
    }

    public void Visit(IEnumerable<Expression> expressions)
    {
        foreach (var expression in expressions)
            Visit(expression);
    }

    public void Visit(Expression? expression)
    {
        switch (expression)
        {
            case null:
                break;
            case ColumnReference reference:
                Visit(reference.Path);
                break;
            case Exists exists:
                Collect(exists.Query, ItemUse.None());
                break;
            case Subquery subquery:
                Collect(subquery.Query, ItemUse.All());
                break;
            case InQuery query:
                Visit(query.Operand);
                Collect(query.Query, ItemUse.All());
                break;
            default:
                Visit(expression.Children.OfType<Expression>());
                break;
        }
    }

    private void Collect(Query query, ItemUse use) => _subqueries.Add(new QueryAnalysis(query, scope, use, state));

    private void Visit(ImmutableArray<string> path)
    {
        if (path[^1] == ColumnReference.Star)
            VisitStar(path);
        else
            Mark(scope.Resolve(path), path);
    }

    private void VisitStar(ImmutableArray<string> path)
    {
        if (path.Length == 1)
            foreach (var source in scope.Sources)
                source.UseAll();
        else if (scope.Find(path.AsSpan(0, path.Length - 1)) is { } source)
            source.UseAll();
        else
            MarkUnknown(path);
    }

    private void Mark(Resolution resolution, ImmutableArray<string> path)
    {
        if (resolution.IsUnknown)
        {
            MarkUnknown(path);
            return;
        }
        foreach (var source in resolution.Candidates)
            source.Use(resolution.Name);
        resolution.Row?.UseAll();
    }

    /// <summary>A name that is no column may be a function called on the row (<c>p.fullname</c>), or a column newer than the catalog.</summary>
    private void MarkUnknown(ImmutableArray<string> path)
    {
        foreach (var source in scope.Visible())
            source.UseAll();
        state.Refuse(CoarseReason.UnknownColumn, string.Join('.', path));
        if (!s_systemColumns.Contains(path[^1]) && path[^1] != ColumnReference.Star && state.Schema.Function(null, path[^1]) == FunctionKind.Volatile)
            state.MayModify = true;
    }
}
