using System.Data;
using System.Transactions;
using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Transaction;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// Commits changes of all kinds in transactions of all kinds, and tells afterwards what is committed. Not thread-safe: one worker.
/// </summary>
internal sealed class OracleWriter(OracleWorld world, OracleWorld.Place place)
{
    private readonly Worker _worker = new(place.Random);
    private readonly Random _random = place.Random;

    private bool RollsBack => _random.Next(100) < world.Settings.Rollbacks;

    public void Run()
    {
        Worker.Current = _worker;
        while (!world.IsOver)
        {
            if (_random.Next(100) < world.Settings.Evictions)
                TryEvict();
            OneSession(world.Settings.Writing[_random.Next(world.Settings.Writing.Length)]);
            Thread.Sleep(_random.Next((2 * world.Settings.WriterPause) + 1));
        }
    }

    private void OneSession(WriterSession kind)
    {
        switch (kind)
        {
            case WriterSession.Stateless:
                Attempt(Stateless);
                break;
            case WriterSession.Ambient:
                Attempt(Ambient);
                break;
            case WriterSession.AutocommitStatement:
                Attempt(AutocommitStatement);
                break;
            case WriterSession.AutocommitFlush:
                Attempt(AutocommitFlush);
                break;
            case WriterSession.RolledBackBefore:
                RollBackAndGoOn();
                break;
            case WriterSession.Supplied:
                using (var connection = world.NewConnection())
                using (var session = place.Factory.WithOptions().Connection(connection).OpenSession())
                    Attempt(changes => Transact(session, changes, RollsBack));
                break;
            case WriterSession.Synchronization:
                Attempt(InSynchronization);
                break;
            default:
                InTransaction();
                break;
        }
    }

    private void TryEvict()
    {
        try
        {
            Evict();
        }
        catch (HibernateException exception)
        {
            // The others cannot be told of it.
            world.Refused(exception);
        }
    }

    // Whatever is cleared while others read and put must not come back older than it was.
    private void Evict()
    {
        place.Log.Write("evicts", null, 0);
        switch (_random.Next(5))
        {
            case 0:
                place.Factory.EvictQueries();
                break;
            case 1:
                place.Factory.Evict(typeof(Item));
                break;
            case 2:
                place.Factory.EvictCollection($"{typeof(Shelf).FullName}.{nameof(Shelf.Items)}");
                break;
            default:
                place.Factory.Evict(typeof(Item), _random.Next(1, world.Settings.RowsPerKind + 1));
                break;
        }
    }

    /// <summary>Runs work that commits if it returns true; what it throws means that nothing was committed, or that nobody knows.</summary>
    /// <returns>Whether it ended without an exception.</returns>
    private bool Attempt(Func<OracleChanges, bool> work, bool hasRolledBack = false)
    {
        var attempts = new Attempts(world, place);
        (_worker.IsLeftToLease, _worker.Attempts) = (false, attempts);
        try
        {
            if (work(new OracleChanges(world, place.Factory, attempts, _random) { HasRolledBack = hasRolledBack }))
            {
                attempts.Committed();
                place.Tally.LeftToLease += _worker.IsLeftToLease ? 1 : 0;
            }
            else
                attempts.RolledBack();
            return true;
        }
        catch (Exception exception) when (OracleWorld.IsRefusal(exception))
        {
            world.Refused(exception);
            if (IsOutcomeKnown(exception))
                attempts.RolledBack();
            else
                attempts.InDoubt();
            return false;
        }
        finally
        {
            (_worker.LosesConnection, _worker.Committed, _worker.Attempts) = (false, null, null);
        }
    }

    // An error that the server has reported, other than that it goes away, has rolled back; NHibernate's own come before COMMIT.
    private static bool IsOutcomeKnown(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is TransactionInDoubtException || (cause is NpgsqlException && cause is not PostgresException { SqlState: not ['5', '7', ..] }))
                return false;
        }
        return true;
    }

    private void InTransaction()
    {
        using var session = place.Factory.OpenSession();
        Attempt(changes => Transact(session, changes, RollsBack));
    }

    private bool Transact(ISession session, OracleChanges changes, bool rollBack)
    {
        using var transaction = session.BeginTransaction(world.Settings.WriterLevels[_random.Next(world.Settings.WriterLevels.Length)]);
        transaction.RegisterSynchronization(new Synchronization(Worker.MayPause));
        changes.Make(session, _random.Next(1, 4));
        session.Flush();
        changes.Attempts.ReadBack(session);
        Worker.MayPause();
        if (rollBack)
        {
            place.Log.Write("rolls back", null, 0);
            transaction.Rollback();
            return false;
        }
        place.Log.Write("commits", null, 0);
        _worker.LosesConnection = _random.Next(100) < world.Settings.LostCommits;
        _worker.Committed = changes.Attempts.Committed;
        if (_random.Next(3) == 0)
            transaction.CommitAsync().GetAwaiter().GetResult();
        else
            transaction.Commit();
        return true;
    }

    // After an exception the session would flush what it has not flushed yet, at revisions that are out of date.
    private void RollBackAndGoOn()
    {
        using var session = place.Factory.OpenSession();
        if (Attempt(changes => Transact(session, changes, rollBack: true)))
            Attempt(changes => Transact(session, changes, rollBack: false), hasRolledBack: true);
    }

    private bool Stateless(OracleChanges changes)
    {
        using var session = place.Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        changes.Make(session);
        changes.Attempts.ReadBack(session);
        Worker.MayPause();
        if (RollsBack)
            return false;
        _worker.LosesConnection = _random.Next(100) < world.Settings.LostCommits;
        _worker.Committed = changes.Attempts.Committed;
        transaction.Commit();
        return true;
    }

    private bool Ambient(OracleChanges changes)
    {
        using (var scope = new TransactionScope(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted }))
        {
            using (var session = place.Factory.OpenSession())
            {
                changes.Make(session, _random.Next(1, 3));
                session.Flush();
                changes.Attempts.ReadBack(session);
            }
            if (RollsBack)
                return false;
            place.Log.Write("completes the scope", null, 0);
            scope.Complete();
        }
        return true;
    }

    private bool AutocommitStatement(OracleChanges changes)
    {
        using var session = place.Factory.OpenSession();
        return changes.MakeAtOnce(session);
    }

    private bool AutocommitFlush(OracleChanges changes)
    {
        using var session = place.Factory.OpenSession();
        changes.MakeVersioned(session);
        session.Flush();
        return true;
    }

    /// <summary>The first change of the transaction is made when its commit has begun.</summary>
    private bool InSynchronization(OracleChanges changes)
    {
        using var session = place.Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new Synchronization(() =>
        {
            changes.Make(session, 1);
            session.Flush();
            changes.Attempts.ReadBack(session);
            Worker.MayPause();
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
