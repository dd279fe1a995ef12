namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Why a result that was read from the database was not stored. The numbers are stable.</summary>
public enum RejectedPutReason
{
    /// <summary>Not rejected.</summary>
    None = 0,

    /// <summary>No sequence from before the SELECT is known.</summary>
    NoSequence = 1,

    /// <summary>The result depends on more than tables: time, chance, session, unknown functions, foreign data.</summary>
    NotCacheable = 2,

    /// <summary>The result has more rows than <c>cache.granular.max_rows</c>.</summary>
    TooManyRows = 3,

    /// <summary>NHibernate did not tell which SQL it executed (obsolete multi-queries).</summary>
    UnknownSql = 4,

    /// <summary>An interceptor rewrote the SQL.</summary>
    RewrittenSql = 5,

    /// <summary>A table has row-level security and the session no tenant.</summary>
    RowSecurity = 6,

    /// <summary>An open session of this process has uncommitted changes to the row, or to unknown rows of its table.</summary>
    UncommittedChanges = 7,

    /// <summary>NHibernate offers the state it has just written; what the database made of it is not known.</summary>
    WrittenState = 8,

    /// <summary>A newer entry is there already.</summary>
    NewerEntry = 9,

    /// <summary>The session may not use the cache; see the bypass counter.</summary>
    Bypassed = 10,

    /// <summary>
    /// The entity has lazy properties that its mapping caches too: NHibernate offers its state in memory when one of them is fetched. With
    /// <c>include="non-lazy"</c> in its cache element it is cached without them.
    /// </summary>
    LazyProperties = 11,

    /// <summary>
    /// The entity came from SQL of the user's own, which may show other values than those of its row, or passed an interceptor of its session's own;
    /// or the session of a cached function held such an entity, or one that was attached, written or read-only.
    /// </summary>
    UnprovenState = 12,

    /// <summary>The server that executed the SELECT is a standby, which may lag behind.</summary>
    Standby = 13,

    /// <summary>
    /// An open session has loaded collections of this role in part, or by SQL of the user's own; the put is
    /// its, or may be.
    /// </summary>
    Withheld = 14,

    /// <summary>
    /// The result, or its key, holds a value of a type that no other process would know. Register the type
    /// (<c>options.Payloads.Register</c>), or let its user type disassemble to a type that is carried.
    /// </summary>
    NotSerializable = 15,

    /// <summary>The result has more bytes than <c>cache.granular.max_bytes</c>.</summary>
    TooLarge = 16,

    /// <summary>Redis is out of reach.</summary>
    Unavailable = 17,

    /// <summary><c>GranularCache.IsReadOnly</c> is set.</summary>
    ReadOnly = 18,

    /// <summary>
    /// The result is to hold the state of its entities (<c>cache.granular.layout</c>), and the session had some of them before, so that
    /// their state is not what the SELECT read; no region has them either. Ask for it first, or in a session of its own.
    /// </summary>
    NotHydrated = 19,
}
