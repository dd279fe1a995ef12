namespace NHibernate.Caches.Granular.Analysis.Sql;

internal sealed partial class SqlParser
{
    private ImmutableArray<Statement> Statements()
    {
        var statements = ImmutableArray.CreateBuilder<Statement>();
        while (Current.Kind != TokenKind.End)
        {
            if (Accept(";"))
                continue;
            statements.Add(Bounded(Statement()));
            if (Current.Kind != TokenKind.End)
                Expect(";");
        }
        return statements.ToImmutable();
    }

    private Statement Statement()
    {
        if (Is("(") || StartsQuery() && !IsWord("with"))
            return new QueryStatement(Query());
        if (!IsWord("with"))
            return Modification([]) ?? Other();
        var with = WithClause();
        return Modification(with) ?? new QueryStatement(QueryTail(with, QueryArm()));
    }

    private Statement? Modification(ImmutableArray<CommonTable> with)
    {
        if (Current.IsQuoted)
            return null;
        switch (Current.Text)
        {
            case "insert" when Peek(1).IsWord("into"):
                _position += 2;
                return InsertTail(with);
            case "update" when !Peek(1).IsWord("statistics"):
                _position++;
                return UpdateTail(with);
            case "delete":
                _position++;
                return DeleteTail(with);
            case "merge":
                return MergeTail(with);
            default:
                return null;
        }
    }

    private Insert InsertTail(ImmutableArray<CommonTable> with)
    {
        var path = Path();
        var alias = AcceptWord("as") ? Name() : null;
        var target = new TableReference(SchemaOf(path), path[^1]) { Alias = alias };
        ImmutableArray<string> columns = Is("(") && !Peek(1).Is("(") && !IsQueryBehindParenthesis() ? Parenthesized(InsertColumn) : [];
        var others = ImmutableArray.CreateBuilder<Expression>();
        OutputClause(others, "output");
        _ = AcceptWords("overriding", "system", "value") || AcceptWords("overriding", "user", "value");
        var source = AcceptWords("default", "values") ? null : Query();
        var conflict = ConflictTail(others);
        OutputClause(others, "returning");
        return new Insert(target) { With = with, Columns = columns, Source = source, Conflict = conflict, Others = others.ToImmutable() };
    }

    private bool IsQueryBehindParenthesis() => Peek(1).IsWord("select") || Peek(1).IsWord("with") || Peek(1).IsWord("values");

    private string InsertColumn()
    {
        var path = Path();
        // A field or element of a column: the column as a whole is not what is written.
        if (Is("["))
            throw Unexpected("a whole column");
        return path[^1];
    }

    private ConflictClause ConflictTail(ImmutableArray<Expression>.Builder others)
    {
        if (AcceptWords("on", "duplicate", "key", "update"))
        {
            others.AddRange(CommaList(Assignment).Select(a => a.Value));
            return ConflictClause.Update;
        }
        if (!AcceptWords("on", "conflict"))
            return ConflictClause.None;
        if (AcceptWords("on", "constraint"))
            Name();
        else if (Is("("))
        {
            others.AddRange(Parenthesized(Expression));
            if (AcceptWord("where"))
                others.Add(Expression());
        }
        ExpectWord("do");
        if (AcceptWord("nothing"))
            return ConflictClause.DoNothing;
        ExpectWord("update");
        ExpectWord("set");
        others.AddRange(Assignments().Select(a => a.Value));
        if (AcceptWord("where"))
            others.Add(Expression());
        return ConflictClause.Update;
    }

    private Update UpdateTail(ImmutableArray<CommonTable> with)
    {
        AcceptWord("only");
        var target = TableItem(Path());
        ExpectWord("set");
        var assignments = Assignments();
        var others = ImmutableArray.CreateBuilder<Expression>();
        OutputClause(others, "output");
        ImmutableArray<FromItem> from = AcceptWord("from") ? CommaList(JoinedItem) : [];
        var where = AcceptWord("where") ? Expression() : null;
        OutputClause(others, "returning");
        return new Update(target, assignments) { With = with, From = from, Where = where, Others = others.ToImmutable() };
    }

    /// <summary><c>a = 1, (b, c) = (2, 3), (d, e) = (select …)</c>.</summary>
    private ImmutableArray<Assignment> Assignments() => [.. CommaList(AssignmentGroup).SelectMany(group => group)];

    private ImmutableArray<Assignment> AssignmentGroup()
    {
        if (!Is("("))
            return [Assignment()];
        var columns = Parenthesized(InsertColumn);
        Expect("=");
        var value = Expression();
        return value is RowValue row && row.Items.Length == columns.Length
            ? [.. columns.Zip(row.Items, (column, item) => new Assignment(column, item))]
            : [.. columns.Select(column => new Assignment(column, value is Parameter or Literal && columns.Length > 1 ? new Operation("row", [value]) : value))];
    }

    private Assignment Assignment()
    {
        var path = Path();
        var isPart = Is("[");
        if (isPart)
            Subscript(new ColumnReference(path));
        Expect("=");
        var value = Expression();
        return new Assignment(path[^1], isPart ? new Operation("part", [value]) : value);
    }

