using NHibernate.Caches.Granular.Analysis.Sql;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>Which operation a SELECT is, by its text. Thread-safe: stateless.</summary>
internal static class SqlOperation
{
    private static readonly HashSet<string> s_counts = new(["count", "count_big"], StringComparer.Ordinal);

    private static readonly HashSet<string> s_aggregates = new(
    [
        .. s_counts, "sum", "avg", "min", "max", "every", "bool_and", "bool_or", "array_agg", "string_agg",
        "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp",
    ], StringComparer.Ordinal);

    /// <param name="select">The SELECT.</param>
    /// <param name="keys">Columns that tell one row of the first table from all others, as they are called in parsed SQL.</param>
    public static CachedOperations Of(Select select, IEnumerable<string[]> keys)
    {
        if (select.GroupBy.IsEmpty && select.Items.All(item => IsAggregate(item.Expression)))
            return select.Items is [var only] && Calls(only.Expression).All(call => s_counts.Contains(call.Name)) ? CachedOperations.Count : CachedOperations.Aggregate;
        return FirstTable(select) is { } table && Pins(select.Where, MappedTables.NameOf(table), keys) ? CachedOperations.Get : CachedOperations.Fetch;
    }

    /// <summary>The table that a SELECT is about: the first of FROM. Null when that is no table.</summary>
    public static TableReference? FirstTable(Select select)
    {
        var item = select.From.IsEmpty ? null : select.From[0];
        while (item is Join join)
            item = join.Left;
        return item as TableReference;
    }

    /// <summary>Whether it is of calls of aggregates, with anything between them that is no column and no query of its own.</summary>
    private static bool IsAggregate(Expression expression) => Calls(expression).Any() && IsOfAggregates(expression);

    private static bool IsOfAggregates(SqlNode node) =>
        node is Call call && s_aggregates.Contains(call.Name) ? !call.IsWindow : node is not (ColumnReference or Query) && node.Children.All(IsOfAggregates);

    private static IEnumerable<Call> Calls(Expression expression) => expression.DescendantsAndSelf().OfType<Call>().Where(call => s_aggregates.Contains(call.Name));

    private static bool Pins(Expression? where, string table, IEnumerable<string[]> keys)
    {
        var pinned = Terms(where).OfType<Comparison>().Where(comparison => comparison.Operator == "=")
            .SelectMany(comparison => new[] { (comparison.Left, comparison.Right), (comparison.Right, comparison.Left) })
            .Where(pair => pair.Item2 is Parameter or Literal)
            .Select(pair => pair.Item1).OfType<ColumnReference>()
            .Where(column => column.Path is [var name, _] && name == table)
            .Select(column => column.Path[1]).ToHashSet(StringComparer.Ordinal);
        return pinned.Count > 0 && keys.Any(key => key.Length > 0 && key.All(pinned.Contains));
    }

    private static IEnumerable<Expression> Terms(Expression? condition) => condition switch
    {
        null => [],
        And and => and.Operands.SelectMany(Terms),
        _ => [condition],
    };
}
