using NHibernate.Engine;
using NHibernate.Engine.Transaction;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>
/// Registers a synchronization with every transaction when it is created, as the cache does, and writes what it hears.
/// Thread-safe: stateless.
/// </summary>
internal sealed class RecordingTransactionFactory(ITransactionFactory factory) : ITransactionFactory
{
    public void Configure(IDictionary<string, string> props) => factory.Configure(props);

    public ITransaction CreateTransaction(ISessionImplementor session)
    {
        var transaction = factory.CreateTransaction(session);
        Journal.Write($"transaction created, active {transaction.IsActive}");
        transaction.RegisterSynchronization(new RecordingSynchronization("first", transaction));
        return transaction;
    }

    public void EnlistInSystemTransactionIfNeeded(ISessionImplementor session)
    {
        var wasJoined = session.TransactionContext is not null;
        factory.EnlistInSystemTransactionIfNeeded(session);
        if (!wasJoined && session.TransactionContext is not null)
            Journal.Write("joined ambient transaction");
    }

    public void ExplicitJoinSystemTransaction(ISessionImplementor session) => factory.ExplicitJoinSystemTransaction(session);

    public bool IsInActiveSystemTransaction(ISessionImplementor session) => factory.IsInActiveSystemTransaction(session);

    public void ExecuteWorkInIsolation(ISessionImplementor session, IIsolatedWork work, bool transacted) => factory.ExecuteWorkInIsolation(session, work, transacted);

    public Task ExecuteWorkInIsolationAsync(ISessionImplementor session, IIsolatedWork work, bool transacted, CancellationToken cancellationToken) =>
        factory.ExecuteWorkInIsolationAsync(session, work, transacted, cancellationToken);
}

/// <summary>Writes what it hears, with what the transaction says of itself then. Not thread-safe.</summary>
internal sealed class RecordingSynchronization(string name, ITransaction transaction, System.Action? before = null) : ITransactionCompletionSynchronization
{
    public void ExecuteBeforeTransactionCompletion()
    {
        Journal.Write($"before {name}, committed {transaction.WasCommitted}");
        before?.Invoke();
    }

    public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
    {
        ExecuteBeforeTransactionCompletion();
        return Task.CompletedTask;
    }

    public void ExecuteAfterTransactionCompletion(bool success) =>
        Journal.Write($"after {name} {success}, committed {transaction.WasCommitted}");

    public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken)
    {
        ExecuteAfterTransactionCompletion(success);
        return Task.CompletedTask;
    }
}
