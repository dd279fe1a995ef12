using System.Data.Common;
using NHibernate.Connection;
using NHibernate.Event;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

/// <summary>
/// Lets something happen at one of the moments of a reader's work that a test can reach: where a session takes or returns its
/// connection (outside transactions that is between the cache's answer and the SELECT, and between the SELECT and the put) and
/// before each row it has read becomes an entity, which is before the entity, and the collections it belongs to, are put.
/// Belongs to one thread: sessions that the others use, and what happens at the moment itself, do not count.
/// </summary>
internal static class Interleaving
{
    [ThreadStatic]
    private static System.Action? s_what;

    [ThreadStatic]
    private static int s_remaining;

    /// <summary>Runs a reader's work, and something else at its moment of that number, counted from 1.</summary>
    /// <returns>Whether the work has that many moments.</returns>
    public static bool At(int moment, System.Action what, System.Action reader)
    {
        (s_what, s_remaining) = (what, moment);
        try
        {
            reader();
            return s_what is null;
        }
        finally
        {
            s_what = null;
        }
    }

    public static void Moment()
    {
        if (s_what is not { } what || --s_remaining > 0)
            return;
        s_what = null;
        what();
    }
}

/// <summary>Thread-safe: stateless.</summary>
public sealed class InterleavedConnections : DriverConnectionProvider
{
    public override DbConnection GetConnection(string connectionString)
    {
        Interleaving.Moment();
        return base.GetConnection(connectionString);
    }

    public override void CloseConnection(DbConnection conn)
    {
        base.CloseConnection(conn);
        Interleaving.Moment();
    }
}

/// <summary>Thread-safe: stateless.</summary>
public sealed class InterleavedLoads : IPreLoadEventListener
{
    public void OnPreLoad(PreLoadEvent @event) => Interleaving.Moment();

    public Task OnPreLoadAsync(PreLoadEvent @event, CancellationToken cancellationToken)
    {
        Interleaving.Moment();
        return Task.CompletedTask;
    }
}
