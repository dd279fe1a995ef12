namespace NHibernate.Caches.Granular.Analysis.Sql;

// The parts of a SELECT, from the outside in.

/// <summary>A complete query: WITH, a body, ORDER BY, LIMIT, FOR UPDATE. Thread-safe: immutable.</summary>
internal sealed class Query : SqlNode
{
    public ImmutableArray<CommonTable> With { get; init; } = [];

    public required QueryBody Body { get; init; }

    public ImmutableArray<Expression> OrderBy { get; init; } = [];

    /// <summary>LIMIT, OFFSET, FETCH, TOP: the rows are cut. Their expressions are <see cref="Limits"/>.</summary>
    public bool IsLimited { get; init; }

    public ImmutableArray<Expression> Limits { get; init; } = [];

    /// <summary>FOR UPDATE, FOR SHARE and their like.</summary>
    public bool LocksRows { get; init; }

    public override IEnumerable<SqlNode> Children => [.. With, Body, .. OrderBy, .. Limits];

    public override string ToString() =>
        (With.IsEmpty ? "" : $"with {List(With)} ") + Body
        + (OrderBy.IsEmpty ? "" : $" order by {List(OrderBy)}")
        + (IsLimited ? $" limit {List(Limits)}" : "")
        + (LocksRows ? " for update" : "");
}

/// <summary><c>recent (id, title) as (select …)</c>. Thread-safe: immutable.</summary>
internal sealed class CommonTable(string name, ImmutableArray<string> columns, Statement statement) : SqlNode
{
    public string Name { get; } = name;

    /// <summary>The column names it gives; empty to take them from the query.</summary>
    public ImmutableArray<string> Columns { get; } = columns;

    public Statement Statement { get; } = statement;

    /// <summary>WITH RECURSIVE: inside, its name means itself and not a table.</summary>
    public bool IsRecursive { get; init; }

    public override IEnumerable<SqlNode> Children => [Statement];

    public override string ToString() => $"{Name}{(Columns.IsEmpty ? "" : $" ({List(Columns)})")} as ({Statement})";
}

/// <summary>What a query is made of: one SELECT, VALUES, a set operation, or a query in parentheses. Thread-safe: immutable.</summary>
internal abstract class QueryBody : SqlNode;

/// <summary><c>select … from … where … group by … having …</c>. Thread-safe: immutable.</summary>
internal sealed class Select : QueryBody
{
    public bool IsDistinct { get; init; }

    /// <summary>The expressions of DISTINCT ON: which row of each group is kept depends on the order.</summary>
    public ImmutableArray<Expression> DistinctOn { get; init; } = [];

    public required ImmutableArray<SelectItem> Items { get; init; }

    /// <summary>The entries of FROM, joined crosswise.</summary>
    public ImmutableArray<FromItem> From { get; init; } = [];

    public Expression? Where { get; init; }

    public ImmutableArray<Expression> GroupBy { get; init; } = [];

    public Expression? Having { get; init; }

    /// <summary>Expressions of a WINDOW clause.</summary>
    public ImmutableArray<Expression> Windows { get; init; } = [];

    /// <summary>TOP: the rows are cut.</summary>
    public bool IsLimited { get; init; }

    /// <summary>SELECT INTO makes a table.</summary>
    public bool IsInto { get; init; }

    public override IEnumerable<SqlNode> Children =>
    [
        .. DistinctOn, .. Items, .. From, .. Optional(Where), .. GroupBy, .. Optional(Having), .. Windows,
    ];

    public override string ToString() =>
        $"select {(IsDistinct ? "distinct " : "")}{List(Items)}"
        + (From.IsEmpty ? "" : $" from {List(From)}")
        + (Where is null ? "" : $" where {Where}")
        + (GroupBy.IsEmpty ? "" : $" group by {List(GroupBy)}")
        + (Having is null ? "" : $" having {Having}");

    private static ImmutableArray<SqlNode> Optional(SqlNode? node) => node is null ? [] : [node];
}

/// <summary><c>post0_.id as id1_0_</c>. Thread-safe: immutable.</summary>
internal sealed class SelectItem(Expression expression, string? alias) : SqlNode
{
    public Expression Expression { get; } = expression;

    public string? Alias { get; } = alias;

    /// <summary>The name of the output column; null for an expression without alias, and for a star.</summary>
    public string? OutputName => Alias ?? (Expression is ColumnReference column && !IsStar ? column.Path[^1] : null);

    public bool IsStar => Expression is ColumnReference column && column.Path[^1] == ColumnReference.Star;

    public override IEnumerable<SqlNode> Children => [Expression];

    public override string ToString() => Alias is null ? $"{Expression}" : $"{Expression} as {Alias}";
}

/// <summary>
/// <c>a union all b except c</c>. The arms in order; how they nest does not matter to the passes, for each is a scope of its own.
/// Thread-safe: immutable.
/// </summary>
internal sealed class SetOperation(ImmutableArray<QueryBody> arms, ImmutableArray<string> operators) : QueryBody
{
    public ImmutableArray<QueryBody> Arms { get; } = arms;

    /// <summary><c>union</c>, <c>union all</c>, <c>except</c> …: one fewer than <see cref="Arms"/>.</summary>
    public ImmutableArray<string> Operators { get; } = operators;

    public override IEnumerable<SqlNode> Children => Arms;

    public override string ToString() => Arms[0] + string.Concat(Operators.Zip(Arms.Skip(1), (o, arm) => $" {o} {arm}"));
}

/// <summary><c>values (1, 'a'), (2, 'b')</c>. Thread-safe: immutable.</summary>
internal sealed class Values(ImmutableArray<RowValue> rows) : QueryBody
{
    public ImmutableArray<RowValue> Rows { get; } = rows;

    public override IEnumerable<SqlNode> Children => Rows;

    public override string ToString() => $"values {List(Rows)}";
}

/// <summary><c>(select … order by … limit 1)</c> as an arm or a body. Thread-safe: immutable.</summary>
internal sealed class NestedQuery(Query query) : QueryBody
{
    public Query Query { get; } = query;

    public override IEnumerable<SqlNode> Children => [Query];

    public override string ToString() => $"({Query})";
}
