using NHibernate.Caches.Granular.Analysis.Sql;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Pass: turns a condition into a formula, pushing negation down by the rules of three-valued logic. Has no effect on sources; the
/// columns a condition reads are the business of <see cref="ReferencePass"/>. Not thread-safe: one per analysis.
/// </summary>
internal sealed class FormulaBuilder(Scope scope)
{
    private static readonly ImmutableArray<Operand> s_null = [new Operand.IsNull()];

    /// <param name="condition">A condition; null for none.</param>
    public Formula Build(Expression? condition) => condition is null ? Formula.True : Build(condition, false);

    /// <summary>The formula of the condition's being TRUE, or, negated, of its being FALSE.</summary>
    private Formula Build(Expression condition, bool isNegated) => condition switch
    {
        And and => Combine(and.Operands, isAll: !isNegated, isNegated),
        Or or => Combine(or.Operands, isAll: isNegated, isNegated),
        Not not => Build(not.Operand, !isNegated),
        Literal literal => Constant(literal, isNegated),
        Comparison comparison => Compare(comparison, isNegated),
        IsTest test => Test(test, isNegated),
        InList list => In(list, list.IsNegated != isNegated),
        // NOT IN of an empty set is TRUE even for NULL, so only IN rejects it.
        InQuery query => query.IsNegated != isNegated ? Opaque() : Opaque(query.Operand),
        ColumnReference column when Column(column) is { } known => new Formula.Equal(known, [new Operand.Literal(isNegated ? "false" : "true")]),
        _ => Opaque(condition),
    };

    private Formula Combine(ImmutableArray<Expression> operands, bool isAll, bool isNegated)
    {
        var parts = operands.Select(operand => Build(operand, isNegated));
        return isAll ? Formula.All(parts) : Formula.Any(parts);
    }

    /// <summary>NULL is neither TRUE nor FALSE.</summary>
    private static Formula Constant(Literal literal, bool isNegated) => literal.Kind switch
    {
        LiteralKind.Boolean => (literal.Text == "true") != isNegated ? Formula.True : Formula.False,
        LiteralKind.Null => Formula.False,
        _ => Opaque(),
    };

    private Formula Compare(Comparison comparison, bool isNegated) => (comparison.Operator, isNegated) switch
    {
        ("=", false) or ("<>", true) => Equality(comparison.Left, comparison.Right),
        // A truth value that is not TRUE, and not NULL, is FALSE: NHibernate writes every "not flag" as NOT (flag = TRUE).
        (("=", true) or ("<>", false)) when comparison.Right is Literal { Kind: LiteralKind.Boolean } value => Equality(comparison.Left, Opposite(value)),
        (("=", true) or ("<>", false)) when comparison.Left is Literal { Kind: LiteralKind.Boolean } value => Equality(Opposite(value), comparison.Right),
        // (a, b) <> (c, d) is TRUE as soon as one pair differs, so NULL elsewhere is no obstacle.
        _ when comparison.Left is RowValue || comparison.Right is RowValue => Opaque(),
        _ => Opaque(comparison),
    };

    private Formula Equality(Expression left, Expression right) => (left, right) switch
    {
        (RowValue a, RowValue b) when a.Items.Length == b.Items.Length => Formula.All(a.Items.Zip(b.Items, Equality)),
        (Literal { Kind: LiteralKind.Null }, _) or (_, Literal { Kind: LiteralKind.Null }) => Formula.False,
        (Literal a, Literal b) => Constants(a, b),
        (Literal { Kind: LiteralKind.Boolean } a, _) when IsCondition(right) => Build(right, a.Text == "false"),
        (_, Literal { Kind: LiteralKind.Boolean } b) when IsCondition(left) => Build(left, b.Text == "false"),
        (ColumnReference a, ColumnReference b) => ColumnsEqual(a, b),
        (ColumnReference a, _) => ColumnEquals(a, right),
        (_, ColumnReference b) => ColumnEquals(b, left),
        (RowValue, _) or (_, RowValue) => Opaque(),
        _ => Opaque(left, right),
    };

    private static Literal Opposite(Literal boolean) => new(LiteralKind.Boolean, boolean.Text == "true" ? "false" : "true");

