namespace NHibernate.Caches.Granular.Analysis.Sql;

// The expressions the passes tell apart, from the plainest to the catch-all Operation. What is not one of the others is an
// Operation or a Call: its operands are known, its meaning is not needed.

/// <summary>A value of a statement. Thread-safe: immutable.</summary>
internal abstract class Expression : SqlNode;

/// <summary><c>title</c>, <c>post0_.title</c>, <c>public.post.title</c>, <c>post0_.*</c>. Thread-safe: immutable.</summary>
internal sealed class ColumnReference(ImmutableArray<string> path) : Expression
{
    public const string Star = "*";

    /// <summary>Folded names, the column last; <see cref="Star"/> for all columns.</summary>
    public ImmutableArray<string> Path { get; } = path;

    public override IEnumerable<SqlNode> Children => [];

    public override string ToString() => string.Join('.', Path);
}

/// <summary><c>?</c>, <c>:p0</c>, <c>@p0</c>, <c>$1</c>. Thread-safe: immutable.</summary>
internal sealed class Parameter(int index) : Expression
{
    /// <summary>Position among the statement's parameters, from 0.</summary>
    public int Index { get; } = index;

    public override IEnumerable<SqlNode> Children => [];

    public override string ToString() => $"?{Index}";
}

internal enum LiteralKind
{
    Number,
    String,
    Boolean,
    Null,

    /// <summary>The DEFAULT of an INSERT or UPDATE.</summary>
    Default,

    /// <summary>A literal whose value is not certain: bit strings, escapes, typed literals.</summary>
    Uncertain,
}

/// <summary><c>5</c>, <c>-1.5</c>, <c>'text'</c>, <c>true</c>, <c>null</c>. Thread-safe: immutable.</summary>
internal sealed class Literal(LiteralKind kind, string text) : Expression
{
    public LiteralKind Kind { get; } = kind;

    /// <summary>The number as spelled, the content of the string, <c>true</c> or <c>false</c>.</summary>
    public string Text { get; } = text;

    public override IEnumerable<SqlNode> Children => [];

    public override string ToString() => Kind is LiteralKind.String or LiteralKind.Uncertain ? $"'{Text}'" : Text;
}

/// <summary><c>a and b and c</c>. Thread-safe: immutable.</summary>
internal sealed class And(ImmutableArray<Expression> operands) : Expression
{
    public ImmutableArray<Expression> Operands { get; } = operands;

    public override IEnumerable<SqlNode> Children => Operands;

    public override string ToString() => $"({string.Join(" and ", Operands)})";
}

/// <summary><c>a or b or c</c>. Thread-safe: immutable.</summary>
internal sealed class Or(ImmutableArray<Expression> operands) : Expression
{
    public ImmutableArray<Expression> Operands { get; } = operands;

    public override IEnumerable<SqlNode> Children => Operands;

    public override string ToString() => $"({string.Join(" or ", Operands)})";
}

/// <summary><c>not a</c>. Thread-safe: immutable.</summary>
internal sealed class Not(Expression operand) : Expression
{
    public Expression Operand { get; } = operand;

    public override IEnumerable<SqlNode> Children => [Operand];

    public override string ToString() => $"not {Operand}";
}

/// <summary><c>a = b</c>, <c>a &lt;&gt; b</c>, <c>a &lt; b</c>; <c>!=</c> is <c>&lt;&gt;</c>. Thread-safe: immutable.</summary>
internal sealed class Comparison(string @operator, Expression left, Expression right) : Expression
{
    public string Operator { get; } = @operator;

    public Expression Left { get; } = left;

    public Expression Right { get; } = right;

    public override IEnumerable<SqlNode> Children => [Left, Right];

    public override string ToString() => $"{Left} {Operator} {Right}";
}

/// <summary><c>a is null</c>, <c>a is not true</c>, <c>a is unknown</c>. Thread-safe: immutable.</summary>
internal sealed class IsTest(Expression operand, string what, bool isNegated) : Expression
{
    public Expression Operand { get; } = operand;

    /// <summary><c>null</c>, <c>true</c>, <c>false</c> or <c>unknown</c>.</summary>
    public string What { get; } = what;

    public bool IsNegated { get; } = isNegated;

    public override IEnumerable<SqlNode> Children => [Operand];

    public override string ToString() => $"{Operand} is {(IsNegated ? "not " : "")}{What}";
}

