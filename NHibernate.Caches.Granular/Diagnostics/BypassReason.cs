namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Why a query neither reads the cache nor puts its result there. The numbers are stable.</summary>
public enum BypassReason
{
    /// <summary>No bypass: the cache is used.</summary>
    None = 0,

    /// <summary><c>cache.granular.enabled</c> is false.</summary>
    Disabled = 1,

    /// <summary>This connection or ambient transaction has flushed, uncommitted changes the query depends on.</summary>
    OwnWrites = 2,

    /// <summary>The transaction is SERIALIZABLE, and <c>cache.granular.serializable</c> is not <c>read</c>.</summary>
    Serializable = 3,

    /// <summary>The transaction is READ UNCOMMITTED, CHAOS, or of a level that is not known.</summary>
    UnsafeIsolation = 4,

    /// <summary>The user supplied the connection and no NHibernate transaction is active: a transaction of his own may be.</summary>
    SuppliedConnection = 5,

    /// <summary>There is an ambient transaction that the session has not joined.</summary>
    AmbientNotJoined = 6,

    /// <summary>The query locks rows; a hit would lock nothing.</summary>
    LockMode = 7,

    /// <summary>A statement of unknown meaning ran in this session: its settings may no longer be what the cache assumes.</summary>
    SessionChanged = 8,

    /// <summary>The database's identity or catalog could not be read.</summary>
    ScopeUnknown = 9,

    /// <summary>The database is a standby, which may lag behind.</summary>
    Standby = 10,

    /// <summary>
    /// The transaction reads from a snapshot and has executed nothing yet: the database takes the snapshot with the first
    /// statement, and a hit before it could be older than what the transaction reads afterwards.
    /// </summary>
    SnapshotNotTaken = 11,

    /// <summary>The connection string names several hosts: some of them may be standbys, which may lag behind.</summary>
    SeveralHosts = 12,

    /// <summary>The query's options name operations, and it is none of them.</summary>
    OtherOperation = 13,

    /// <summary>The query reads what a profile forbids to be cached, and <c>query.throw_never_cached</c> is false.</summary>
    Forbidden = 14,
}
