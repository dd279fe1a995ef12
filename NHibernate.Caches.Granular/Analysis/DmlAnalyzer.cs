using NHibernate.Caches.Granular.Analysis.Predicates;
using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// Turns the text of an executed statement into what it may change (I4, I6). Never throws, whatever the text. A text of several
/// statements changes what each of them changes.
/// </summary>
internal sealed class DmlAnalyzer
{
    // More rows of one INSERT than this are not worth telling apart.
    private const int MaxRows = 500;

    private readonly AnalysisState _state;

    // What a statement reads is no finding about what it changes, unless reading may change something.
    private readonly AnalysisState _reads;
    private readonly ImmutableArray<RowTemplate>.Builder _rows = ImmutableArray.CreateBuilder<RowTemplate>();
    private bool _movesScope;
    private bool _changesSchema;
    private bool _changesSession;
    private bool _controlsTransaction;

    private DmlAnalyzer(ISchema schema, AnalysisLimits limits) => (_state, _reads) = (new AnalysisState(schema, limits), new AnalysisState(schema, limits));

    /// <param name="sql">The statement as it is sent to the database.</param>
    /// <param name="schema">What the catalog says.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="partOf">Tells <see cref="StatementPlan.PartlyLoaded"/> of a query, and is told whether its rows depend on nothing but tables; null: none is a mapped load.</param>
    public static StatementPlan Analyze(string sql, ISchema schema, AnalysisLimits limits, Func<ParsedText, bool, ImmutableArray<string>?>? partOf = null)
    {
        var parsed = SqlParser.Parse(sql);
        if (parsed.Error is not null || parsed.Statements.All(statement => statement is QueryStatement))
            return AnalyzeQuery(QueryAnalyzer.Analyze(sql, schema, limits, selectItemsCount: true), parsed, partOf);
        var analyzer = new DmlAnalyzer(schema, limits);
        foreach (var statement in parsed.Statements)
            analyzer.Analyze(statement);
        if (SetsConfiguration(parsed))
        {
            analyzer._changesSession = true;
            analyzer.MoveScope(CoarseReason.SessionChanged, "set_config");
        }
        return analyzer.ToPlan(parsed);
    }

    /// <summary>A query moves nothing, unless it may modify: then what it modifies is not known.</summary>
    private static StatementPlan AnalyzeQuery(QueryPlan plan, ParsedText parsed, Func<ParsedText, bool, ImmutableArray<string>?>? partOf)
    {
        var isOpen = plan.MayModify && parsed.Error is not null;
        var isData = parsed.Tokens is [{ Kind: TokenKind.Word, Text: "select" or "with" or "insert" or "update" or "delete" or "merge" }, ..]
            && !parsed.Tokens.Any(token => token.Is(";"));
        return new StatementPlan
        {
            IsQuery = !plan.MayModify && !SetsConfiguration(parsed),
            IsBatch = parsed.Tokens.SkipLast(1).Any(token => token.Is(";")),
            PartlyLoaded = plan.MayModify ? null : partOf?.Invoke(parsed, plan.NotCacheable is null),
            MovesScope = plan.MayModify || SetsConfiguration(parsed),
            // SELECT INTO makes a table; what was not parsed may do anything that its first word allows.
            ChangesSchema = isOpen ? !isData || parsed.Tokens.Any(token => token.IsWord("into")) : MakesTable(parsed),
            ChangesSession = (isOpen && !isData) || SetsConfiguration(parsed),
            ControlsTransaction = isOpen && !isData && parsed.Tokens.Any(token => token.Kind == TokenKind.Word && token.Text is ("begin" or "commit" or "rollback" or "prepare")),
            Findings = plan.MayModify ? plan.Findings : [],
            ParameterNames = parsed.Parameters,
        };
    }

    /// <summary>A function that does what SET does, in a query.</summary>
    private static bool SetsConfiguration(ParsedText parsed) => parsed.Tokens.Any(token => token.IsWord("set_config"));

