using NHibernate.Action;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Event;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>Who hears what of an explicit transaction, in which order, and what of it can be believed.</summary>
public sealed class TransactionCompletionTests : AssumptionFixture
{
    private static readonly string[] s_completion = ["PreUpdate", "PostUpdate", "PostCommit", "UpdateTimestampsCache put", "before", "after"];

    [Test]
    public void Transaction_is_created_before_BEGIN()
    {
        Commit(session => session.Get<Cat>(1));
        Assert.That(Journal.Of("transaction created"), Is.EqualTo(new[] { "transaction created, active False" }));
    }

    [Test]
    public void Transaction_is_created_for_every_begin_anew()
    {
        using var session = Factory.OpenSession();
        for (var i = 0; i < 2; i++)
        {
            using var transaction = session.BeginTransaction();
            transaction.Commit();
        }
        Assert.That(Journal.Of("transaction created"), Has.Length.EqualTo(2));
    }

    [Test]
    public void Commit_flushes_then_runs_before_processes_then_commits_then_runs_after_processes_then_invalidates_then_calls_synchronizations()
    {
        Commit(session =>
        {
            Register(session, new Process("queued"));
            session.Get<Cat>(1).Title = "changed";
        });
        Assert.That(Journal.Of(s_completion), Is.EqualTo(new[]
        {
            "PreUpdate Cat#1",
            "PostUpdate Cat#1",
            "UpdateTimestampsCache put Cat timestamp",
            "before process queued",
            "before first, committed False",
            "after process queued True",
            "PostCommitUpdate Cat#1",
            "UpdateTimestampsCache put Cat timestamp",
            "after first True, committed True",
        }));
    }

