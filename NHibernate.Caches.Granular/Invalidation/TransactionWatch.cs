using NHibernate.Action;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Engine.Transaction;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// NHibernate's transaction factory, watched: it knows each transaction before it begins and is the first to hear that it
/// commits. Thread-safe: stateless; what it keeps belongs to the connection.
/// </summary>
internal sealed class TransactionWatch(ITransactionFactory factory) : ITransactionFactory
{
    public void Configure(IDictionary<string, string> props) => factory.Configure(props);

    public ITransaction CreateTransaction(ISessionImplementor session)
    {
        var before = FactoryScope.CurrentSequence;
        var transaction = factory.CreateTransaction(session);
        if (StatementWitness.WatchOf(session) is { } watch)
        {
            watch.TransactionCreated(transaction, before)?.Publish();
            transaction.RegisterSynchronization(new Synchronization(transaction, watch));
        }
        return transaction;
    }

    public void EnlistInSystemTransactionIfNeeded(ISessionImplementor session) => Joining(session, static (factory, session) => factory.EnlistInSystemTransactionIfNeeded(session));

    public void ExplicitJoinSystemTransaction(ISessionImplementor session) => Joining(session, static (factory, session) => factory.ExplicitJoinSystemTransaction(session));

    public bool IsInActiveSystemTransaction(ISessionImplementor session) => factory.IsInActiveSystemTransaction(session);

    public void ExecuteWorkInIsolation(ISessionImplementor session, IIsolatedWork work, bool transacted) => factory.ExecuteWorkInIsolation(session, work, transacted);

    public Task ExecuteWorkInIsolationAsync(ISessionImplementor session, IIsolatedWork work, bool transacted, CancellationToken cancellationToken) =>
        factory.ExecuteWorkInIsolationAsync(session, work, transacted, cancellationToken);

    // NHibernate tries to enlist at every step a session takes, each entity it finds in the cache included.
    private void Joining(ISessionImplementor session, Action<ITransactionFactory, ISessionImplementor> join)
    {
        if (session.TransactionContext is not null)
        {
            join(factory, session);
            return;
        }
        var before = FactoryScope.CurrentSequence;
        join(factory, session);
        if (session.TransactionContext is not null
            && System.Transactions.Transaction.Current is { } transaction
            && StatementWitness.WatchOf(session) is { } watch)
            AmbientTransaction.Join(transaction, watch, before);
    }

    private sealed class Synchronization(ITransaction transaction, ConnectionWatch watch) : ITransactionCompletionSynchronization
    {
        public void ExecuteBeforeTransactionCompletion() => watch.BeforeCommit()?.Announce();

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken) =>
            watch.BeforeCommit()?.AnnounceAsync(cancellationToken).AsTask() ?? Task.CompletedTask;

        public void ExecuteAfterTransactionCompletion(bool success) => watch.TransactionCompleted(transaction)?.Publish();

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) =>
            watch.TransactionCompleted(transaction)?.PublishAsync().AsTask() ?? Task.CompletedTask;
    }
}
