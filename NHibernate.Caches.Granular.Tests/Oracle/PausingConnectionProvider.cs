using System.Data.Common;
using NHibernate.Connection;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Pauses where a session takes or returns its connection. Outside transactions that is between the cache's answer and the
/// SELECT, and between the SELECT and the put; at a transaction's end it is after the COMMIT and before anything is published.
/// Thread-safe.
/// </summary>
public sealed class PausingConnectionProvider : DriverConnectionProvider
{
    public override DbConnection GetConnection(string connectionString)
    {
        Pause.Sometimes();
        return base.GetConnection(connectionString);
    }

    public override async Task<DbConnection> GetConnectionAsync(string connectionString, CancellationToken cancellationToken)
    {
        Pause.Sometimes();
        return await base.GetConnectionAsync(connectionString, cancellationToken);
    }

    public override void CloseConnection(DbConnection conn)
    {
        base.CloseConnection(conn);
        Pause.Sometimes();
    }
}

/// <summary>Short random pauses, by the calling worker's own chance. Thread-safe.</summary>
internal static class Pause
{
    private static readonly AsyncLocal<Random?> s_random = new();

    /// <summary>Lets the calling worker, and what it awaits, pause by this chance.</summary>
    public static void Use(Random random) => s_random.Value = random;

    public static void Sometimes()
    {
        if (s_random.Value is not { } random)
            return;
        int chance, length;
        lock (random)
            (chance, length) = (random.Next(100), random.Next(1, 8));
        if (chance < 12)
            Thread.Sleep(length);
        else if (chance < 25)
            Thread.Yield();
    }
}
