using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// What the database's catalog says of its tables and functions. Two kinds: one read from the catalog, one that knows nothing
/// and is conservative about everything. Thread-safe: immutable.
/// </summary>
internal interface ISchema
{
    /// <summary>
    /// The table or view that a name in a statement means, or null when the catalog does not have it. Names are given as the
    /// database would fold them (PostgreSQL: lower case unless quoted).
    /// </summary>
    TableInfo? Find(string? schema, string name);

    /// <summary>What a call of this function does to a result. Unknown functions are <see cref="FunctionKind.Volatile"/>.</summary>
    /// <param name="schema">The schema the call names, or null.</param>
    /// <param name="name">The folded name.</param>
    FunctionKind Function(string? schema, string name);
}

internal enum FunctionKind
{
    /// <summary>Same arguments, same result.</summary>
    Immutable,

    /// <summary>Depends on time, chance or session (<c>now()</c>, <c>random()</c>, <c>current_user</c>): its results are never cached.</summary>
    Unstable,

    /// <summary>A function of the user's own that reads tables we do not see: its results are never cached.</summary>
    ReadsUnknown,

    /// <summary>A function of the user's own, or an unknown one, that may change data: calling it is a change of anything.</summary>
    Volatile,
}

/// <summary>A table as the catalog describes it. Thread-safe: immutable.</summary>
/// <param name="Id">The table, or the root of its partitions.</param>
/// <param name="Columns">By folded name. Empty when the catalog was not asked: then every column is taken to exist with <see cref="ValueForm.None"/>.</param>
/// <param name="PrimaryKey">In key order; empty when there is none.</param>
internal sealed record TableInfo(TableId Id, ImmutableDictionary<string, ColumnInfo> Columns, ImmutableArray<string> PrimaryKey)
{
    /// <summary>
    /// The tables a view reads, transitively; null for a table. A query on a view depends on any change of these, and DML on a view
    /// is a change of each of them as a whole.
    /// </summary>
    public ImmutableArray<TableId>? ViewOf { get; init; }

    /// <summary>Whether DML does more, or other, than it says (triggers, rules, row-level security): every change moves the table.</summary>
    public bool HasSideEffects { get; init; }

    /// <summary>
    /// Side effects reach other tables than this one (a trigger or rule of unknown content): every change moves the scope.
    /// </summary>
    public bool AffectsUnknownTables { get; init; }

    /// <summary>Tables that foreign-key actions change when a row of this one is deleted or its key updated, transitively.</summary>
    public ImmutableArray<TableId> Cascades { get; init; } = [];

    /// <summary>
    /// The columns whose update makes foreign keys act: those that keys with an ON UPDATE action refer to, which need not be the
    /// primary key. <see cref="ColumnSet.All"/> when they are not known.
    /// </summary>
    public ColumnSet CascadingColumns { get; init; } = ColumnSet.All;

    /// <summary>
    /// What is read from it can change without any statement that NHibernate sends, or belongs to one session: foreign tables,
    /// temporary ones, unlogged ones (a crash empties them), sequences, system catalogs, and views that read one of these or call a
    /// function that is not <see cref="FunctionKind.Immutable"/>. Results that read it are never cached.
    /// </summary>
    public bool IsExternal { get; init; }

    /// <summary>A view that calls a function which may change data: reading it is a change of anything.</summary>
    public bool ReadingMayModify { get; init; }

    /// <summary>
    /// Whether it is one of several tables that share an id without being their root: which rows it holds depends on columns that a
    /// query on it need not name (the partition key), so such a query depends on all of them.
    /// </summary>
    public bool IsPart { get; init; }

    /// <summary>Whether row-level security filters what a session sees of it.</summary>
    public bool HasRowSecurity { get; init; }

    /// <summary>The shape whose conjunctions are the row-key stamps; null without a primary key of comparable columns.</summary>
    public Shape? RowShape { get; init; }
}

/// <param name="Name">The folded name.</param>
/// <param name="Form">How its values compare.</param>
/// <param name="IsGenerated">Computed by the database from other columns: any update may change it.</param>
/// <param name="HasDefault">An insert that does not list it leaves it at a value we do not know; otherwise at NULL.</param>
internal sealed record ColumnInfo(string Name, ValueForm Form, bool IsGenerated = false, bool HasDefault = false);
