namespace NHibernate.Caches.Granular.Scopes;

/// <summary>Which database a session talks to, and as whom, by the database's own word (I10). Thread-safe: immutable.</summary>
/// <param name="Database">The same text for every connection to one database, however its host is spelled, and its standbys; what stamps are kept by.</param>
/// <param name="View">Role and search path: what decides what a statement means and shows; entries are kept apart by it.</param>
/// <param name="IsStandby">A replica, which may lag: its results are never put.</param>
internal sealed record DatabaseIdentity(string Database, string View, bool IsStandby)
{
    /// <summary>
    /// Whether <see cref="Database"/> names one database. False when the database may not say which one it is: then all such
    /// databases have the same name, which is safe for the stamps of one process, and a store that is shared needs
    /// <c>cache.granular.database_identity</c>.
    /// </summary>
    public bool IsCertain { get; init; } = true;

    /// <summary>
    /// What the database itself says it is, where <see cref="Database"/> is a name its user gave. Databases of one given name share their
    /// stamps, which is safe, and not their entries, which would not be.
    /// </summary>
    public string Origin { get; init; } = "";

    /// <summary>Whether its connections may lead to several servers, of which all but one lag: nothing is cached over them.</summary>
    public bool HasSeveralHosts { get; init; }

    /// <summary>
    /// The server's timeline, which a failover advances; null on a standby. Not part of the name, since nodes notice a failover at
    /// different times, but a change of it ends the life of the stamps.
    /// </summary>
    public string? Timeline { get; init; }
}