    [Test]
    public void Every_flush_marks_all_spaces_of_the_transaction_so_far_in_the_timestamps_region()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Get<Cat>(1).Title = "changed";
        session.Flush();
        session.Get<Post>(1).Title = "changed";
        session.Flush();
        Assert.That(Journal.Of("UpdateTimestampsCache put").Skip(1), Is.EquivalentTo(new[] { "UpdateTimestampsCache put Cat timestamp", "UpdateTimestampsCache put Post timestamp" }));
    }

    [Test]
    public void Rollback_runs_after_processes_with_false_and_no_before_processes_and_invalidates_all_the_same()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Register(session, new Process("queued"));
            session.Get<Cat>(1).Title = "changed";
            session.Flush();
            Journal.Clear();
            transaction.Rollback();
        }
        Assert.That(Journal.Of(s_completion), Is.EqualTo(new[] { "after process queued False", "UpdateTimestampsCache put Cat timestamp", "after first False, committed False" }));
    }

    [Test]
    public void Dispose_without_commit_sets_WasRolledBack_before_completion_is_heard()
    {
        using var session = Factory.OpenSession();
        var transaction = session.BeginTransaction();
        transaction.Dispose();
        Assert.That(transaction.WasRolledBack, Is.True);
        Assert.That(Journal.Of("before", "after"), Is.EqualTo(new[] { "after first False, committed False" }));
    }

    [Test]
    public void Process_that_throws_once_makes_all_processes_run_again_with_false_though_the_transaction_is_committed()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Register(session, new Process("earlier"));
        Register(session, new Process("thrower", throws: 1));
        Register(session, new Process("later"));
        Assert.That(transaction.Commit, Throws.InstanceOf<HibernateException>());
        Assert.That(Journal.Of("after"), Is.EqualTo(new[]
        {
            "after process earlier True", "after process thrower True",
            "after process earlier False", "after process thrower False", "after process later False", "after first False, committed True",
        }));
        Assert.That(transaction.WasCommitted, Is.True);
    }

    [Test]
    public void Process_that_throws_always_leaves_later_ones_and_synchronizations_without_any_completion()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Register(session, new Process("thrower", throws: 2));
        Register(session, new Process("later"));
        Assert.That(transaction.Commit, Throws.InstanceOf<AssertionFailure>());
        Assert.That(Journal.Of("after"), Is.EqualTo(new[] { "after process thrower True", "after process thrower False" }));
        Assert.That(transaction.WasCommitted, Is.True);
        transaction.Dispose();
        Assert.That(Journal.Of("after first"), Is.Empty, "disposing completes nothing that is committed");
    }

    [Test]
    public void Post_commit_listener_that_throws_comes_after_those_before_it()
    {
        RecordingListener.OnCommitted = _ => throw new InvalidOperationException("a user's listener");
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Get<Cat>(1).Title = "changed";
        Assert.That(transaction.Commit, Throws.InstanceOf<HibernateException>());
        Assert.That(Journal.Of("PostCommit", "after"), Is.EqualTo(new[] { "PostCommitUpdate Cat#1", "after first False, committed True" }));
    }

    [Test]
    public void CommitAsync_that_is_cancelled_while_COMMIT_runs_commits_without_any_completion()
    {
        using var cancellation = new CancellationTokenSource();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            // The last thing NHibernate calls before it sends COMMIT.
            transaction.RegisterSynchronization(new RecordingSynchronization("last", transaction, cancellation.Cancel));
            session.Get<Cat>(1).Title = "changed";
            Assert.That(() => transaction.CommitAsync(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(transaction.WasCommitted, Is.True);
        }
        Assert.That(Journal.Of("after", "PostCommit"), Is.Empty, "not at the end of transaction and session either");
        Assert.That(Commit(session => session.CreateSQLQuery("select title from Cat where id = 1").UniqueResult<string>()), Is.EqualTo("changed"));
    }

    [Test]
    public void Before_process_that_is_registered_while_they_run_is_never_called()
    {
        Commit(session =>
        {
                Register(session, new Process("outer", before: () => Register(session, new Process("inner", isBeforeOnly: true))));
        });
        Assert.That(Journal.Of("before process"), Is.EqualTo(new[] { "before process outer" }));
    }

    [Test]
    public void Synchronization_registered_at_creation_is_called_after_the_flush_and_before_those_registered_later()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new RecordingSynchronization("users", transaction));
        session.Get<Cat>(1).Title = "changed";
        transaction.Commit();
        Assert.That(Journal.Of("PostUpdate", "before"), Is.EqualTo(new[] { "PostUpdate Cat#1", "before first, committed False", "before users, committed False" }));
        Assert.That(Journal.Of("after"), Is.EqualTo(new[] { "after first True, committed True", "after users True, committed True" }));
    }

    [Test]
    public void Obsolete_synchronization_is_called_before_those_of_the_new_kind()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
#pragma warning disable CS0618 // Users may still have one.
        transaction.RegisterSynchronization(new ObsoleteSynchronization());
