namespace NHibernate.Caches.Granular.Analysis.Sql;

internal sealed partial class SqlParser
{
    private Expression Primary()
    {
        switch (Current.Kind)
        {
            case TokenKind.Parameter:
                return TakeParameter();
            case TokenKind.Number:
                return new Literal(LiteralKind.Number, Take().Text);
            case TokenKind.String:
                return StringLiteral();
            case TokenKind.Punctuation when Accept("("):
                return ParenthesizedTail();
            case TokenKind.Word:
                return Keyword() ?? Named();
            default:
                throw Unexpected("a value");
        }
    }

    private Literal StringLiteral()
    {
        var token = Take();
        var isPlain = token.IsPlain;
        for (; Current.Kind == TokenKind.String; _position++)
            isPlain = false;
        return new Literal(isPlain ? LiteralKind.String : LiteralKind.Uncertain, token.Text);
    }

    /// <summary>Behind an opening parenthesis: a query, a row, or an expression.</summary>
    private Expression ParenthesizedTail()
    {
        if (StartsQuery())
        {
            var query = Query();
            Expect(")");
            return new Subquery(query);
        }
        var items = CommaList(Expression);
        if (items is [Subquery first] && StartsQueryTail())
        {
            // ((select …) union (select …))
            var query = QueryTail([], new NestedQuery(first.Query));
            Expect(")");
            return new Subquery(query);
        }
        Expect(")");
        return items.Length == 1 ? items[0] : new RowValue(items);
    }

    /// <summary>A value that begins with a key word; null when the word is a name.</summary>
    private Expression? Keyword()
    {
        if (Current.IsQuoted)
            return null;
        switch (Current.Text)
        {
            case "null":
                return new Literal(LiteralKind.Null, Take().Text);
            case "true" or "false":
                return new Literal(LiteralKind.Boolean, Take().Text);
            case "default":
                return new Literal(LiteralKind.Default, Take().Text);
            case "exists" when Peek(1).Is("("):
                _position++;
                return ParenthesizedSet() is Subquery subquery ? new Exists(subquery.Query) : throw Unexpected("a query");
            case "case":
                return Case();
            case "cast" or "try_cast" when Peek(1).Is("("):
                return Cast();
            case "array":
                return ArrayValue();
            case "row" when Peek(1).Is("("):
                _position++;
                return new RowValue(Arguments());
            case "extract" when Peek(1).Is("("):
                return Extract();
            case "position" when Peek(1).Is("("):
                return Position();
            case "substring" or "trim" or "overlay" when Peek(1).Is("("):
                return WordedCall();
            case "interval" when Peek(1).Kind is TokenKind.String or TokenKind.Number or TokenKind.Parameter:
                return Interval();
            case "date" or "time" or "timestamp" when Peek(1).Kind == TokenKind.String:
                _position++;
                return new Literal(LiteralKind.Uncertain, Take().Text);
            default:
                return SessionValue();
        }
    }

    private Call? SessionValue()
    {
        if (!Keywords.IsSessionValue(Current) || Peek(1).Is("."))
            return null;
        var name = Take().Text;
        if (Is("("))
            Arguments();
        return new Call([name], []) { IsSessionValue = true };
    }

    private Operation Case()
    {
        ExpectWord("case");
        var operands = ImmutableArray.CreateBuilder<Expression>();
        if (!IsWord("when"))
            operands.Add(Expression());
        while (AcceptWord("when"))
        {
            operands.Add(Expression());
            ExpectWord("then");
            operands.Add(Expression());
        }
        if (AcceptWord("else"))
            operands.Add(Expression());
        ExpectWord("end");
        return new Operation("case", operands.ToImmutable());
    }

    private Operation Cast()
    {
        _position++;
        Expect("(");
        var operand = Expression();
        ExpectWord("as");
        TypeName();
        Expect(")");
        return new Operation("cast", [operand]) { StrictOperands = 1 };
    }

    private Operation ArrayValue()
    {
        ExpectWord("array");
        if (Accept("("))
            return new Operation("array", [ParenthesizedTail()]);
        return new Operation("array", ArrayItems());
    }

    private ImmutableArray<Expression> ArrayItems()
    {
        Expect("[");
        if (Accept("]"))
            return [];
        var items = CommaList(() => Is("[") ? Nested(() => new Operation("array", ArrayItems())) : Expression());
        Expect("]");
        return items;
    }

    private Call Extract()
    {
        _position++;
        Expect("(");
        if (Take().Kind is not (TokenKind.Word or TokenKind.String))
            throw Unexpected("a field");
        ExpectWord("from");
        var operand = Expression();
        Expect(")");
        return new Call(["extract"], [operand]);
    }

    private Call Position()
    {
        _position++;
        Expect("(");
        var part = OperatorExpression();
        ExpectWord("in");
        var whole = Expression();
        Expect(")");
        return new Call(["position"], [part, whole]) { IsGrammar = true };
    }

