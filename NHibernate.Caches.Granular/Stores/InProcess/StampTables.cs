using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The stamps of every database this process talks to, by what the database says it is: factories and tenants on one database
/// see each other's invalidations. They live as long as the process. Thread-safe.
/// </summary>
internal static class StampTables
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, StampTable> s_byDatabase = new(StringComparer.Ordinal);

    // What is announced for every database, those included that are met only later; each to the end of its lease.
    private static readonly Dictionary<Token, (Announcement Announcement, long At)> s_everywhere = [];

    /// <param name="database">The database's own identity.</param>
    /// <param name="options">Used if the database is met for the first time.</param>
    /// <param name="clock">Likewise.</param>
    public static StampTable Of(string database, InProcessStoreOptions options, TimeProvider clock)
    {
        lock (s_gate)
        {
            if (s_byDatabase.TryGetValue(database, out var known))
                return known;
            var stamps = new StampTable(options, clock);
            foreach (var (announcement, _) in s_everywhere.Values)
                stamps.Announce(announcement);
            s_byDatabase.Add(database, stamps);
            return stamps;
        }
    }

    /// <summary>Forgets everything cached in this process: something changed in a database that could not be identified.</summary>
    public static void MoveEverything()
    {
        lock (s_gate)
        {
            foreach (var stamps in s_byDatabase.Values)
                stamps.Move(StampKey.Scope);
        }
    }

    /// <summary>Locks everything cached in this process, for a change of a database that could not be identified.</summary>
    public static void AnnounceEverywhere(Token token, TimeSpan lease)
    {
        var announcement = new Announcement(token, [StampKey.Scope], [], [], [], null, lease);
        lock (s_gate)
        {
            ForgetEnded();
            s_everywhere[token] = (announcement, TimeProvider.System.GetTimestamp());
            foreach (var stamps in s_byDatabase.Values)
                stamps.Announce(announcement);
        }
    }

    /// <summary>Moves what <see cref="AnnounceEverywhere"/> locked, in every database.</summary>
    public static void PublishEverywhere(Publication publication)
    {
        lock (s_gate)
        {
            foreach (var stamps in s_byDatabase.Values)
                stamps.Publish(new Publication(publication.Token, publication.Proven, [StampKey.Scope], []) { Lease = publication.Lease });
            if (publication.Proven)
                s_everywhere.Remove(publication.Token);
            ForgetEnded();
        }
    }

    private static void ForgetEnded()
    {
        foreach (var (token, (announcement, at)) in s_everywhere)
        {
            if (TimeProvider.System.GetElapsedTime(at) > announcement.Lease)
                s_everywhere.Remove(token);
        }
    }
}