#pragma warning restore CS0618
        transaction.Commit();
        Assert.That(Journal.Of("before"), Is.EqualTo(new[] { "before obsolete", "before first, committed False" }));
        Assert.That(Journal.Of("after"), Is.EqualTo(new[] { "after obsolete True", "after first True, committed True" }));
    }

    [Test]
    public void Dependent_session_flushes_after_the_synchronizations()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        using var dependent = session.SessionWithOptions().Connection().OpenSession();
        dependent.Get<Cat>(1).Title = "changed";
        transaction.Commit();
        Assert.That(Journal.Of("before", "PostUpdate", "after"), Is.EqualTo(new[] { "before first, committed False", "PostUpdate Cat#1", "after first True, committed True" }));
    }

    [Test]
    public void Synchronization_registered_while_synchronizations_are_called_breaks_the_commit()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new RecordingSynchronization("outer", transaction, () => transaction.RegisterSynchronization(new RecordingSynchronization("inner", transaction))));
        Assert.That(transaction.Commit, Throws.InstanceOf<Exception>());
        Assert.That(transaction.WasCommitted, Is.False);
    }

    [Test]
    public void Update_releases_its_region_before_the_post_commit_event()
    {
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(Journal.Of("Cat put Cat#1", "PostCommit"), Is.EqualTo(new[] { "Cat put Cat#1 CachedItem", "Cat put Cat#1 CacheLock", "Cat put Cat#1 CachedItem", "PostCommitUpdate Cat#1" }));
    }

    [Test]
    public void Current_transaction_is_null_in_autocommit()
    {
        using var session = Factory.OpenSession();
        session.Get<Cat>(1);
        Assert.That(session.GetSessionImplementation().ConnectionManager.CurrentTransaction, Is.Null);
        Assert.That(session.GetSessionImplementation().ConnectionManager.IsInActiveExplicitTransaction, Is.False);
    }

    [Test]
    public void Completed_transaction_is_no_longer_active_when_its_completion_is_heard()
    {
        var active = new List<bool>();
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Register(session, new Process("asks", after: () => active.Add(session.GetSessionImplementation().ConnectionManager.IsInActiveExplicitTransaction)));
        transaction.Commit();
        Assert.That(active, Is.EqualTo(new[] { false }));
    }

    [Test]
    public void Session_takes_its_timestamp_once_when_it_is_opened()
    {
        using var session = Factory.OpenSession();
        var opened = session.GetSessionImplementation().Timestamp;
        Assert.That(Provider.NextTimestamp(), Is.GreaterThan(opened));
        using var transaction = session.BeginTransaction();
        session.Get<Cat>(1);
        Assert.That(session.GetSessionImplementation().Timestamp, Is.EqualTo(opened));
    }

    [Test]
    public void Begin_is_heard_by_the_interceptor()
    {
        var interceptor = new BeginInterceptor();
        using var session = Factory.WithOptions().Interceptor(interceptor).OpenSession();
        using var transaction = session.BeginTransaction();
        Assert.That(interceptor.Began, Is.SameAs(transaction));
    }

    [Test]
    public void Closing_a_session_disposes_its_batcher_before_its_transaction()
    {
        var session = Factory.OpenSession();
        session.BeginTransaction();
        session.Dispose();
        Assert.That(Journal.Of("batcher disposed", "after"), Is.EqualTo(new[] { "batcher disposed", "after first False, committed False" }));
    }

    [Test]
    public void Explicit_transaction_is_an_AdoTransaction_that_knows_its_isolation_level()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Assert.That(((AdoTransaction)transaction).IsolationLevel, Is.EqualTo(System.Data.IsolationLevel.ReadCommitted), "asked from ADO.NET when unspecified");
        transaction.Rollback();
        using var snapshot = session.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        Assert.That(((AdoTransaction)snapshot).IsolationLevel, Is.EqualTo(System.Data.IsolationLevel.RepeatableRead));
    }

    private static void Register(ISession session, Process process)
    {
        var queue = ((IEventSource)session).ActionQueue;
        queue.RegisterProcess((IBeforeTransactionCompletionProcess)process);
        queue.RegisterProcess((IAfterTransactionCompletionProcess)process);
    }

    private sealed class Process(string name, int throws = 0, System.Action? before = null, System.Action? after = null, bool isBeforeOnly = false) : IBeforeTransactionCompletionProcess, IAfterTransactionCompletionProcess
    {
        private int _throws = throws;

        public void ExecuteBeforeTransactionCompletion()
        {
            Journal.Write($"before process {name}");
            before?.Invoke();
        }

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
        {
            ExecuteBeforeTransactionCompletion();
            return Task.CompletedTask;
        }

        public void ExecuteAfterTransactionCompletion(bool success)
        {
            if (isBeforeOnly)
                return;
            Journal.Write($"after process {name} {success}");
            after?.Invoke();
            if (_throws-- > 0)
                throw new InvalidOperationException("A user's process throws.");
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken)
        {
            ExecuteAfterTransactionCompletion(success);
            return Task.CompletedTask;
        }
    }

#pragma warning disable CS0618 // See above.
    private sealed class ObsoleteSynchronization : ISynchronization
#pragma warning restore CS0618
    {
        public void BeforeCompletion() => Journal.Write("before obsolete");

        public void AfterCompletion(bool success) => Journal.Write($"after obsolete {success}");
    }

    private sealed class BeginInterceptor : EmptyInterceptor
    {
        public ITransaction? Began { get; private set; }

        public override void AfterTransactionBegin(ITransaction tx) => Began = tx;
    }
}
