namespace NHibernate.Caches.Granular.Analysis.Sql;

internal sealed partial class SqlParser
{
    private FromItem JoinedItem() => Nested(() => Joins(FromItem()));

    private FromItem Joins(FromItem left)
    {
        while (JoinTail(left) is { } join)
            left = Bounded(join);
        return left;
    }

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
        Expect("(");
        var content = Nested(ParenthesizedContent);
        if (content is Query query)
            return DerivedItem(query, isLateral);
        return content is Join && HasAlias() ? throw Unexpected("no alias of a join") : (FromItem)content;
    }

    /// <summary>
    /// Up to the closing parenthesis: a query or a joined item. Behind further parentheses, <c>((select …) union …)</c> and
    /// <c>((select …) t join …)</c> are told apart by what follows the inner one.
    /// </summary>
    private SqlNode ParenthesizedContent()
    {
        SqlNode content;
        if (StartsQuery())
            content = Query();
        else if (!Accept("("))
            content = JoinedItem();
        else
        {
            content = Nested(ParenthesizedContent) switch
            {
                Query inner when StartsQueryTail() || Is(")") => QueryTail([], new NestedQuery(inner)),
                Query inner => Joins(DerivedItem(inner, isLateral: false)),
                var inner => Joins((FromItem)inner),
            };
        }
        Expect(")");
        return content;
    }

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
