namespace NHibernate.Caches.Granular.Analysis.Sql;

// Precedence as in PostgreSQL, loosest first: OR, AND, NOT, IS, comparisons, BETWEEN/IN/LIKE, all other operators. The last are
// one level here: how they group decides values, which no pass looks at, and not columns, which all do.
internal sealed partial class SqlParser
{
    private Expression Expression() => Nested(OrExpression);

    private Expression OrExpression()
    {
        var first = AndExpression();
        if (!IsWord("or"))
            return first;
        var operands = ImmutableArray.CreateBuilder<Expression>();
        operands.Add(first);
        while (AcceptWord("or"))
            operands.Add(AndExpression());
        return new Or(operands.ToImmutable());
    }

    private Expression AndExpression()
    {
        var first = NotExpression();
        if (!IsWord("and"))
            return first;
        var operands = ImmutableArray.CreateBuilder<Expression>();
        operands.Add(first);
        while (AcceptWord("and"))
            operands.Add(NotExpression());
        return new And(operands.ToImmutable());
    }

    private Expression NotExpression() => AcceptWord("not") ? new Not(Nested(NotExpression)) : IsExpression();

    private Expression IsExpression()
    {
        var operand = ComparisonExpression();
        while (true)
        {
            if (AcceptWord("isnull"))
                operand = new IsTest(operand, "null", false);
            else if (AcceptWord("notnull"))
                operand = new IsTest(operand, "null", true);
            else if (AcceptWord("is"))
                operand = IsTail(operand);
            else
                return operand;
            Bounded(operand);
        }
    }

    private Expression IsTail(Expression operand)
    {
        var isNegated = AcceptWord("not");
        if (Current.Kind == TokenKind.Word && Current.Text is "null" or "true" or "false" or "unknown")
            return new IsTest(operand, Take().Text, isNegated);
        if (IsWords("distinct", "from"))
        {
            _position += 2;
            return new Operation(isNegated ? "is not distinct from" : "is distinct from", [operand, ComparisonExpression()]);
        }
        // is json, is document, is normalized: tests of the operand alone.
        if (AcceptAnyWord("json", "document", "normalized"))
            return new Operation("is", [operand]);
        throw Unexpected("null, true, false or unknown");
    }

    private Expression ComparisonExpression()
    {
        var left = MatchExpression();
        if (!IsComparison())
            return left;
        var @operator = Take().Text;
        var comparison = AcceptAnyWord("any", "some", "all")
            ? new Operation(@operator + " any", [left, ParenthesizedSet()])
            : (Expression)new Comparison(@operator == "!=" ? "<>" : @operator, left, MatchExpression());
        // Comparisons do not associate in PostgreSQL; elsewhere they do, differently.
        if (IsComparison())
            throw Unexpected("no second comparison");
        return comparison;
    }

    private bool IsComparison() => Current.Kind == TokenKind.Operator && Current.Text is "=" or "<>" or "!=" or "<" or ">" or "<=" or ">=";

    private Expression ParenthesizedSet()
    {
        Expect("(");
        return ParenthesizedTail();
    }

    private Expression MatchExpression()
    {
        var operand = OperatorExpression();
        while (true)
        {
            var isNegated = IsWord("not") && Peek(1) is { Kind: TokenKind.Word, Text: "in" or "between" or "like" or "ilike" or "similar" };
            if (isNegated)
                _position++;
            if (AcceptWord("in"))
                operand = InTail(operand, isNegated);
            else if (AcceptWord("between"))
                operand = Negate(BetweenTail(operand), isNegated);
            else if (AcceptAnyWord("like", "ilike"))
                operand = Negate(LikeTail(operand), isNegated);
            else if (IsWords("similar", "to"))
            {
                _position += 2;
                operand = Negate(LikeTail(operand), isNegated);
            }
            else
                return operand;
            Bounded(operand);
        }
    }

    private static Expression Negate(Expression operand, bool isNegated) => isNegated ? new Not(operand) : operand;

    private Expression InTail(Expression operand, bool isNegated)
    {
        Expect("(");
        if (Accept(")"))
            return new InList(operand, [], isNegated);
        if (StartsQuery())
        {
            var query = Query();
            Expect(")");
            return new InQuery(operand, query, isNegated);
        }
        var items = CommaList(Expression);
        Expect(")");
        if (items is [Subquery single])
            return new InQuery(operand, single.Query, isNegated);
        return new InList(operand, items, isNegated);
    }

    private Operation BetweenTail(Expression operand)
    {
        AcceptAnyWord("symmetric", "asymmetric");
        var low = OperatorExpression();
        ExpectWord("and");
        return new Operation("between", [operand, low, OperatorExpression()]) { StrictOperands = 1 };
    }