/// <summary><c>a in (1, 2)</c>, <c>(a, b) not in ((1, 2), (3, 4))</c>. Thread-safe: immutable.</summary>
internal sealed class InList(Expression operand, ImmutableArray<Expression> items, bool isNegated) : Expression
{
    public Expression Operand { get; } = operand;

    public ImmutableArray<Expression> Items { get; } = items;

    public bool IsNegated { get; } = isNegated;

    public override IEnumerable<SqlNode> Children => [Operand, .. Items];

    public override string ToString() => $"{Operand} {(IsNegated ? "not " : "")}in ({List(Items)})";
}

/// <summary><c>a in (select …)</c>. Thread-safe: immutable.</summary>
internal sealed class InQuery(Expression operand, Query query, bool isNegated) : Expression
{
    public Expression Operand { get; } = operand;

    public Query Query { get; } = query;

    public bool IsNegated { get; } = isNegated;

    public override IEnumerable<SqlNode> Children => [Operand, Query];

    public override string ToString() => $"{Operand} {(IsNegated ? "not " : "")}in ({Query})";
}

/// <summary><c>exists (select …)</c>. Thread-safe: immutable.</summary>
internal sealed class Exists(Query query) : Expression
{
    public Query Query { get; } = query;

    public override IEnumerable<SqlNode> Children => [Query];

    public override string ToString() => $"exists ({Query})";
}

/// <summary><c>(select …)</c> as a value, a row, or the set of ANY, ALL and ARRAY. Thread-safe: immutable.</summary>
internal sealed class Subquery(Query query) : Expression
{
    public Query Query { get; } = query;

    public override IEnumerable<SqlNode> Children => [Query];

    public override string ToString() => $"({Query})";
}

/// <summary><c>(a, b)</c>. Thread-safe: immutable.</summary>
internal sealed class RowValue(ImmutableArray<Expression> items) : Expression
{
    public ImmutableArray<Expression> Items { get; } = items;

    public override IEnumerable<SqlNode> Children => Items;

    public override string ToString() => $"({List(Items)})";
}

/// <summary>
/// <c>lower(a)</c>, <c>count(distinct a) filter (where b) over (order by c)</c>, and values without parentheses that are calls in
/// truth, such as <c>current_date</c>. Thread-safe: immutable.
/// </summary>
internal sealed class Call(ImmutableArray<string> path, ImmutableArray<Expression> arguments) : Expression
{
    /// <summary>Folded names, the function last.</summary>
    public ImmutableArray<string> Path { get; } = path;

    public string? Schema => Path.Length > 1 ? Path[^2] : null;

    public string Name => Path[^1];

    /// <summary>The arguments and all else inside: FILTER, OVER, ORDER BY.</summary>
    public ImmutableArray<Expression> Arguments { get; } = arguments;

    /// <summary>A window function, or one whose rows are chosen by more than WHERE: filters may not be moved across it.</summary>
    public bool IsWindow { get; init; }

    /// <summary>Needs no catalog: part of the language (<c>coalesce</c>), and harmless.</summary>
    public bool IsGrammar { get; init; }

    /// <summary>Part of the language, and its value depends on time or session (<c>current_date</c>).</summary>
    public bool IsSessionValue { get; init; }

    public override IEnumerable<SqlNode> Children => Arguments;

    public override string ToString() => $"{string.Join('.', Path)}({List(Arguments)})";
}

/// <summary>
/// Anything else over operands: arithmetic, <c>like</c>, <c>between</c>, <c>case</c>, <c>cast</c>, arrays, JSON, user-defined operators.
/// Thread-safe: immutable.
/// </summary>
internal sealed class Operation(string name, ImmutableArray<Expression> operands) : Expression
{
    public string Name { get; } = name;

    public ImmutableArray<Expression> Operands { get; } = operands;

    /// <summary>
    /// How many leading operands make the result NULL when one of them is NULL, whatever the rest: both of <c>+</c>, the first of
    /// <c>between</c>, none of <c>case</c>.
    /// </summary>
    public int StrictOperands { get; init; }

    public override IEnumerable<SqlNode> Children => Operands;

    public override string ToString() => Operands.Length == 2 && !char.IsLetter(Name[0]) ? $"{Operands[0]} {Name} {Operands[1]}" : $"{Name}({List(Operands)})";
}