    private static bool IsCondition(Expression expression) => expression is And or Or or Not or Comparison or IsTest or InList;

    private Formula ColumnsEqual(ColumnReference left, ColumnReference right) =>
        Column(left) is { } a && Column(right) is { } b && a != b ? new Formula.Same(a, b) : Opaque(left, right);

    private Formula ColumnEquals(ColumnReference reference, Expression value) =>
        Column(reference) is { } column && OperandOf(value) is { } operand ? new Formula.Equal(column, [operand]) : Opaque(reference, value);

    /// <summary>NHibernate writes <c>1=1</c> and <c>1=0</c>; of other constants only numbers compare the same everywhere.</summary>
    private static Formula Constants(Literal left, Literal right)
    {
        if (left.Kind == LiteralKind.Number && right.Kind == LiteralKind.Number
            && decimal.TryParse(left.Text, NumberStyles.Number, CultureInfo.InvariantCulture, out var a)
            && decimal.TryParse(right.Text, NumberStyles.Number, CultureInfo.InvariantCulture, out var b))
            return a == b ? Formula.True : Formula.False;
        return Opaque();
    }

    private Formula Test(IsTest test, bool isNegated)
    {
        var isNot = test.IsNegated != isNegated;
        return test.What switch
        {
            "null" when test.Operand is RowValue row => isNot ? Opaque() : Formula.All(row.Items.Select(IsNull)),
            "null" => isNot ? Opaque(test.Operand) : IsNull(test.Operand),
            "true" when !isNot => Build(test.Operand, false),
            "false" when !isNot => Build(test.Operand, true),
            _ => Opaque(),
        };
    }

    private Formula IsNull(Expression operand) => operand switch
    {
        ColumnReference reference when Column(reference) is { } column => new Formula.Equal(column, s_null),
        Literal { Kind: not LiteralKind.Null and not LiteralKind.Uncertain } => Formula.False,
        _ => Opaque(),
    };

    private Formula In(InList list, bool isNegated)
    {
        if (isNegated)
            return list.Items.IsEmpty ? Formula.True : list.Operand is RowValue ? Opaque() : Opaque(list.Operand);
        if (list.Operand is ColumnReference reference && Column(reference) is { } column)
        {
            var values = list.Items.Where(item => item is not Literal { Kind: LiteralKind.Null }).Select(OperandOf).ToImmutableArray();
            if (values.All(value => value is not null))
                return values.IsEmpty ? Formula.False : new Formula.Equal(column, [.. values.Select(value => value!).Distinct()]);
        }
        return Formula.Any(list.Items.Select(item => Equality(list.Operand, item)));
    }

    private SourceColumn? Column(ColumnReference reference) => scope.Resolve(reference.Path).Column;

    /// <summary>The expression as a plain value; null when it is anything else.</summary>
    public static Operand? OperandOf(Expression expression) => expression switch
    {
        Parameter parameter => new Operand.Parameter(parameter.Index),
        Literal { Kind: LiteralKind.Number or LiteralKind.String or LiteralKind.Boolean } literal =>
            new Operand.Literal(literal.Text) { IsNumber = literal.Kind == LiteralKind.Number },
        _ => null,
    };

    private static Formula.Opaque Opaque() => new([]);

    /// <summary>A condition that is not TRUE when one of these is NULL.</summary>
    private Formula.Opaque Opaque(params ReadOnlySpan<Expression> strict)
    {
        var sources = new HashSet<Source>();
        foreach (var expression in strict)
            AddStrict(expression, sources);
        return new Formula.Opaque([.. sources]);
    }

    /// <summary>The sources whose absence makes the expression NULL.</summary>
    private void AddStrict(Expression expression, HashSet<Source> sources)
    {
        switch (expression)
        {
            case ColumnReference reference when scope.Resolve(reference.Path) is { Candidates: [var source], Row: null, IsUnknown: false }:
                sources.Add(source);
                break;
            case Comparison comparison:
                AddStrict(comparison.Left, sources);
                AddStrict(comparison.Right, sources);
                break;
            case Operation operation:
                foreach (var operand in operation.Operands.Take(operation.StrictOperands))
                    AddStrict(operand, sources);
                break;
        }
    }
}
