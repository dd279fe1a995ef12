namespace NHibernate.Caches.Granular.Analysis.Sql;

internal sealed partial class SqlParser
{
    private FromItem JoinedItem() => Nested(() =>
    {
        var left = FromItem();
        while (JoinTail(left) is { } join)
            left = Bounded(join);
        return left;
    });

    private Join? JoinTail(FromItem left)
    {
        var isNatural = AcceptWord("natural");
        if (AcceptWords("cross", "join"))
            return new Join(JoinKind.Inner, left, FromItem());
        if (AcceptWords("cross", "apply"))
            return new Join(JoinKind.Inner, left, Lateral(FromItem()));
        if (AcceptWords("outer", "apply"))
            return new Join(JoinKind.Left, left, Lateral(FromItem()));
        JoinKind kind;
        if (IsWord("join") || (IsWord("inner") && Peek(1).IsWord("join")))
            (kind, _) = (JoinKind.Inner, AcceptWord("inner"));
        else if (AcceptWord("left"))
            (kind, _) = (JoinKind.Left, AcceptWord("outer"));
        else if (AcceptWord("right"))
            (kind, _) = (JoinKind.Right, AcceptWord("outer"));
        else if (AcceptWord("full"))
            (kind, _) = (JoinKind.Full, AcceptWord("outer"));
        else if (isNatural)
            throw Unexpected("a join");
        else
            return null;
        ExpectWord("join");
        return JoinCondition(kind, left, isNatural);
    }

    private Join JoinCondition(JoinKind kind, FromItem left, bool isNatural)
    {
        // "a join b join c on … on …": the inner join's condition comes first.
        var right = FromItem();
        while (!isNatural && !IsWord("on") && !IsWord("using") && Nested(() => JoinTail(right)) is { } nested)
            right = Bounded(nested);
        if (isNatural)
            return new Join(kind, left, right) { IsNatural = true };
        if (AcceptWord("on"))
            return new Join(kind, left, right) { On = Expression() };
        if (AcceptWord("using"))
            return new Join(kind, left, right) { Using = Parenthesized(Name) };
        // MySQL: an inner join without a condition.
        return kind == JoinKind.Inner ? new Join(kind, left, right) : throw Unexpected("'on'");
    }

    private static FromItem Lateral(FromItem item) =>
        item is DerivedTable derived ? new DerivedTable(derived.Query, true) { Alias = derived.Alias, ColumnAliases = derived.ColumnAliases } : item;

    private FromItem FromItem()
    {
        var isLateral = AcceptWord("lateral");
        if (Is("("))
            return ParenthesizedItem(isLateral);
        if (AcceptWords("rows", "from"))
        {
            var calls = Parenthesized(FunctionCall);
            return FunctionItem(calls);
        }
        var isOnly = IsWord("only") && Peek(1) is { Kind: TokenKind.Word } or { Text: "(" } && AcceptWord("only");
        if (isOnly && Accept("("))
        {
            var only = Path();
            Expect(")");
            return TableItem(only);
        }
        var path = FunctionOrTablePath();
        return Is("(") ? FunctionItem([CallTail(path)]) : TableItem(path);
    }

    private ImmutableArray<string> FunctionOrTablePath() => Current.IsWord("left") || Current.IsWord("right") ? throw Unexpected("a table") : Path();

    private Call FunctionCall() => CallTail(Path());

    private FromItem ParenthesizedItem(bool isLateral)
    {
        // Two parentheses may open a query within a query, or a join within a join: look for what stands behind all of them.
        var behind = 0;
        while (Peek(behind).Is("("))
            behind++;
        var isQuery = Peek(behind).IsWord("select") || Peek(behind).IsWord("with") || Peek(behind).IsWord("values") || Peek(behind).IsWord("table");
        Expect("(");
        if (!isQuery)
        {
            var item = JoinedItem();
            Expect(")");
            if (item is Join join && HasAlias())
                throw Unexpected("no alias of a join");
            return item;
        }
        if (behind > 1)
            return NestedItem(isLateral);
        var query = Query();
        Expect(")");
        return DerivedItem(query, isLateral);
    }

    /// <summary><c>((select …) union (select …)) t</c> or <c>((select …) t join u on …)</c>: told apart by what follows the inner one.</summary>
    private FromItem NestedItem(bool isLateral) => Nested(() =>
    {
        Expect("(");
        Query query;
        if (Is("("))
        {
            _position--;
            query = Query();
        }
        else
        {
            query = Query();
            Expect(")");
        }
        if (StartsQueryTail() || Is(")"))
        {
            var whole = QueryTail([], new NestedQuery(query));
            Expect(")");
            return DerivedItem(whole, isLateral);
        }
        FromItem item = DerivedItem(query, isLateral);
        while (JoinTail(item) is { } join)
            item = Bounded(join);
        Expect(")");
        return item;
    });

    private DerivedTable DerivedItem(Query query, bool isLateral)
    {
        var (alias, columns) = AliasClause();
        return new DerivedTable(query, isLateral) { Alias = alias, ColumnAliases = columns };
    }

    private FunctionTable FunctionItem(ImmutableArray<Call> calls)
    {
        AcceptWords("with", "ordinality");
        var (alias, columns) = AliasClause();
        return new FunctionTable([.. calls]) { Alias = alias ?? calls[0].Name, ColumnAliases = columns };
    }

    private TableReference TableItem(ImmutableArray<string> path)
    {
        if (Is("*"))
            _position++;
        var (alias, columns) = AliasClause();
        var isSampled = AcceptWord("tablesample");
        if (isSampled)
        {
            FunctionCall();
            if (AcceptWord("repeatable"))
                Parenthesized(Expression);
        }
        var hasHints = IsWord("with") && Peek(1).Is("(") && AcceptWord("with");
        if (hasHints)
            Parenthesized(Hint);
        if (hasHints && alias is null)
            (alias, columns) = AliasClause();
        return new TableReference(SchemaOf(path), path[^1])
        {
            Alias = alias,
            ColumnAliases = columns,
            IsSampled = isSampled,
            HasHints = hasHints,
        };
    }

    private string Hint() => Current.Kind == TokenKind.Word ? Take().Text : throw Unexpected("a hint");

    private static string? SchemaOf(ImmutableArray<string> path) => path.Length == 1 ? null : string.Join('.', path[..^1]);

    private bool HasAlias() => IsWord("as") || (Current.Kind == TokenKind.Word && !Keywords.IsReserved(Current));

    /// <summary><c>[as] alias [(a, b)]</c>, or with types, as functions take them.</summary>
    private (string? Alias, ImmutableArray<string> Columns) AliasClause()
    {
        if (!HasAlias())
            return (null, []);
        AcceptWord("as");
        var alias = Is("(") ? null : Name();
        if (!Is("("))
            return (alias, []);
        return (alias, Parenthesized(() =>
        {
            var column = Name();
            if (Current.Kind == TokenKind.Word)
                TypeName();
            return column;
        }));
    }
}
