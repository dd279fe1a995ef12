namespace NHibernate.Caches.Granular.Analysis.Sql;

internal sealed partial class SqlParser
{
    /// <summary>Whether a query begins here, parentheses aside.</summary>
    private bool StartsQuery() => IsWord("select") || IsWord("with") || (IsWord("values") && Peek(1).Is("(")) || (IsWord("table") && Peek(1).Kind == TokenKind.Word);

    /// <summary>Whether what stands before, being a query in parentheses, is part of a larger one.</summary>
    private bool StartsQueryTail() =>
        IsSetOperator() || IsWord("order") || IsWord("limit") || IsWord("offset") || IsWord("fetch") || (IsWord("for") && Peek(1).Kind == TokenKind.Word);

    private bool IsSetOperator() => IsWord("union") || IsWord("except") || IsWord("intersect") || IsWord("minus");

    private Query Query() => Nested(() =>
    {
        var with = WithClause();
        return QueryTail(with, QueryArm());
    });

    private ImmutableArray<CommonTable> WithClause()
    {
        if (!AcceptWord("with"))
            return [];
        var isRecursive = AcceptWord("recursive");
        return CommaList(() => CommonTable(isRecursive));
    }

    private CommonTable CommonTable(bool isRecursive)
    {
        var name = Name();
        ImmutableArray<string> columns = Is("(") ? Parenthesized(Name) : [];
        ExpectWord("as");
        if (AcceptWord("not"))
            ExpectWord("materialized");
        else
            AcceptWord("materialized");
        Expect("(");
        var statement = Nested(Statement);
        Expect(")");
        return new CommonTable(name, columns, statement) { IsRecursive = isRecursive };
    }

    private QueryBody QueryArm()
    {
        if (Accept("("))
        {
            var query = Query();
            Expect(")");
            return new NestedQuery(query);
        }
        if (AcceptWord("values"))
            return new Values(CommaList(() => new RowValue(Parenthesized(Expression))));
        if (AcceptWord("table"))
        {
            var path = Path();
            return new Select
            {
                Items = [new SelectItem(new ColumnReference([ColumnReference.Star]), null)],
                From = [new TableReference(SchemaOf(path), path[^1])],
            };
        }
        return SelectArm();
    }

    /// <summary>What follows the first arm: set operations, ORDER BY, and the rest.</summary>
    private Query QueryTail(ImmutableArray<CommonTable> with, QueryBody first)
    {
        var body = SetOperations(first);
        var orderBy = IsWord("order") ? OrderByClause() : [];
        var limits = ImmutableArray.CreateBuilder<Expression>();
        var isLimited = false;
        var locksRows = false;
        while (true)
        {
            if (LimitClause(limits))
                isLimited = true;
            else if (IsWord("for"))
                locksRows |= ForClause();
            else
                break;
        }
        return new Query
        {
            With = with,
            Body = body,
            OrderBy = orderBy,
            IsLimited = isLimited,
            Limits = limits.ToImmutable(),
            LocksRows = locksRows,
        };
    }

    private QueryBody SetOperations(QueryBody first)
    {
        if (!IsSetOperator())
            return first;
        var arms = ImmutableArray.CreateBuilder<QueryBody>();
        var operators = ImmutableArray.CreateBuilder<string>();
        arms.Add(first);
        while (IsSetOperator())
        {
            var name = Take().Text;
            operators.Add(AcceptWord("all") ? name + " all" : name);
            AcceptWord("distinct");
            arms.Add(QueryArm());
        }
        return new SetOperation(arms.ToImmutable(), operators.ToImmutable());
    }

    private bool LimitClause(ImmutableArray<Expression>.Builder limits)
    {
        if (AcceptWord("limit"))
        {
            if (!AcceptWord("all"))
                limits.AddRange(CommaList(Expression));
        }
        else if (AcceptWord("offset"))
        {
            limits.Add(OperatorExpression());
            AcceptAnyWord("row", "rows");
        }
        else if (AcceptWord("fetch"))
        {
            if (!AcceptAnyWord("first", "next"))
                throw Unexpected("'first' or 'next'");
            if (!IsWord("row") && !IsWord("rows"))
                limits.Add(OperatorExpression());
            if (!AcceptAnyWord("row", "rows"))
                throw Unexpected("'rows'");
            if (!AcceptWord("only"))
                WithTies();
        }
        else
            return false;
        return true;
    }