    private Operation LikeTail(Expression operand)
    {
        if (AcceptAnyWord("any", "some", "all"))
            return new Operation("like any", [operand, ParenthesizedSet()]);
        var pattern = OperatorExpression();
        return AcceptWord("escape")
            ? new Operation("like", [operand, pattern, OperatorExpression()]) { StrictOperands = 2 }
            : new Operation("like", [operand, pattern]) { StrictOperands = 2 };
    }

    private Expression OperatorExpression()
    {
        var first = Unary();
        if (!IsBinaryOperator())
            return first;
        var operands = ImmutableArray.CreateBuilder<Expression>();
        var names = new List<string>();
        operands.Add(first);
        while (IsBinaryOperator())
        {
            names.Add(BinaryOperator());
            operands.Add(AcceptAnyWord("any", "some", "all") ? ParenthesizedSet() : Unary());
        }
        var isStrict = names.TrueForAll(name => name is "+" or "-" or "*" or "/" or "%");
        return new Operation(string.Join(' ', names), operands.ToImmutable()) { StrictOperands = isStrict ? operands.Count : 0 };
    }

    /// <summary>An operator that is no comparison; <c>?</c> here is PostgreSQL's JSON operator, for no operand can follow an operand.</summary>
    private bool IsBinaryOperator() =>
        (Current.Kind == TokenKind.Operator && !IsComparison() && Current.Text is not ("=>" or ":=" or "::"))
        || (Current.Kind == TokenKind.Parameter && Current.Text.Length == 0)
        || (IsWord("operator") && Peek(1).Is("("));

    private string BinaryOperator()
    {
        var token = Take();
        if (token.Kind == TokenKind.Parameter)
            return Current.Kind == TokenKind.Operator && Current.Start == token.End && Current.Text is "|" or "&" ? "?" + Take().Text : "?";
        if (token.Kind == TokenKind.Operator)
            return token.Text;
        Expect("(");
        while (Current.Kind == TokenKind.Word)
        {
            _position++;
            Expect(".");
        }
        if (Current.Kind != TokenKind.Operator)
            throw Unexpected("an operator");
        var name = Take().Text;
        Expect(")");
        return $"operator({name})";
    }

    private Expression Unary()
    {
        if (Current.Kind != TokenKind.Operator)
            return Postfix(Primary());
        var @operator = Take().Text;
        if (@operator == "@@" && Current.Kind == TokenKind.Word)
            return new Call([Take().Text], []) { IsSessionValue = true };
        var operand = Nested(Unary);
        if (@operator is "-" or "+" && operand is Literal { Kind: LiteralKind.Number } number && !number.Text.StartsWith('-'))
            return @operator == "-" ? new Literal(LiteralKind.Number, "-" + number.Text) : number;
        return new Operation(@operator, [operand]) { StrictOperands = @operator is "-" or "+" ? 1 : 0 };
    }

    private Expression Postfix(Expression operand)
    {
        while (true)
        {
            if (Accept("::"))
            {
                TypeName();
                operand = new Operation("cast", [operand]) { StrictOperands = 1 };
            }
            else if (Is("["))
                operand = Subscript(operand);
            else if (AcceptWord("collate"))
            {
                Path();
                operand = new Operation("collate", [operand]) { StrictOperands = 1 };
            }
            else if (IsWords("at", "time", "zone"))
            {
                _position += 3;
                operand = new Operation("at time zone", [operand, Primary()]);
            }
            else if (Is(".") && operand is not ColumnReference)
                operand = Field(operand);
            else
                return operand;
            Bounded(operand);
        }
    }

    private Operation Subscript(Expression operand)
    {
        Expect("[");
        var operands = ImmutableArray.CreateBuilder<Expression>();
        operands.Add(operand);
        while (!Accept("]"))
        {
            if (!Accept(":"))
                operands.Add(Expression());
        }
        return new Operation("subscript", operands.ToImmutable());
    }

    /// <summary><c>(post0_).title</c>: a field, a star, or a call of a function on the row.</summary>
    private Expression Field(Expression operand)
    {
        Expect(".");
        return Accept("*") ? new Operation("fields", [operand]) : new Call([NameAfterDot()], [operand]);
    }

    /// <summary>A type's name behind <c>::</c>; its words matter to nobody.</summary>
    private void TypeName()
    {
        NameAfterDot();
        while (Accept("."))
            NameAfterDot();
        AcceptAnyWord("precision", "varying");
        SkipParenthesis();
        if (IsWords("with", "time", "zone") || IsWords("without", "time", "zone"))
            _position += 3;
        while (Is("[") && (Peek(1).Is("]") || Peek(2).Is("]")))
            _position += Peek(1).Is("]") ? 2 : 3;
    }

    private void SkipParenthesis()
    {
        if (!Accept("("))
            return;
        while (!Accept(")"))
        {
            if (Current.Kind is not (TokenKind.Number or TokenKind.Word) && !Is(","))
                throw Unexpected("a type's length");
            _position++;
        }
    }
}
