namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Why a query or a change is handled more coarsely than its text could allow. The numbers are stable.</summary>
public enum CoarseReason
{
    /// <summary>The statement could not be parsed.</summary>
    NotParsed = 1,

    /// <summary>The text is no query, or not only queries: its results are not cached.</summary>
    NotAQuery = 2,

    /// <summary>A table the catalog does not have: it may be temporary, or new. Results are not cached, and depend on everything.</summary>
    UnknownTable = 3,

    /// <summary>A name that is no column of the tables in sight: it may be a function of the row. Results are not cached.</summary>
    UnknownColumn = 4,

    /// <summary>The result depends on time, chance or session: it is not cached.</summary>
    UnstableFunction = 5,

    /// <summary>A function that reads tables we do not see: the result is not cached.</summary>
    ReadsUnknownTables = 6,

    /// <summary>A function that may change data: calling it may change anything.</summary>
    VolatileFunction = 7,

    /// <summary>A string such as <c>'now'</c>, which means the moment of execution where it is read as a date: the result is not cached.</summary>
    UnstableLiteral = 8,

    /// <summary>The query locks rows, or asks for another isolation by hints: it must reach the database.</summary>
    LocksRows = 9,

    /// <summary>TABLESAMPLE: which rows are read is chance.</summary>
    Sampled = 10,

    /// <summary>A query that changes data: WITH that modifies, SELECT INTO.</summary>
    ModifiesData = 11,

    /// <summary>
    /// A table that changes without statements that could be seen, or belongs to one session (foreign, temporary, unlogged, system
    /// catalog): the result is not cached.
    /// </summary>
    ExternalTable = 12,

    /// <summary>A view: the result depends on every change of the tables it reads.</summary>
    View = 13,

    /// <summary>More conjunctions than <c>max_conjunctions</c>: only the columns common to all of them are compared.</summary>
    TooManyConjunctions = 14,

    /// <summary>An IN list, or a product of several, longer than <c>max_in_values</c>: its column is not compared.</summary>
    TooManyValues = 16,

    /// <summary>The analysis took more steps than it may: tables are depended on without comparing values.</summary>
    TooMuchWork = 15,

    /// <summary>The table has triggers, rules or row-level security: every change moves it as a whole.</summary>
    SideEffects = 30,

    /// <summary>Side effects of the table reach tables that are not known: every change moves the scope.</summary>
    SideEffectsElsewhere = 31,

    /// <summary>The target is a view, or a table the catalog does not have: its change moves the scope.</summary>
    UnknownTarget = 32,

    /// <summary>INSERT that updates on conflict: which row changes is not known.</summary>
    ConflictClause = 33,

    /// <summary>INSERT from a query, without a column list, or of very many rows: the values are not known.</summary>
    UnknownValues = 34,

    /// <summary>TRUNCATE or MERGE: any row may have changed.</summary>
    WholeTable = 35,

    /// <summary>Data definition: the scope moves, and the catalog is read again.</summary>
    DataDefinition = 36,

    /// <summary>The session was changed (search path, role, settings): what later statements mean is not known.</summary>
    SessionChanged = 37,

    /// <summary>A transaction was begun or ended by a statement, behind NHibernate's back.</summary>
    TransactionControl = 38,

    /// <summary>A statement that may do anything: CALL, DO, COPY and all that is not known.</summary>
    UnknownStatement = 39,

    /// <summary>A condition given to <c>InvalidateWhere</c> that does not compare columns with values: all rows of the type may have changed.</summary>
    UnknownCondition = 40,

    /// <summary>
    /// Redis holds a kind of query on a changed table that cannot be read: another release has registered it, or it is damaged. All tables of the
    /// transaction move as a whole. It ends when that release is gone, or the cache on Redis was emptied.
    /// </summary>
    UnreadableShape = 41,
}
