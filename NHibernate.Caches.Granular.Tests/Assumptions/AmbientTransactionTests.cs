using System.Transactions;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Action;
using NHibernate.Event;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>What is heard of a TransactionScope, when, and what the database has done by then.</summary>
public sealed class AmbientTransactionTests : AssumptionFixture
{
    // A connection that is pooled inside a scope belongs to it until the scope is over, which the driver notices late.
    [SetUp]
    public void ClearPool() => NpgsqlConnection.ClearAllPools();

    [Test]
    public void Processes_run_when_the_scope_completes_though_the_session_is_disposed_before()
    {
        using (var scope = NewScope())
        {
            using (var session = Factory.OpenSession())
            {
                session.Get<Cat>(1).Title = "changed";
                ((IEventSource)session).ActionQueue.RegisterProcess(new AfterProcess());
            }
            Journal.Write("session disposed");
            scope.Complete();
        }
        Assert.That(Journal.Of("session disposed", "PostUpdate", "after process", "PostCommit"), Is.EqualTo(new[] { "session disposed", "PostUpdate Cat#1", "after process True", "PostCommitUpdate Cat#1" }));
    }

    [Test]
    public void Batcher_is_disposed_only_after_the_flush_of_the_completing_scope()
    {
        using (var scope = NewScope())
        {
            using (var session = Factory.OpenSession())
                session.Get<Cat>(1).Title = "changed";
            Journal.Write("session disposed");
            scope.Complete();
        }
        Assert.That(Journal.Of("session disposed", "AddToBatch", "batcher disposed"), Is.EqualTo(new[] { "session disposed", "AddToBatch UPDATE Cat", "batcher disposed" }));
    }

    [Test]
    public void No_transaction_of_NHibernates_is_made()
    {
        using var scope = NewScope();
        using var session = Factory.OpenSession();
        session.Get<Cat>(1);
        Assert.That(session.GetSessionImplementation().ConnectionManager.CurrentTransaction, Is.Null);
        Assert.That(Journal.Of("transaction created", "joined"), Is.EqualTo(new[] { "joined ambient transaction" }));
    }

    [Test]
    public void Session_joins_before_its_first_statement()
    {
        using var scope = NewScope();
        using var session = Factory.OpenSession();
        session.CreateSQLQuery("select 1").List();
        Assert.That(Journal.Of("joined", "ExecuteReader"), Is.EqualTo(new[] { "joined ambient transaction", "ExecuteReader SELECT 1" }));
    }

    [Test]
    public void Session_that_must_not_join_is_not_in_an_active_transaction()
    {
        using var scope = NewScope();
        using var session = Factory.WithOptions().AutoJoinTransaction(false).OpenSession();
        session.Get<Cat>(1);
        Assert.That(session.GetSessionImplementation().TransactionContext, Is.Null);
        Assert.That(Journal.Of("joined"), Is.Empty);
    }

    [Test]
    public void Scope_that_rolls_back_flushes_nothing()
    {
        using (NewScope())
        using (var session = Factory.OpenSession())
            session.Get<Cat>(1).Title = "changed";
        Assert.That(Journal.Of("PostUpdate", "AddToBatch", "PostCommit"), Is.Empty);
    }

    [Test]
    public void Who_enlists_after_the_session_is_prepared_after_its_flush()
    {
        using (var scope = NewScope())
        using (var session = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "changed";
            System.Transactions.Transaction.Current!.EnlistVolatile(new Enlisted(), EnlistmentOptions.EnlistDuringPrepareRequired);
            scope.Complete();
        }
        Assert.That(Journal.Of("PostUpdate", "prepare enlisted"), Is.EqualTo(new[] { "PostUpdate Cat#1", "prepare enlisted" }));
    }

    [Test]
    public void Who_enlists_to_be_prepared_early_costs_the_database_no_second_phase()
    {
        var prepared = RunPrepareCount(EnlistmentOptions.EnlistDuringPrepareRequired);
        Assert.That(prepared, Is.Zero);
    }

