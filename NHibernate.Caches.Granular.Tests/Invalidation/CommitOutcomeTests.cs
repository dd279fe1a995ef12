using NHibernate.Action;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Event;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Transactions whose outcome NHibernate reports wrongly, late or not at all (I3). The tests read while the outcome is open: what is
/// stored then must not survive the moment at which the database has the commit. They stay far below the lease, of 30 seconds.
/// </summary>
public sealed class CommitOutcomeTests : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.BatchSize, "1");
    }

    /// <summary>What a failed test has left must not stop the others.</summary>
    [TearDown]
    public void EndTransactions()
    {
        foreach (var prepared in Database(session => session.CreateSQLQuery("select gid from pg_prepared_xacts where database = current_database()").List<string>()))
            Direct($"rollback prepared '{prepared}'");
        using var connection = new NpgsqlConnection(ConnectionString);
        NpgsqlConnection.ClearPool(connection);
        Direct(TestDatabase.ConnectionString, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{connection.Database}'");
    }

    [Test]
    public void Commit_whose_acknowledgement_is_lost_leaves_nothing_stale()
    {
        Cache(Count);
        using (var wire = new Wire(ConnectionString))
        using (var connection = wire.Open())
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        {
            var transaction = session.BeginTransaction();
            Add(session);
            session.Flush();
            wire.LosesAnswerToCommit = true;
            Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>());
            Assert.That(transaction.WasCommitted, Is.False, "as far as NHibernate knows");
        }
        Assert.That(Database(Count), Is.EqualTo(4), "it is committed");
        AssertHidden(Count);
        AssertFresh(Count);
    }

    [Test]
    public void Commit_that_lands_after_its_failure_was_reported_leaves_nothing_stale()
    {
        Cache(Count);
        using var wire = new Wire(ConnectionString);
        using (var connection = wire.Open())
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        {
            var transaction = session.BeginTransaction();
            Add(session);
            session.Flush();
            wire.HoldsCommit = true;
            Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>());
        }
        Assert.That(Ask(Count), Is.EqualTo((3, false)), "read after the failure was reported, and before the commit landed");
        wire.Deliver();
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void CommitAsync_cancelled_while_COMMIT_runs_leaves_nothing_stale()
    {
        Cache(Count);
        using var cancellation = new CancellationTokenSource();
        using var session = Factory.OpenSession();
        using (var transaction = session.BeginTransaction())
        {
            transaction.RegisterSynchronization(new Synchronization(cancellation.Cancel));
            Add(session);
            Assert.That(() => transaction.CommitAsync(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        }
        Assert.That(Database(Count), Is.EqualTo(4), "it is committed, and NHibernate reported no completion");
        AssertHidden(Count);
        session.Dispose();
        AssertFresh(Count);
    }

    [Test]
    public void Process_that_always_throws_after_the_commit_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        {
            var transaction = session.BeginTransaction();
            Add(session);
            ((IEventSource)session).ActionQueue.RegisterProcess(new Thrower(2));
            Assert.That(transaction.Commit, Throws.Exception);
            AssertHidden(Count);
        }
        AssertFresh(Count);
    }

    [Test]
    public void Transaction_after_one_of_unknown_end_does_not_vouch_for_it()
    {
        Cache(Count);
        using var wire = new Wire(ConnectionString);
        using var connection = wire.Open();
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        {
            var lost = session.BeginTransaction();
            Add(session);
            session.Flush();
            ((IEventSource)session).ActionQueue.RegisterProcess(new Thrower(1));
            wire.HoldsCommit = true;
            Assert.That(lost.Commit, Throws.Exception);
            session.Clear();
            session.Disconnect();
            session.Reconnect();
            using var next = session.BeginTransaction();
            Execute(session, "update Tag set name = 'changed' where id = 1");
            next.Commit();
        }
        Assert.That(Ask(Count).Result, Is.EqualTo(3), "the first one's COMMIT is still on its way");
        wire.Deliver();
        AssertFresh(Count);
    }

    [Test]
    public void Listener_that_throws_after_the_commit_completes_it_twice_and_publishes_once()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        {
            var transaction = session.BeginTransaction();
            session.Get<Post>(1).Title = "changed";
            Listeners.Committed = _ => throw new InvalidOperationException("a user's listener");
            Assert.That(transaction.Commit, Throws.InstanceOf<HibernateException>());
            Assert.That(transaction.WasCommitted, Is.True);
        }
        Assert.That(Ask(First), Is.EqualTo((new[] { "changed", "third" }, false)));
        Assert.That(Ask(First).WasHit, Is.True, "the commit is proven all the same, so nothing stays locked");
    }

    [Test]
    public void Synchronization_that_throws_before_the_commit_keeps_the_result_after_the_rollback()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        {
            using var transaction = session.BeginTransaction();
            Add(session);
            transaction.RegisterSynchronization(new Synchronization(() => throw new InvalidOperationException("a user's synchronization")));
            Assert.That(transaction.Commit, Throws.InvalidOperationException);
            AssertHidden(Count);
            transaction.Rollback();
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(3));
    }

    [Test]
    public void Commit_that_is_tried_again_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        {
            using var transaction = session.BeginTransaction();
            Add(session);
            var isFirst = true;
            transaction.RegisterSynchronization(new Synchronization(() =>
            {
                if (!isFirst)
                    return;
                isFirst = false;
                throw new InvalidOperationException("once");
            }));
            Assert.That(transaction.Commit, Throws.InvalidOperationException);
            Execute(session, "update Post set title = 'changed' where id = 1");
            transaction.Commit();
        }
        AssertFresh(Count);
        AssertFresh(First);
    }

    [Test]
    public void Dispose_without_commit_keeps_the_result()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        using (session.BeginTransaction())
        {
            Add(session);
            session.Flush();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Session_disposed_without_its_transaction_keeps_the_result()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        {
            session.BeginTransaction();
            Add(session);
            session.Flush();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Connection_lost_before_COMMIT_is_sent_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            session.Flush();
            var backend = session.CreateSQLQuery("select pg_backend_pid()").UniqueResult<int>();
            transaction.RegisterSynchronization(new Synchronization(() => Kill(backend)));
            Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>());
        }
        AssertHidden(Count);
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(3));
    }

    [Test]
    public void Connection_lost_before_the_commit_was_tried_keeps_the_result()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            session.Flush();
            Kill(session.CreateSQLQuery("select pg_backend_pid()").UniqueResult<int>());
            Assert.That(() => session.Get<Cat>(2), Throws.Exception);
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)), "no COMMIT was sent");
    }

    [Test]
    public void Commit_refused_by_a_deferred_constraint_leaves_no_lock_for_ever_and_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        {
            var transaction = session.BeginTransaction();
            Execute(session, "alter table Comment alter constraint " + ForeignKey(session) + " deferrable initially deferred");
            Execute(session, "insert into Comment (id, version, post_id, approved, text) values (9, 1, 999, true, 'no such post')");
            Add(session);
            Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>());
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(3));
    }

    [Test]
    public void Prepared_transaction_that_another_session_commits_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            session.Flush();
            Execute(session, "prepare transaction 'later'");
            Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>(), "the driver has noticed");
        }
        Assert.That(Ask(Count), Is.EqualTo((3, false)), "read before the prepared transaction is committed");
        Direct("commit prepared 'later'");
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Transaction_begun_and_prepared_by_statements_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.WithOptions().ConnectionReleaseMode(ConnectionReleaseMode.OnClose).OpenSession())
        {
            Execute(session, "begin");
            Add(session);
            session.Flush();
            Execute(session, "prepare transaction 'later'");
            Assert.That(Ask(Count), Is.EqualTo((3, false)), "read before the prepared transaction is committed");
        }
        Direct("commit prepared 'later'");
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Prepared_transaction_that_a_session_commits_is_invalidated_by_it()
    {
        Direct("begin; insert into Post (id, title, visible, price) values (10, 'ten', true, 0); prepare transaction 'soon'");
        Cache(Count);
        using (var session = Factory.OpenSession())
            Execute(session, "commit prepared 'soon'");
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Transaction_ended_by_a_statement_leaves_nothing_stale()
    {
        Cache(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            session.Flush();
            Execute(session, "commit");
            Assert.That(Database(Count), Is.EqualTo(4));
            AssertHidden(Count);
            Assert.That(transaction.Rollback, Throws.InstanceOf<TransactionException>());
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Transaction_begun_by_a_statement_leaves_nothing_stale()
    {
        Cache(Count);
        using (var connection = new NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            Execute(session, "begin");
            Add(session);
            session.Flush();
            Assert.That(Ask(Count).Result, Is.EqualTo(3));
            Execute(session, "commit");
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Batch_left_over_by_a_rolled_back_transaction_invalidates_when_it_runs()
    {
        Cache(Count);
        using (var session = Factory.OpenStatelessSession())
        {
            session.SetBatchSize(10);
            using (var transaction = session.BeginTransaction())
            {
                session.Insert(new Post { Id = 10, Title = "ten" });
                transaction.Rollback();
            }
            Assert.That(Ask(Count), Is.EqualTo((3, true)), "nothing has been executed");
            // NHibernate has kept the batch, and now executes it.
            session.CreateQuery("update Tag set Name = 'changed' where Id = 1").ExecuteUpdate();
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    private static string ForeignKey(ISession session) =>
        session.CreateSQLQuery("select conname from pg_constraint where contype = 'f' and conrelid = cast('comment' as regclass)").UniqueResult<string>();

    private static void Kill(int backend) => Direct(TestDatabase.ConnectionString, $"select pg_terminate_backend({backend})");

    private void Direct(string sql) => Direct(ConnectionString, sql);

    private static void Direct(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        foreach (var statement in sql.Split("; "))
        {
#pragma warning disable CA2100 // Statements of these tests.
            using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    private sealed class Thrower(int times) : IAfterTransactionCompletionProcess
    {
        private int _times = times;

        public void ExecuteAfterTransactionCompletion(bool success)
        {
            if (_times-- > 0)
                throw new InvalidOperationException("A user's process throws.");
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The tests commit synchronously.");
    }
}