    /// <summary><c>substring(a from 1 for 2)</c>, <c>trim(both 'x' from a)</c>, or the same with commas.</summary>
    private Call WordedCall()
    {
        var name = Take().Text;
        Expect("(");
        AcceptAnyWord("both", "leading", "trailing");
        AcceptWord("from");
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        do
            arguments.Add(Expression());
        while (Accept(",") || AcceptAnyWord("from", "for", "placing", "similar", "escape"));
        Expect(")");
        return new Call([name], arguments.ToImmutable()) { IsGrammar = true };
    }

    private Expression Interval()
    {
        ExpectWord("interval");
        var amount = Primary();
        // interval '1' day to second
        while (AcceptAnyWord("year", "month", "day", "hour", "minute", "second", "to"))
            SkipParenthesis();
        return amount is Literal ? new Literal(LiteralKind.Uncertain, "interval") : new Operation("interval", [amount]);
    }

    /// <summary>A column, a star, or a call.</summary>
    private Expression Named()
    {
        var path = ImmutableArray.CreateBuilder<string>();
        path.Add(Keywords.IsReserved(Current) && !(Current.Text is "left" or "right" && Peek(1).Is("(")) ? throw Unexpected("a value") : Take().Text);
        while (Is("."))
        {
            _position++;
            if (Accept("*"))
                return new ColumnReference([.. path, ColumnReference.Star]);
            path.Add(NameAfterDot());
        }
        if (Is("("))
            return CallTail(path.ToImmutable());
        var column = new ColumnReference(path.ToImmutable());
        // A type before a string in PostgreSQL, a column before its alias in MySQL.
        return Current.Kind == TokenKind.String ? new Operation("typed", [column, new Literal(LiteralKind.Uncertain, Take().Text)]) : column;
    }

    private Call CallTail(ImmutableArray<string> path)
    {
        var inside = ImmutableArray.CreateBuilder<Expression>();
        inside.AddRange(Arguments());
        var isWindow = false;
        if (IsWords("within", "group"))
        {
            _position += 2;
            Expect("(");
            inside.AddRange(OrderByClause());
            Expect(")");
        }
        if (IsWord("filter") && Peek(1).Is("("))
        {
            _position += 2;
            ExpectWord("where");
            inside.Add(Expression());
            Expect(")");
        }
        if (IsWord("over") && (Peek(1).Is("(") || Peek(1).Kind == TokenKind.Word))
        {
            _position++;
            isWindow = true;
            if (Is("("))
                inside.AddRange(WindowDefinition());
            else
                Name();
        }
        return new Call(path, inside.ToImmutable()) { IsWindow = isWindow, IsGrammar = path.Length == 1 && Keywords.IsGrammarCall(path[0]) };
    }

    private ImmutableArray<Expression> Arguments()
    {
        Expect("(");
        if (Accept(")"))
            return [];
        if (Is("*") && Peek(1).Is(")"))
        {
            _position += 2;
            return [];
        }
        if (StartsQuery())
            return [ParenthesizedTail()];
        AcceptAnyWord("distinct", "all", "variadic");
        var arguments = CommaList(Argument);
        if (IsWord("order"))
            arguments = [.. arguments, .. OrderByClause()];
        Expect(")");
        return arguments;
    }

    private Expression Argument()
    {
        AcceptWord("variadic");
        // A named argument: its name is no column.
        if (Current.Kind == TokenKind.Word && Peek(1) is { Kind: TokenKind.Operator, Text: "=>" or ":=" })
            _position += 2;
        return Expression();
    }

    /// <summary><c>(partition by a order by b rows between 1 preceding and current row)</c>.</summary>
    private ImmutableArray<Expression> WindowDefinition()
    {
        var inside = ImmutableArray.CreateBuilder<Expression>();
        Expect("(");
        if (Current.Kind == TokenKind.Word && !IsWord("partition") && !IsWord("order") && !IsWord("rows") && !IsWord("range") && !IsWord("groups"))
            Name();
        if (IsWords("partition", "by"))
        {
            _position += 2;
            inside.AddRange(CommaList(Expression));
        }
        if (IsWord("order"))
            inside.AddRange(OrderByClause());
        while (!Accept(")"))
        {
            if (!AcceptAnyWord("rows", "range", "groups", "between", "and", "unbounded", "preceding", "following", "current", "row",
                "exclude", "ties", "no", "others", "group"))
                inside.Add(OperatorExpression());
        }
        return inside.ToImmutable();
    }

    private ImmutableArray<Expression> OrderByClause()
    {
        ExpectWord("order");
        AcceptWord("siblings");
        ExpectWord("by");
        return CommaList(OrderItem);
    }

    private Expression OrderItem()
    {
        var item = Expression();
        AcceptAnyWord("asc", "desc");
        if (AcceptWord("using"))
            Take();
        if (AcceptWord("nulls") && !AcceptAnyWord("first", "last"))
            throw Unexpected("'first' or 'last'");
        return item;
    }
}