    [Test]
    public void Who_enlists_as_an_ordinary_participant_makes_the_database_prepare()
    {
        var prepared = RunPrepareCount(EnlistmentOptions.None);
        Assert.That(prepared, Is.EqualTo(1));
    }

    [Test]
    public void Change_is_committed_in_the_database_when_TransactionCompleted_is_raised()
    {
        var (title, status) = ("", (TransactionStatus?)null);
        using (var scope = NewScope())
        using (var session = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "changed";
            session.Flush();
            System.Transactions.Transaction.Current!.TransactionCompleted += (_, completed) => (title, status) = (TitleInDatabase(), completed.Transaction!.TransactionInformation.Status);
            scope.Complete();
        }
        Assert.That((title, status), Is.EqualTo(("changed", (TransactionStatus?)TransactionStatus.Committed)));
    }

    [Test]
    public void Session_hears_of_completion_before_TransactionCompleted_is_raised()
    {
        using (var scope = NewScope())
        using (var session = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "changed";
            System.Transactions.Transaction.Current!.TransactionCompleted += (_, _) => Journal.Write("completed");
            scope.Complete();
        }
        Assert.That(Journal.Of("PostCommit", "completed"), Is.EqualTo(new[] { "PostCommitUpdate Cat#1", "completed" }));
    }

    [Test]
    public void With_two_connections_a_session_hears_of_success_while_its_change_is_not_yet_visible()
    {
        var seen = new List<string>();
        RecordingListener.OnCommitted = _ => seen.Add(TitleInDatabase());
        var atEnd = "";
        using (var scope = NewScope())
        using (var session = Factory.OpenSession())
        using (var other = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "changed";
            other.Get<Tag>(1).Name = "changed";
            System.Transactions.Transaction.Current!.TransactionCompleted += (_, _) => atEnd = TitleInDatabase();
            scope.Complete();
        }
        Assert.That(seen, Has.Member("A"), "the commit of the second phase has not been sent");
        Assert.That(atEnd, Is.EqualTo("changed"), "when TransactionCompleted is raised, it has been");
    }

    [Test]
    public void Scope_is_serializable_by_default()
    {
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        Assert.That(System.Transactions.Transaction.Current!.IsolationLevel, Is.EqualTo(IsolationLevel.Serializable));
        using var session = Factory.OpenSession();
        Assert.That(session.CreateSQLQuery("show transaction_isolation").UniqueResult<string>(), Is.EqualTo("serializable"));
    }

    private int RunPrepareCount(EnlistmentOptions options)
    {
        var prepared = -1;
        using (var scope = NewScope())
        using (var session = Factory.OpenSession())
        {
            // In the second phase whoever enlisted first is called first.
            System.Transactions.Transaction.Current!.EnlistVolatile(new Enlisted(() => prepared = PreparedInDatabase()), options);
            session.Get<Cat>(1).Title = "changed";
            session.Flush();
            scope.Complete();
        }
        return prepared;
    }

    private static TransactionScope NewScope() =>
        new(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);

    private string TitleInDatabase() => (string)Ask("select title from Cat where id = 1");

    private int PreparedInDatabase() => (int)Ask("select count(*)::int from pg_prepared_xacts where database = current_database()");

    private object Ask(string sql)
    {
        using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        using var connection = new NpgsqlConnection(ConnectionString + ";Enlist=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar()!;
    }

    /// <summary>Says yes. <paramref name="commit"/> runs in the second phase.</summary>
    private sealed class Enlisted(System.Action? commit = null) : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            Journal.Write("prepare enlisted");
            preparingEnlistment.Prepared();
        }

        public void Commit(Enlistment enlistment)
        {
            commit?.Invoke();
            enlistment.Done();
        }

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }

    private sealed class AfterProcess : IAfterTransactionCompletionProcess
    {
        public void ExecuteAfterTransactionCompletion(bool success) => Journal.Write($"after process {success}");

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken)
        {
            ExecuteAfterTransactionCompletion(success);
            return Task.CompletedTask;
        }
    }
}
