namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>An entry of FROM: a table, a derived table, a function, or a join of two. Thread-safe: immutable.</summary>
internal abstract class FromItem : SqlNode
{
    public string? Alias { get; init; }

    /// <summary>The names an alias gives to the columns; empty to keep theirs.</summary>
    public ImmutableArray<string> ColumnAliases { get; init; } = [];

    protected string PrintAlias() => (Alias is null ? "" : $" {Alias}") + (ColumnAliases.IsEmpty ? "" : $" ({List(ColumnAliases)})");
}

/// <summary><c>public.post post0_</c>. Thread-safe: immutable.</summary>
internal sealed class TableReference(string? schema, string name) : FromItem
{
    public string? Schema { get; } = schema;

    public string Name { get; } = name;

    /// <summary>TABLESAMPLE: which rows are read is chance.</summary>
    public bool IsSampled { get; init; }

    /// <summary>Table hints, which lock rows or read uncommitted ones.</summary>
    public bool HasHints { get; init; }

    public override IEnumerable<SqlNode> Children => [];

    public override string ToString() => $"{(Schema is null ? "" : Schema + ".")}{Name}{PrintAlias()}";
}

/// <summary><c>(select …) recent</c>. Thread-safe: immutable.</summary>
internal sealed class DerivedTable(Query query, bool isLateral) : FromItem
{
    public Query Query { get; } = query;

    /// <summary>It sees the entries of FROM before it.</summary>
    public bool IsLateral { get; } = isLateral;

    public override IEnumerable<SqlNode> Children => [Query];

    public override string ToString() => $"{(IsLateral ? "lateral " : "")}({Query}){PrintAlias()}";
}

/// <summary><c>generate_series(1, 3) n</c>. It sees the entries of FROM before it. Thread-safe: immutable.</summary>
internal sealed class FunctionTable(ImmutableArray<Expression> calls) : FromItem
{
    public ImmutableArray<Expression> Calls { get; } = calls;

    public override IEnumerable<SqlNode> Children => Calls;

    public override string ToString() => List(Calls) + PrintAlias();
}

internal enum JoinKind
{
    /// <summary>INNER and CROSS.</summary>
    Inner,

    /// <summary>The right side may be absent: NULL.</summary>
    Left,

    /// <summary>The left side may be absent.</summary>
    Right,

    /// <summary>Either side may be absent.</summary>
    Full,
}

/// <summary><c>post p left outer join cat c on p.cat_id = c.id</c>. Thread-safe: immutable.</summary>
internal sealed class Join(JoinKind kind, FromItem left, FromItem right) : FromItem
{
    public JoinKind Kind { get; } = kind;

    public FromItem Left { get; } = left;

    public FromItem Right { get; } = right;

    public Expression? On { get; init; }

    /// <summary>The columns of USING.</summary>
    public ImmutableArray<string> Using { get; init; } = [];

    /// <summary>Joined on whatever columns both sides have.</summary>
    public bool IsNatural { get; init; }

    public override IEnumerable<SqlNode> Children => On is null ? [Left, Right] : [Left, Right, On];

    public override string ToString() =>
        $"({Left} {(IsNatural ? "natural " : "")}{Kind.ToString().ToLowerInvariant()} join {Right}{(On is null ? "" : $" on {On}")}{(Using.IsEmpty ? "" : $" using ({List(Using)})")})";
}
