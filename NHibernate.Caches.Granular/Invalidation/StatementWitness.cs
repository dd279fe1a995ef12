using System.Data;
using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.SqlTypes;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// NHibernate's batcher, watched: every statement of a session and of those that share its connection passes here, so no change
/// is missed whatever events NHibernate raises or forgets (I4). Each method lets the statement be witnessed, passes it on, and
/// has what ran outside a transaction published. Not thread-safe, as sessions are not.
/// </summary>
internal sealed class StatementWitness(IBatcher batcher, ConnectionWatch watch, ISessionFactoryImplementor factory) : IBatcher
{
    private DbCommand? _batchCommand;

    /// <summary>What this connection has changed, and in which transaction.</summary>
    public ConnectionWatch Watch => watch;

    public bool HasOpenResources => batcher.HasOpenResources;

    public int BatchSize
    {
        get => batcher.BatchSize;
        set => batcher.BatchSize = value;
    }

    /// <summary>The watch over the session's connection; null if someone replaced its batcher.</summary>
    public static ConnectionWatch? WatchOf(ISessionImplementor session) => (session.ConnectionManager.Batcher as StatementWitness)?.Watch;

    public DbCommand PrepareQueryCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes)
    {
        if (watch.Capture is { IsExpecting: true } capture)
            return PrepareCaptured(capture, commandType, sql, parameterTypes);
        var command = batcher.PrepareQueryCommand(commandType, sql, parameterTypes);
        if (watch.MayRewrite)
            watch.Prepared(command, () => factory.ConnectionProvider.Driver.GenerateCommand(commandType, sql, parameterTypes));
        return command;
    }

    // Preparing any other command makes NHibernate execute the batch it has gathered.
    public DbCommand PrepareCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes) =>
        RunBatch(() => batcher.PrepareCommand(commandType, sql, parameterTypes));

    public Task<DbCommand> PrepareCommandAsync(CommandType commandType, SqlString sql, SqlType[] parameterTypes, CancellationToken cancellationToken) =>
        RunBatchAsync(() => batcher.PrepareCommandAsync(commandType, sql, parameterTypes, cancellationToken));

    // The same command again: NHibernate goes on gathering. Another one: it has executed what it had.
    public DbCommand PrepareBatchCommand(CommandType commandType, SqlString sql, SqlType[] parameterTypes)
    {
        AnnounceGathered();
        var command = Guarded(() => batcher.PrepareBatchCommand(commandType, sql, parameterTypes));
        if (!ReferenceEquals(command, _batchCommand))
            RunBatch(() => _batchCommand = command);
        return command;
    }

    public async Task<DbCommand> PrepareBatchCommandAsync(CommandType commandType, SqlString sql, SqlType[] parameterTypes, CancellationToken cancellationToken)
    {
        await AnnounceGatheredAsync(cancellationToken).ConfigureAwait(false);
        var command = await GuardedAsync(() => batcher.PrepareBatchCommandAsync(commandType, sql, parameterTypes, cancellationToken)).ConfigureAwait(false);
        if (!ReferenceEquals(command, _batchCommand))
            await RunBatchAsync(() => Task.FromResult(_batchCommand = command)).ConfigureAwait(false);
        return command;
    }

    public void AddToBatch(IExpectation expectation)
    {
        Witness(_batchCommand);
        watch.IsGathering = true;
        Guarded(() =>
        {
            batcher.AddToBatch(expectation);
            return true;
        });
        watch.Gathered();
    }

    public async Task AddToBatchAsync(IExpectation expectation, CancellationToken cancellationToken)
    {
        await WitnessAsync(_batchCommand, cancellationToken).ConfigureAwait(false);
        watch.IsGathering = true;
        await GuardedAsync(async () =>
        {
            await batcher.AddToBatchAsync(expectation, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        watch.Gathered();
    }

    public void ExecuteBatch() => RunBatch(() =>
    {
        batcher.ExecuteBatch();
        return _batchCommand = null;
    });

    public Task ExecuteBatchAsync(CancellationToken cancellationToken) => RunBatchAsync(async () =>
    {
        await batcher.ExecuteBatchAsync(cancellationToken).ConfigureAwait(false);
        return _batchCommand = null;
    });

    public int ExecuteNonQuery(DbCommand cmd)
    {
        watch.ForgoCleanUp();
        Witness(cmd);
        var mass = watch.TakeMassStatement();
        var affected = Guarded(() => mass is null ? batcher.ExecuteNonQuery(cmd) : ExecuteMass(mass, cmd));
        watch.Affected(affected);
        Finish(isKnown: true);
        return affected;
    }

    public async Task<int> ExecuteNonQueryAsync(DbCommand cmd, CancellationToken cancellationToken)
    {
        watch.ForgoCleanUp();
        await WitnessAsync(cmd, cancellationToken).ConfigureAwait(false);
        var mass = watch.TakeMassStatement();
        var affected = await GuardedAsync(() => mass is null ? batcher.ExecuteNonQueryAsync(cmd, cancellationToken) : ExecuteMassAsync(mass, cmd, cancellationToken)).ConfigureAwait(false);
        watch.Affected(affected);
        await FinishAsync(isKnown: true).ConfigureAwait(false);
        return affected;
    }

    // An INSERT ... RETURNING comes this way. Outside a transaction it is committed only when its reader is closed.
    public DbDataReader ExecuteReader(DbCommand cmd)
    {
        if (watch.Capture is { } capture)
        {
            if (capture.Has(cmd))
                return capture.Execute(cmd);
            capture.Note(cmd);
        }
        Witness(cmd);
        watch.Opened(cmd);
        var reader = Guarded(() => batcher.ExecuteReader(cmd));
        watch.Executed(cmd);
        return watch.Watched(reader);
    }

    public async Task<DbDataReader> ExecuteReaderAsync(DbCommand cmd, CancellationToken cancellationToken)
    {
        await WitnessAsync(cmd, cancellationToken).ConfigureAwait(false);
        watch.Opened(cmd);
        var reader = await GuardedAsync(() => batcher.ExecuteReaderAsync(cmd, cancellationToken)).ConfigureAwait(false);
        watch.Executed(cmd);
        return watch.Watched(reader);
    }

    public void CloseCommand(DbCommand cmd, DbDataReader reader)
    {
        if (watch.Capture?.Has(cmd) == true)
        {
            QueryCapture.Close(cmd, reader);
            return;
        }
        watch.Closed(cmd);
        // A connection that was lost while rows were read tells nothing of the commit that follows the last of them.
        var isConnected = cmd.Connection is not { State: ConnectionState.Closed or ConnectionState.Broken };
        batcher.CloseCommand(cmd, Unwatched(reader));
        Finish(isKnown: isConnected);
    }

    public void CloseReader(DbDataReader reader)
    {
        batcher.CloseReader(Unwatched(reader));
        Finish(isKnown: true);
    }

    public void CloseCommands()
    {
        batcher.CloseCommands();
        Finish(isKnown: false);
    }

    public void CancelLastQuery() => batcher.CancelLastQuery();

    public void AbortBatch(Exception e)
    {
        batcher.AbortBatch(e);
        _batchCommand = null;
        watch.IsGathering = false;
        watch.Failed();
        Finish(Outcome.IsKnown(e));
    }

    public void Dispose()
    {
        batcher.Dispose();
        watch.IsGathering = false;
        watch.SessionClosed()?.Publish();
    }

    // The batcher closes the readers that it has opened.
    private static DbDataReader Unwatched(DbDataReader reader) => reader is WatchedReader watched ? watched.Inner : reader;

    private int ExecuteMass(MassStatement mass, DbCommand command)
    {
        var question = Ask(mass);
        DbDataReader? before = null;
        try
        {
            before = batcher.ExecuteReader(question);
            while (before.Read())
                mass.AddBefore(before);
        }
        finally
        {
            batcher.CloseCommand(question, before);
        }
        if (mass.IsTooLarge)
            return batcher.ExecuteNonQuery(command);
        command.CommandText += mass.Returning;
        var changed = batcher.ExecuteReader(command);
        try
        {
            while (changed.Read())
                mass.AddChanged(changed);
        }
        finally
        {
            batcher.CloseReader(changed);
        }
        mass.Explain();
        return mass.Affected;
    }

    private async Task<int> ExecuteMassAsync(MassStatement mass, DbCommand command, CancellationToken cancellationToken)
    {
        var question = Ask(mass);
        DbDataReader? before = null;
        try
        {
            before = await batcher.ExecuteReaderAsync(question, cancellationToken).ConfigureAwait(false);
            while (await before.ReadAsync(cancellationToken).ConfigureAwait(false))
                mass.AddBefore(before);
        }
        finally
        {
            batcher.CloseCommand(question, before);
        }
        if (mass.IsTooLarge)
            return await batcher.ExecuteNonQueryAsync(command, cancellationToken).ConfigureAwait(false);
        command.CommandText += mass.Returning;
        var changed = await batcher.ExecuteReaderAsync(command, cancellationToken).ConfigureAwait(false);
        try
        {
            while (await changed.ReadAsync(cancellationToken).ConfigureAwait(false))
                mass.AddChanged(changed);
        }
        finally
        {
            batcher.CloseReader(changed);
        }
        mass.Explain();
        return mass.Affected;
    }

    private DbCommand Ask(MassStatement mass)
    {
        var question = batcher.PrepareQueryCommand(CommandType.Text, new SqlString(mass.Question), []);
        foreach (var value in mass.QuestionValues)
            question.Parameters.Add(((ICloneable)value).Clone());
        return question;
    }

    /// <summary>Not the batcher's, which would count it, unless the session's interceptor has a say on it.</summary>
    private DbCommand PrepareCaptured(QueryCapture capture, CommandType commandType, SqlString sql, SqlType[] parameterTypes) => capture.Take(() =>
        watch.MayRewrite ? batcher.PrepareQueryCommand(commandType, sql, parameterTypes) : factory.ConnectionProvider.Driver.GenerateCommand(commandType, sql, parameterTypes));

    private void Witness(DbCommand? command)
    {
        if (command is not null && watch.Witness(command) is { } changes)
            changes.Announce();
    }

    private async ValueTask WitnessAsync(DbCommand? command, CancellationToken cancellationToken)
    {
        if (command is not null && watch.Witness(command) is { } changes)
            await changes.AnnounceAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Statements gathered outside a transaction may have waited for long: their locks are renewed before they run. Those gathered in
    /// a transaction that is over have none.
    /// </summary>
    private void AnnounceGathered()
    {
        if (watch.IsGathering && watch.ChangesOutsideTransaction is { NeedsAnnouncing: true } changes)
            changes.Announce();
    }

    private async ValueTask AnnounceGatheredAsync(CancellationToken cancellationToken)
    {
        if (watch.IsGathering && watch.ChangesOutsideTransaction is { NeedsAnnouncing: true } changes)
            await changes.AnnounceAsync(cancellationToken).ConfigureAwait(false);
    }

    private T RunBatch<T>(Func<T> run)
    {
        AnnounceGathered();
        // Whatever becomes of it: NHibernate forgets a batch that it executes.
        watch.IsGathering = false;
        var result = Guarded(run);
        watch.GatheredExecuted();
        Finish(isKnown: true);
        return result;
    }

    private async Task<T> RunBatchAsync<T>(Func<Task<T>> run)
    {
        await AnnounceGatheredAsync(CancellationToken.None).ConfigureAwait(false);
        watch.IsGathering = false;
        var result = await GuardedAsync(run).ConfigureAwait(false);
        watch.GatheredExecuted();
        await FinishAsync(isKnown: true).ConfigureAwait(false);
        return result;
    }

    /// <summary>Runs something that may execute statements; what failed outside a transaction may yet have been committed, unless the server said that it failed.</summary>
    private T Guarded<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception)
        {
            watch.Failed();
            Finish(Outcome.IsKnown(exception));
            throw;
        }
    }

    private async Task<T> GuardedAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            watch.Failed();
            await FinishAsync(Outcome.IsKnown(exception)).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Publishes what ran outside a transaction, unless some of it is still gathered.</summary>
    private void Finish(bool isKnown) => watch.FinishOutsideTransaction(isKnown)?.Publish();

    private async ValueTask FinishAsync(bool isKnown)
    {
        if (watch.FinishOutsideTransaction(isKnown) is { } outcome)
            await outcome.PublishAsync().ConfigureAwait(false);
    }
}