    private Delete DeleteTail(ImmutableArray<CommonTable> with)
    {
        AcceptWord("from");
        AcceptWord("only");
        var target = TableItem(Path());
        var others = ImmutableArray.CreateBuilder<Expression>();
        OutputClause(others, "output");
        ImmutableArray<FromItem> from = AcceptAnyWord("using", "from") ? CommaList(JoinedItem) : [];
        var where = AcceptWord("where") ? Expression() : null;
        OutputClause(others, "returning");
        return new Delete(target) { With = with, From = from, Where = where, Others = others.ToImmutable() };
    }

    private void OutputClause(ImmutableArray<Expression>.Builder others, string keyword)
    {
        if (!AcceptWord(keyword))
            return;
        others.AddRange(CommaList(SelectItem).Select(item => item.Expression));
        if (keyword == "output" && IsWord("into"))
            throw Unexpected("no second target");
    }

    /// <summary>MERGE is taken whole: its target, and the functions it calls.</summary>
    private WholeTables MergeTail(ImmutableArray<CommonTable> with)
    {
        ExpectWord("merge");
        AcceptWord("into");
        AcceptWord("only");
        var path = Path();
        var calls = SkipStatement();
        return new WholeTables("merge into", [new TableReference(SchemaOf(path), path[^1])]) { With = with, Others = calls };
    }

    /// <summary>Skips to the statement's end and returns whatever may be a call.</summary>
    private ImmutableArray<Expression> SkipStatement()
    {
        var calls = ImmutableArray.CreateBuilder<Expression>();
        var depth = 0;
        while (Current.Kind != TokenKind.End && !(depth <= 0 && (Is(";") || Is(")"))))
        {
            depth += Is("(") ? 1 : Is(")") ? -1 : 0;
            if (Current.Kind == TokenKind.Parameter)
                TakeParameter();
            else if (CallScan.At(_tokens, _position) is { } call)
            {
                calls.Add(call);
                _position++;
            }
            else
                _position++;
        }
        return calls.ToImmutable();
    }

    /// <summary>A statement that neither reads rows for its caller nor is plain DML; only its first words are looked at.</summary>
    private Statement Other()
    {
        var verb = Current.Kind == TokenKind.Word && !Current.IsQuoted ? Current.Text : throw Unexpected("a statement");
        if (verb == "truncate")
            return Truncate();
        var kind = KindOf(verb);
        SkipStatement();
        return new Command(kind, verb);
    }

    private WholeTables Truncate()
    {
        _position++;
        AcceptWord("table");
        AcceptWord("only");
        var targets = CommaList(() =>
        {
            var path = Path();
            Accept("*");
            return new TableReference(SchemaOf(path), path[^1]);
        });
        var cascades = false;
        while (Current.Kind == TokenKind.Word)
            cascades |= Take().Text == "cascade";
        return new WholeTables("truncate", targets) { ReachesOthers = cascades };
    }

    private CommandKind KindOf(string verb) => verb switch
    {
        "create" or "alter" or "drop" or "comment" or "grant" or "revoke" or "rename" or "reassign" or "security" or "import" => CommandKind.Definition,
        "show" or "listen" or "unlisten" or "notify" or "savepoint" or "release" or "lock" or "vacuum" or "checkpoint" or "close" or "analyze" or "reindex"
            => CommandKind.Harmless,
        "explain" when !AnalyzesItself() => CommandKind.Harmless,
        "rollback" when Peek(1).IsWord("to") || Peek(2).IsWord("to") => CommandKind.Harmless,
        "set" when IsHarmlessSetting() => CommandKind.Harmless,
        "set" or "reset" or "discard" or "use" or "pragma" => CommandKind.Session,
        "begin" or "start" or "commit" or "rollback" or "end" or "abort" or "prepare" when IsTransactionControl(verb) => CommandKind.Transaction,
        "copy" or "execute" or "replace" or "refresh" or "insert" or "update" or "explain" or "fetch" or "declare" or "deallocate" => CommandKind.Data,
        _ => CommandKind.Unknown,
    };

    /// <summary>EXPLAIN ANALYZE executes what it explains.</summary>
    private bool AnalyzesItself()
    {
        for (var i = _position + 1; i < _tokens.Length; i++)
        {
            if (_tokens[i].Text is "analyze" or "analyse")
                return true;
        }
        return false;
    }

    /// <summary>Settings that change how long a statement may take, not what it means.</summary>
    private bool IsHarmlessSetting()
    {
        var name = Peek(1).Text is "local" or "session" ? Peek(2).Text : Peek(1).Text;
        return name is "statement_timeout" or "lock_timeout" or "idle_in_transaction_session_timeout" or "application_name" or "work_mem"
            or "client_min_messages" or "constraints" or "synchronous_commit" or "jit" or "nocount";
    }

    private bool IsTransactionControl(string verb) => verb switch
    {
        "prepare" => Peek(1).IsWord("transaction"),
        "start" => Peek(1).IsWord("transaction"),
        _ => true,
    };
}