    private static bool MakesTable(ParsedText parsed) =>
        parsed.Statements.SelectMany(statement => statement.DescendantsAndSelf()).Any(node => node is Select { IsInto: true });

    private StatementPlan ToPlan(ParsedText parsed)
    {
        return new StatementPlan
        {
            IsQuery = !_movesScope && !_changesSession && _rows.Count == 0,
            MovesScope = _movesScope,
            ChangesSchema = _changesSchema || MakesTable(parsed),
            ChangesSession = _changesSession,
            ControlsTransaction = _controlsTransaction,
            MayUndo = parsed.Statements.Any(statement => statement is Command { Verb: "rollback" }),
            Rows = _rows.ToImmutable(),
            Findings = _state.Findings,
            ParameterNames = parsed.Parameters,
        };
    }

    private void Analyze(Statement statement)
    {
        FunctionPass.Run(statement, _reads);
        switch (statement)
        {
            case QueryStatement query:
                QueryAnalyzer.Analyze(query.Query, _reads, selectItemsCount: true);
                break;
            case Insert insert:
                Analyze(insert);
                break;
            case Update update:
                Analyze(update);
                break;
            case Delete delete:
                Analyze(delete);
                break;
            case WholeTables tables:
                Analyze(tables);
                break;
            case Command command:
                Analyze(command);
                break;
            default:
                MoveScope(CoarseReason.UnknownStatement, statement.ToString()!);
                break;
        }
        if (_reads.MayModify)
            MoveScope(CoarseReason.VolatileFunction, string.Join("; ", _reads.Findings));
    }

    private void Analyze(Insert insert)
    {
        _ = new TargetFacts(insert.Target, insert.With, [], null, insert.Others, _reads, insert.Source);
        if (Target(insert.Target) is not { } table)
            return;
        if (insert.Conflict == ConflictClause.Update)
            AddWhole(table, CoarseReason.ConflictClause);
        else if (Rows(insert) is { } rows)
            _rows.AddRange(rows.Select(row => InsertedRow(table, insert.Columns, row) with { MayYield = insert.Conflict != ConflictClause.None }));
        else
        {
            _state.Note(CoarseReason.UnknownValues, table.Id.Name);
            _rows.Add(new RowTemplate(table, ChangeKind.Insert, [], [], ColumnSet.All));
        }
    }

    /// <summary>The rows of VALUES; null when they are not known one by one. DEFAULT VALUES is one row without columns.</summary>
    private static ImmutableArray<RowValue>? Rows(Insert insert)
    {
        if (insert.Source is null)
            return [new RowValue([])];
        return insert.Source is { Body: Sql.Values values, With.IsEmpty: true } && values.Rows.Length <= MaxRows
            && !insert.Columns.IsEmpty && values.Rows.All(row => row.Items.Length == insert.Columns.Length)
            ? values.Rows
            : null;
    }

    private static RowTemplate InsertedRow(TableInfo table, ImmutableArray<string> columns, RowValue row)
    {
        var written = columns.Zip(row.Items).Select(pair => Written(table, pair.First, pair.Second));
        // What is not listed is NULL, unless the database fills it in.
        var others = table.Columns.Values.Where(column => !column.HasDefault && !column.IsGenerated && !columns.Contains(column.Name))
            .Select(column => (ColumnOperand?)new ColumnOperand(column, new Operand.IsNull()));
        return new RowTemplate(table, ChangeKind.Insert, [], [.. written.Concat(others).OfType<ColumnOperand>()], ColumnSet.All);
    }

    /// <summary>A plain value written to a column; null for anything else, and where the database computes the column itself.</summary>
    private static ColumnOperand? Written(TableInfo table, string name, Expression value)
    {
        if (!table.Columns.TryGetValue(name, out var column) || column.IsGenerated)
            return null;
        var operand = value is Literal { Kind: LiteralKind.Null } ? new Operand.IsNull() : FormulaBuilder.OperandOf(value);
        return operand is null ? null : new ColumnOperand(column, operand);
    }

