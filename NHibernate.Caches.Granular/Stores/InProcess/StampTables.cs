using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The stamps of every database this process talks to, by what the database says it is: factories and tenants on one database
/// see each other's invalidations. They live as long as the process. Thread-safe.
/// </summary>
internal static class StampTables
{
    private static readonly ConcurrentDictionary<string, Lazy<StampTable>> s_byDatabase = new(StringComparer.Ordinal);

    /// <param name="database">The database's own identity.</param>
    /// <param name="options">Used if the database is met for the first time.</param>
    /// <param name="clock">Likewise.</param>
    public static StampTable Of(string database, InProcessStoreOptions options, TimeProvider clock) =>
        s_byDatabase.GetOrAdd(database, _ => new Lazy<StampTable>(() => new StampTable(options, clock))).Value;

    /// <summary>Forgets everything cached in this process: something changed in a database that could not be identified.</summary>
    public static void MoveEverything()
    {
        foreach (var stamps in s_byDatabase.Values)
            stamps.Value.Move(StampKey.Scope);
    }
}