    private void WithTies()
    {
        ExpectWord("with");
        ExpectWord("ties");
    }

    /// <summary>False for FOR READ ONLY, which locks nothing.</summary>
    private bool ForClause()
    {
        ExpectWord("for");
        if (IsWords("read", "only"))
        {
            _position += 2;
            return false;
        }
        if (!AcceptAnyWord("update", "share") && !AcceptWords("no", "key", "update") && !AcceptWords("key", "share"))
            throw Unexpected("a lock mode");
        if (AcceptWord("of"))
            CommaList(Path);
        _ = AcceptWord("nowait") || AcceptWords("skip", "locked");
        return true;
    }

    private bool AcceptWords(params ReadOnlySpan<string> words)
    {
        if (!IsWords(words))
            return false;
        _position += words.Length;
        return true;
    }

    private Select SelectArm()
    {
        ExpectWord("select");
        var isDistinct = AcceptWord("distinct");
        ImmutableArray<Expression> distinctOn = isDistinct && AcceptWord("on") ? Parenthesized(Expression) : [];
        AcceptWord("all");
        var top = TopClause();
        ImmutableArray<SelectItem> items = IsWord("from") ? [] : CommaList(SelectItem);
        var isInto = AcceptWord("into");
        if (isInto)
        {
            AcceptAnyWord("temp", "temporary", "unlogged");
            AcceptWord("table");
            Path();
        }
        return new Select
        {
            IsDistinct = isDistinct,
            // The expression of TOP is no filter; it is kept where only its columns and calls matter.
            DistinctOn = [.. distinctOn, .. top ?? []],
            IsLimited = top is not null || !distinctOn.IsEmpty,
            Items = items,
            IsInto = isInto,
            From = AcceptWord("from") ? CommaList(JoinedItem) : [],
            Where = AcceptWord("where") ? Expression() : null,
            GroupBy = GroupByClause(),
            Having = AcceptWord("having") ? Expression() : null,
            Windows = WindowClause(),
        };
    }

    /// <summary>MSSQL's TOP; null when there is none, for "top" may be a column.</summary>
    private ImmutableArray<Expression>? TopClause()
    {
        if (!IsWord("top") || !(Peek(1).Kind is TokenKind.Number or TokenKind.Parameter || Peek(1).Is("(")))
            return null;
        _position++;
        var rows = Primary();
        AcceptWord("percent");
        if (IsWords("with", "ties"))
            WithTies();
        return [rows];
    }

    private SelectItem SelectItem()
    {
        if (Is("*"))
        {
            _position++;
            return new SelectItem(new ColumnReference([ColumnReference.Star]), null);
        }
        var expression = Expression();
        if (AcceptWord("as"))
            return new SelectItem(expression, NameAfterDot());
        return new SelectItem(expression, Current.Kind == TokenKind.Word && !Keywords.IsReserved(Current) ? Take().Text : null);
    }

    private ImmutableArray<Expression> GroupByClause()
    {
        if (!AcceptWord("group"))
            return [];
        ExpectWord("by");
        AcceptAnyWord("all", "distinct");
        return CommaList(GroupByItem);
    }

    private Expression GroupByItem()
    {
        if (Is("(") && Peek(1).Is(")"))
        {
            _position += 2;
            return new RowValue([]);
        }
        if (!AcceptWords("grouping", "sets"))
            return Expression();
        return Nested(() => new Call(["grouping sets"], Parenthesized(GroupByItem)) { IsGrammar = true });
    }

    private ImmutableArray<Expression> WindowClause()
    {
        if (!AcceptWord("window"))
            return [];
        return [.. CommaList(() =>
        {
            Name();
            ExpectWord("as");
            return WindowDefinition();
        }).SelectMany(window => window)];
    }
}