    private void Analyze(Update update)
    {
        var facts = new TargetFacts(update.Target, update.With, update.From, update.Where, [.. update.Assignments.Select(a => a.Value), .. update.Others], _reads);
        if (Target(facts.Target) is not { } table)
            return;
        var written = update.Assignments.Select(assignment => Written(table, assignment.Column, assignment.Value)).OfType<ColumnOperand>();
        // A catalog that does not tell columns may hide generated ones.
        var set = table.Columns.IsEmpty
            ? ColumnSet.All
            : ColumnSet.Of(update.Assignments.Select(assignment => assignment.Column)
                .Concat(table.Columns.Values.Where(column => column.IsGenerated).Select(column => column.Name)));
        if (facts.Compared() is { } compared)
            _rows.Add(new RowTemplate(table, ChangeKind.Update, compared, [.. written], set));
    }

    private void Analyze(Delete delete)
    {
        var facts = new TargetFacts(delete.Target, delete.With, delete.From, delete.Where, delete.Others, _reads);
        if (Target(facts.Target) is { } table && facts.Compared() is { } compared)
            _rows.Add(new RowTemplate(table, ChangeKind.Delete, compared, [], ColumnSet.All));
    }

    private void Analyze(WholeTables statement)
    {
        if (statement.ReachesOthers)
            MoveScope(CoarseReason.WholeTable, statement.Verb + " cascade");
        foreach (var target in statement.Targets)
        {
            if (Target(target) is { } table)
                AddWhole(table, CoarseReason.WholeTable);
        }
    }

    private void Analyze(Command command)
    {
        switch (command.Kind)
        {
            case CommandKind.Harmless:
                break;
            case CommandKind.Definition:
                _changesSchema = true;
                MoveScope(CoarseReason.DataDefinition, command.Verb);
                break;
            case CommandKind.Session:
                _changesSession = true;
                MoveScope(CoarseReason.SessionChanged, command.Verb);
                break;
            case CommandKind.Transaction:
                (_changesSession, _controlsTransaction) = (true, true);
                MoveScope(CoarseReason.TransactionControl, command.Verb);
                break;
            case CommandKind.Data:
                MoveScope(CoarseReason.UnknownStatement, command.Verb);
                break;
            default:
                // It may do what any of the others does.
                (_changesSchema, _changesSession) = (true, true);
                MoveScope(CoarseReason.UnknownStatement, command.Verb);
                break;
        }
    }

    /// <summary>The table whose rows change one by one; null when all that can be said of the target has been said.</summary>
    private TableInfo? Target(TableReference target)
    {
        if (_state.Schema.Find(target.Schema, target.Name) is not { } table)
        {
            MoveScope(CoarseReason.UnknownTarget, target.Name);
            return null;
        }
        if (table.AffectsUnknownTables)
        {
            MoveScope(CoarseReason.SideEffectsElsewhere, table.Id.Name);
            return null;
        }
        if (table.ViewOf is null && !table.HasSideEffects)
            return table;
        _state.Note(table.ViewOf is null ? CoarseReason.SideEffects : CoarseReason.View, table.Id.Name);
        foreach (var id in table.ViewOf ?? [table.Id])
            AddTable(_state.Schema.TableOf(id));
        _rows.Add(RowTemplate.WholeTable(table));
        return null;
    }

    private void AddWhole(TableInfo table, CoarseReason reason)
    {
        _state.Note(reason, table.Id.Name);
        AddTable(table);
    }

    private void AddTable(TableInfo table)
    {
        if (table.AffectsUnknownTables)
            MoveScope(CoarseReason.SideEffectsElsewhere, table.Id.Name);
        _rows.Add(RowTemplate.WholeTable(table));
    }

    private void MoveScope(CoarseReason reason, string detail)
    {
        _movesScope = true;
        _state.Note(reason, detail);
    }
}
