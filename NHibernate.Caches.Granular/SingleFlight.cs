namespace NHibernate.Caches.Granular;

/// <summary>Who waits for whom when several look-ups miss one entry at a time.</summary>
public enum SingleFlight
{
    /// <summary>Nobody: each asks the database.</summary>
    Off = 0,

    /// <summary>In each process one asks the database, and the others wait for what it stores.</summary>
    Process = 1,

    /// <summary>Of all nodes one asks the database. Costs a round trip to Redis for each miss.</summary>
    Nodes = 2,
}
