namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>One statement of a text. Thread-safe: immutable.</summary>
internal abstract class Statement : SqlNode
{
    public ImmutableArray<CommonTable> With { get; init; } = [];
}

/// <summary>SELECT, VALUES or TABLE. Thread-safe: immutable.</summary>
internal sealed class QueryStatement(Query query) : Statement
{
    public Query Query { get; } = query;

    public override IEnumerable<SqlNode> Children => [Query];

    public override string ToString() => Query.ToString();
}

internal enum ConflictClause
{
    None,

    /// <summary>ON CONFLICT DO NOTHING: the row is inserted, or nothing happens.</summary>
    DoNothing,

    /// <summary>ON CONFLICT DO UPDATE, ON DUPLICATE KEY: another row may change.</summary>
    Update,
}

/// <summary><c>insert into post (id, title) values (?, ?)</c>. Thread-safe: immutable.</summary>
internal sealed class Insert(TableReference target) : Statement
{
    public TableReference Target { get; } = target;

    /// <summary>Empty when the statement lists none.</summary>
    public ImmutableArray<string> Columns { get; init; } = [];

    /// <summary>The rows to insert; null for DEFAULT VALUES.</summary>
    public Query? Source { get; init; }

    public ConflictClause Conflict { get; init; }

    /// <summary>RETURNING, OUTPUT, and whatever ON CONFLICT holds.</summary>
    public ImmutableArray<Expression> Others { get; init; } = [];

    public override IEnumerable<SqlNode> Children => Source is null ? [.. With, Target, .. Others] : [.. With, Target, Source, .. Others];

    public override string ToString() =>
        $"insert into {Target}{(Columns.IsEmpty ? "" : $" ({List(Columns)})")} {Source?.ToString() ?? "default values"}"
        + (Conflict == ConflictClause.None ? "" : " on conflict");
}

/// <summary>One <c>column = value</c> of SET. Thread-safe: immutable.</summary>
internal sealed class Assignment(string column, Expression value) : SqlNode
{
    public string Column { get; } = column;

    public Expression Value { get; } = value;

    public override IEnumerable<SqlNode> Children => [Value];

    public override string ToString() => $"{Column} = {Value}";
}

/// <summary><c>update post set title = ? where id = ?</c>. Thread-safe: immutable.</summary>
internal sealed class Update(TableReference target, ImmutableArray<Assignment> assignments) : Statement
{
    public TableReference Target { get; } = target;

    public ImmutableArray<Assignment> Assignments { get; } = assignments;

    public ImmutableArray<FromItem> From { get; init; } = [];

    public Expression? Where { get; init; }

    /// <summary>RETURNING and OUTPUT.</summary>
    public ImmutableArray<Expression> Others { get; init; } = [];

    public override IEnumerable<SqlNode> Children => [.. With, Target, .. Assignments, .. From, .. Where is null ? ImmutableArray<SqlNode>.Empty : [Where], .. Others];

    public override string ToString() =>
        $"update {Target} set {List(Assignments)}{(From.IsEmpty ? "" : $" from {List(From)}")}{(Where is null ? "" : $" where {Where}")}";
}

/// <summary><c>delete from post where id = ?</c>. Thread-safe: immutable.</summary>
internal sealed class Delete(TableReference target) : Statement
{
    public TableReference Target { get; } = target;

    /// <summary>The entries of USING, or of a second FROM.</summary>
    public ImmutableArray<FromItem> From { get; init; } = [];

    public Expression? Where { get; init; }

    /// <summary>RETURNING and OUTPUT.</summary>
    public ImmutableArray<Expression> Others { get; init; } = [];

    public override IEnumerable<SqlNode> Children => [.. With, Target, .. From, .. Where is null ? ImmutableArray<SqlNode>.Empty : [Where], .. Others];

    public override string ToString() =>
        $"delete from {Target}{(From.IsEmpty ? "" : $" using {List(From)}")}{(Where is null ? "" : $" where {Where}")}";
}

/// <summary><c>truncate post, comment</c>, and MERGE with its one target: any row of the tables may change. Thread-safe: immutable.</summary>
internal sealed class WholeTables(string verb, ImmutableArray<TableReference> targets) : Statement
{
    public string Verb { get; } = verb;

    public ImmutableArray<TableReference> Targets { get; } = targets;

    /// <summary>TRUNCATE CASCADE: tables that are not named are emptied too.</summary>
    public bool ReachesOthers { get; init; }

    /// <summary>The functions a MERGE calls.</summary>
    public ImmutableArray<Expression> Others { get; init; } = [];

    public override IEnumerable<SqlNode> Children => [.. With, .. Targets, .. Others];

    public override string ToString() => $"{Verb} {List(Targets)}{(ReachesOthers ? " cascade" : "")}";
}

internal enum CommandKind
{
    /// <summary>Reads, locks or notifies: no data change.</summary>
    Harmless,

    /// <summary>CREATE, ALTER, DROP and their like.</summary>
    Definition,

    /// <summary>SET and its like: the session is not what it was.</summary>
    Session,

    /// <summary>BEGIN, COMMIT and their like, behind the back of whoever tracks transactions.</summary>
    Transaction,

    /// <summary>Changes data that it does not name, or not plainly: COPY, EXECUTE, REPLACE, REFRESH.</summary>
    Data,

    /// <summary>May do anything: CALL, DO, and all that is not known.</summary>
    Unknown,
}

/// <summary>A statement of which only the first words matter. Thread-safe: immutable.</summary>
internal sealed class Command(CommandKind kind, string verb) : Statement
{
    public CommandKind Kind { get; } = kind;

    public string Verb { get; } = verb;

    public override IEnumerable<SqlNode> Children => [];

    public override string ToString() => $"{Verb} … ({Kind})";
}
