using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Event;
using NHibernate.Action;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>Without a transaction nothing of NHibernate's tells when a change is done: the cache publishes when the statement has run.</summary>
public sealed class FlushWithoutTransactionTests : AssumptionFixture
{
    private static readonly string[] s_seen = ["PostUpdate", "UpdateTimestampsCache put", "PostCommit", "after"];

    [Test]
    public void Flush_without_transaction_raises_flush_events_and_marks_spaces_and_completes_nothing()
    {
        using var session = Factory.OpenSession();
        session.Get<Cat>(1).Title = "changed";
        Journal.Clear();
        session.Flush();
        Assert.That(Journal.Of(s_seen), Is.EqualTo(new[] { "PostUpdate Cat#1", "UpdateTimestampsCache put Cat timestamp" }));
    }

    [Test]
    public void Flush_without_transaction_is_completed_by_the_next_operation()
    {
        using var session = Factory.OpenSession();
        session.Get<Cat>(1).Title = "changed";
        session.Flush();
        Journal.Clear();
        session.Get<Cat>(2);
        Assert.That(Journal.Of(s_seen), Is.EqualTo(new[] { "PostCommitUpdate Cat#1", "UpdateTimestampsCache put Cat timestamp" }));
    }

    [Test]
    public void Flush_without_transaction_hears_the_success_of_the_next_operation_not_its_own()
    {
        var heard = new List<bool>();
        using var session = Factory.OpenSession();
        session.Get<Cat>(1).Title = "changed";
        session.Flush();
        ((IEventSource)session).ActionQueue.RegisterProcess(new AfterProcess(heard.Add));
        Assert.That(() => session.CreateSQLQuery("delete from no_such_table").ExecuteUpdate(), Throws.InstanceOf<HibernateException>());
        Assert.That(heard, Is.EqualTo(new[] { false }));
        using var other = Factory.OpenSession();
        Assert.That(other.CreateSQLQuery("select title from Cat where id = 1").UniqueResult<string>(), Is.EqualTo("changed"));
    }

    [Test]
    public void PostUpdate_comes_before_a_batched_statement_has_run()
    {
        var inDatabase = new List<string>();
        RecordingListener.OnEvent = @event =>
        {
            if (@event is PostUpdateEvent)
                inDatabase.Add(TitleInDatabase());
        };
        using var session = Factory.OpenSession();
        session.Get<Cat>(1).Title = "changed";
        session.Flush();
        Assert.That(inDatabase, Is.EqualTo(new[] { "A" }));
        Assert.That(TitleInDatabase(), Is.EqualTo("changed"));
    }

    [Test]
    public void Update_of_a_stateless_session_returns_before_its_batched_statement_has_run()
    {
        using var session = Factory.OpenStatelessSession();
        var cat = session.Get<Cat>(1);
        cat.Title = "changed";
        session.Update(cat);
        Assert.That(Journal.Of("AddToBatch"), Is.EqualTo(new[] { "AddToBatch UPDATE Cat" }));
        Assert.That(TitleInDatabase(), Is.EqualTo("A"));
        session.GetSessionImplementation().Flush();
        Assert.That(TitleInDatabase(), Is.EqualTo("changed"));
    }

    [Test]
    public void Batch_of_a_stateless_session_that_is_closed_without_flush_is_lost()
    {
        using (var session = Factory.OpenStatelessSession())
        {
            var cat = session.Get<Cat>(1);
            cat.Title = "changed";
            session.Update(cat);
        }
        Assert.That(TitleInDatabase(), Is.EqualTo("A").Or.EqualTo("changed"));
        Assert.That(Journal.Of("batcher disposed"), Is.Not.Empty, "whatever became of it, the batcher is told");
    }

    private string TitleInDatabase()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("select title from Cat where id = 1", connection);
        return (string)command.ExecuteScalar()!;
    }

    private sealed class AfterProcess(Action<bool> heard) : IAfterTransactionCompletionProcess
    {
        public void ExecuteAfterTransactionCompletion(bool success) => heard(success);

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken)
        {
            heard(success);
            return Task.CompletedTask;
        }
    }
}
