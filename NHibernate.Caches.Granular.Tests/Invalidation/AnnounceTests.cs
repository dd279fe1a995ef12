using System.Transactions;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>That stamps are locked before COMMIT is sent, whichever way a transaction is committed (I3).</summary>
public sealed class AnnounceTests : BlogFixture
{
    [Test]
    public async Task Result_is_not_served_any_more_when_a_commit_begins([Values] bool isAsynchronous)
    {
        CacheCount();
        var seen = (Result: 0, WasHit: true);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new Before(() => seen = Ask(Count)));
        session.Save(new Tag { Id = 9, Name = "new" });
        if (isAsynchronous)
            await transaction.CommitAsync();
        else
            transaction.Commit();
        Assert.That(seen, Is.EqualTo((2, false)));
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
    }

    [Test]
    public void Result_is_not_served_any_more_when_an_ambient_transaction_is_committed()
    {
        CacheCount();
        var seen = (Result: 0, WasHit: true);
        using (var scope = new TransactionScope(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }))
        {
            using (var session = Factory.OpenSession())
            {
                session.Save(new Tag { Id = 9, Name = "new" });
                session.Flush();
            }
            System.Transactions.Transaction.Current!.EnlistVolatile(new Prepared(() => seen = AskApart()), EnlistmentOptions.None);
            scope.Complete();
        }
        Assert.That(seen, Is.EqualTo((2, false)));
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
    }

    private static int Count(ISession session) =>
        (int)session.CreateQuery("select count(*) from Tag").SetCacheable(true).UniqueResult<long>();

    private void CacheCount()
    {
        Ask(Count);
        Assert.That(Ask(Count), Is.EqualTo((2, true)));
    }

    private (int Result, bool WasHit) AskApart()
    {
        using var apart = new TransactionScope(TransactionScopeOption.Suppress);
        return Ask(Count);
    }

    private sealed class Before(System.Action act) : ITransactionCompletionSynchronization
    {
        public void ExecuteBeforeTransactionCompletion() => act();

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
        {
            act();
            return Task.CompletedTask;
        }

        public void ExecuteAfterTransactionCompletion(bool success)
        {
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Prepared(System.Action act) : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            act();
            preparingEnlistment.Prepared();
        }

        public void Commit(Enlistment enlistment) => enlistment.Done();

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }
}
