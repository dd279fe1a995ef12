using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Oracle.Pauses;

/// <summary>
/// Batchers as NHibernate makes them for Npgsql, which also pause before a SELECT, where the cache has answered, and after it,
/// where nothing is put yet; and which count the worker's SELECTs, so that a reading that needed none is known to be a hit.
/// Thread-safe: stateless.
/// </summary>
public sealed class PausingBatcherFactory : IBatcherFactory
{
    public IBatcher CreateBatcher(ConnectionManager connectionManager, IInterceptor interceptor) =>
        connectionManager.Factory.Settings.AdoBatchSize > 0 ? new Batching(connectionManager, interceptor) : new NonBatching(connectionManager, interceptor);

    private static void Before() => Worker.MayPause();

    private static void After()
    {
        if (Worker.Current is not { } worker)
            return;
        worker.Selects++;
        Worker.MayPause();
    }

    private sealed class NonBatching(ConnectionManager connectionManager, IInterceptor interceptor) : NonBatchingBatcher(connectionManager, interceptor)
    {
        public override DbDataReader ExecuteReader(DbCommand cmd)
        {
            Before();
            var reader = base.ExecuteReader(cmd);
            After();
            return reader;
        }

        public override async Task<DbDataReader> ExecuteReaderAsync(DbCommand cmd, CancellationToken cancellationToken)
        {
            Before();
            var reader = await base.ExecuteReaderAsync(cmd, cancellationToken);
            After();
            return reader;
        }
    }

    private sealed class Batching(ConnectionManager connectionManager, IInterceptor interceptor) : GenericBatchingBatcher(connectionManager, interceptor)
    {
        public override DbDataReader ExecuteReader(DbCommand cmd)
        {
            Before();
            var reader = base.ExecuteReader(cmd);
            After();
            return reader;
        }

        public override async Task<DbDataReader> ExecuteReaderAsync(DbCommand cmd, CancellationToken cancellationToken)
        {
            Before();
            var reader = await base.ExecuteReaderAsync(cmd, cancellationToken);
            After();
            return reader;
        }
    }
}
