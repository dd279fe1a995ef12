using System.Data;
using System.Transactions;
using NHibernate.Transaction;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Commits changes of all kinds in transactions of all kinds, and tells afterwards what is committed. Not thread-safe: one worker.
/// </summary>
internal sealed class OracleWriter(OracleWorld world, string name, Random random)
{
    public void Run()
    {
        Pause.Use(random);
        while (!world.IsOver)
        {
            OneTransaction();
            Thread.Sleep(random.Next((2 * world.Settings.WriterPause) + 1));
        }
    }

    private void OneTransaction()
    {
        var chance = random.Next(100);
        if (chance < 42)
            InTransaction();
        else if (chance < 52)
            Attempt(changes => Stateless(changes));
        else if (chance < 62)
            Attempt(changes => Ambient(changes));
        else if (chance < 78)
            Attempt(changes => AutocommitStatement(changes));
        else if (chance < 86)
            Attempt(changes => AutocommitFlush(changes));
        else if (chance < 93)
            RollBackAndGoOn();
        else
            Attempt(changes => InSynchronization(changes));
    }

    /// <summary>Runs work that commits if it returns true; what it throws means that nothing was committed.</summary>
    /// <returns>Whether it ended without an exception.</returns>
    private bool Attempt(Func<OracleChanges, bool> work)
    {
        var changes = new OracleChanges(world, name, random);
        var (committed, ended) = (false, false);
        try
        {
            committed = work(changes);
            ended = true;
        }
        catch (Exception exception) when (exception is HibernateException or TransactionException or System.Data.Common.DbException or TransactionAbortedException)
        {
            world.Refused(exception);
        }
        if (committed)
            changes.Committed();
        else
            changes.RolledBack();
        return ended;
    }

    private void InTransaction()
    {
        using var session = world.Factory.OpenSession();
        Attempt(changes => Transact(session, changes, random.Next(100) < 15));
    }

    private bool Transact(ISession session, OracleChanges changes, bool rollBack)
    {
        using var transaction = session.BeginTransaction(random.Next(5) == 0 ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted);
        transaction.RegisterSynchronization(new Synchronization(Pause.Sometimes));
        changes.Make(session, random.Next(1, 4));
        session.Flush();
        changes.ReadBack(session);
        Pause.Sometimes();
        if (rollBack)
        {
            world.Log.Write(name, "rolls back");
            transaction.Rollback();
            return false;
        }
        world.Log.Write(name, "commits");
        if (random.Next(3) == 0)
            transaction.CommitAsync().GetAwaiter().GetResult();
        else
            transaction.Commit();
        return true;
    }

    // After an exception the session would flush what it has not flushed yet, at revisions that are out of date.
    private void RollBackAndGoOn()
    {
        using var session = world.Factory.OpenSession();
        if (Attempt(changes => Transact(session, changes, rollBack: true)))
            Attempt(changes => Transact(session, changes, rollBack: false));
    }

    private bool Stateless(OracleChanges changes)
    {
        using var session = world.Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        changes.Make(session);
        changes.ReadBack(session);
        Pause.Sometimes();
        transaction.Commit();
        return true;
    }

    private bool Ambient(OracleChanges changes)
    {
        using (var scope = new TransactionScope(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted }))
        {
            using (var session = world.Factory.OpenSession())
            {
                changes.Make(session, random.Next(1, 3));
                session.Flush();
                changes.ReadBack(session);
            }
            if (random.Next(100) < 15)
                return false;
            world.Log.Write(name, "completes the scope");
            scope.Complete();
        }
        return true;
    }

    private bool AutocommitStatement(OracleChanges changes)
    {
        using var session = world.Factory.OpenSession();
        return changes.MakeAtOnce(session);
    }

    private bool AutocommitFlush(OracleChanges changes)
    {
        using var session = world.Factory.OpenSession();
        changes.MakeVersioned(session);
        session.Flush();
        return true;
    }

    /// <summary>The first change of the transaction is made when its commit has begun.</summary>
    private bool InSynchronization(OracleChanges changes)
    {
        using var session = world.Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new Synchronization(() =>
        {
            changes.Make(session, 1);
            session.Flush();
            changes.ReadBack(session);
            Pause.Sometimes();
        }));
        transaction.Commit();
        return true;
    }

    private sealed class Synchronization(System.Action before) : ITransactionCompletionSynchronization
    {
        public void ExecuteBeforeTransactionCompletion() => before();

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
        {
            before();
            return Task.CompletedTask;
        }

        public void ExecuteAfterTransactionCompletion(bool success)
        {
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
