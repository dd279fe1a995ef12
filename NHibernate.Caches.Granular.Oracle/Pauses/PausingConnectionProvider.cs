using System.Data.Common;
using NHibernate.Connection;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle.Pauses;

/// <summary>
/// Pauses where a session takes or returns its connection. At a transaction's end that is after the COMMIT and before anything is
/// published; a connection can be lost there too. Thread-safe.
/// </summary>
public sealed class PausingConnectionProvider : DriverConnectionProvider
{
    public override DbConnection GetConnection(string connectionString)
    {
        Worker.MayPause();
        return base.GetConnection(connectionString);
    }

    public override async Task<DbConnection> GetConnectionAsync(string connectionString, CancellationToken cancellationToken)
    {
        Worker.MayPause();
        return await base.GetConnectionAsync(connectionString, cancellationToken);
    }

    public override void CloseConnection(DbConnection conn)
    {
        base.CloseConnection(conn);
        Worker.MayPause();
        if (Worker.Current is not { LosesConnection: true } worker)
            return;
        worker.LosesConnection = false;
        throw new NpgsqlException("The oracle lost this connection.");
    }
}
