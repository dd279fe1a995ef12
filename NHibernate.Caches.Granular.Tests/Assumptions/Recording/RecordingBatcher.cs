using System.Data;
using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.SqlTypes;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>Makes recording batchers. Thread-safe: stateless.</summary>
internal sealed class RecordingBatcherFactory(IBatcherFactory factory) : IBatcherFactory
{
    public IBatcher CreateBatcher(ConnectionManager connectionManager, IInterceptor interceptor)
    {
        Journal.Write("batcher created", connectionManager);
        return new RecordingBatcher(factory.CreateBatcher(connectionManager, interceptor));
    }
}

/// <summary>Writes every statement into the journal and passes it on. Not thread-safe, as batchers are not.</summary>
internal sealed class RecordingBatcher(IBatcher batcher) : IBatcher
{
    /// <summary>The command that the last PrepareBatchCommand returned.</summary>
    public DbCommand? BatchCommand { get; private set; }

    public bool HasOpenResources => batcher.HasOpenResources;

    public int BatchSize
    {
        get => batcher.BatchSize;
        set => batcher.BatchSize = value;
    }

    public DbCommand PrepareQueryCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes) =>
        batcher.PrepareQueryCommand(commandType, sql, parameterTypes);

    public DbCommand PrepareCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes)
    {
        Journal.Write("prepare " + Statement.Name(sql.ToString()));
        return batcher.PrepareCommand(commandType, sql, parameterTypes);
    }

    public Task<DbCommand> PrepareCommandAsync(CommandType commandType, SqlString sql, SqlType[] parameterTypes, CancellationToken cancellationToken)
    {
        Journal.Write("prepare " + Statement.Name(sql.ToString()));
        return batcher.PrepareCommandAsync(commandType, sql, parameterTypes, cancellationToken);
    }

    public DbCommand PrepareBatchCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes) =>
        BatchCommand = batcher.PrepareBatchCommand(commandType, sql, parameterTypes);

    public async Task<DbCommand> PrepareBatchCommandAsync(CommandType commandType, SqlString sql, SqlType[] parameterTypes, CancellationToken cancellationToken) =>
        BatchCommand = await batcher.PrepareBatchCommandAsync(commandType, sql, parameterTypes, cancellationToken);

    public void AddToBatch(IExpectation expectation)
    {
        Write("AddToBatch", BatchCommand!);
        batcher.AddToBatch(expectation);
    }

    public Task AddToBatchAsync(IExpectation expectation, CancellationToken cancellationToken)
    {
        Write("AddToBatch", BatchCommand!);
        return batcher.AddToBatchAsync(expectation, cancellationToken);
    }

    public void ExecuteBatch()
    {
        Journal.Write("execute batch");
        batcher.ExecuteBatch();
    }

    public Task ExecuteBatchAsync(CancellationToken cancellationToken)
    {
        Journal.Write("execute batch");
        return batcher.ExecuteBatchAsync(cancellationToken);
    }

    public int ExecuteNonQuery(DbCommand cmd)
    {
        Write("ExecuteNonQuery", cmd);
        return batcher.ExecuteNonQuery(cmd);
    }

    public Task<int> ExecuteNonQueryAsync(DbCommand cmd, CancellationToken cancellationToken)
    {
        Write("ExecuteNonQuery", cmd);
        return batcher.ExecuteNonQueryAsync(cmd, cancellationToken);
    }

    public DbDataReader ExecuteReader(DbCommand cmd)
    {
        Write("ExecuteReader", cmd);
        return batcher.ExecuteReader(cmd);
    }

    public Task<DbDataReader> ExecuteReaderAsync(DbCommand cmd, CancellationToken cancellationToken)
    {
        Write("ExecuteReader", cmd);
        return batcher.ExecuteReaderAsync(cmd, cancellationToken);
    }

    public void CloseCommand(DbCommand cmd, DbDataReader reader) => batcher.CloseCommand(cmd, reader);

    public void CloseReader(DbDataReader reader)
    {
        Journal.Write("close reader");
        batcher.CloseReader(reader);
    }

    public void CloseCommands() => batcher.CloseCommands();

    public void CancelLastQuery() => batcher.CancelLastQuery();

    public void AbortBatch(Exception e) => batcher.AbortBatch(e);

    public void Dispose()
    {
        Journal.Write("batcher disposed");
        batcher.Dispose();
    }

    private static void Write(string way, DbCommand command)
    {
        var statement = Statement.Of(way, command);
        Journal.Write($"{way} {Statement.Name(statement.Text)}", statement);
    }
}
