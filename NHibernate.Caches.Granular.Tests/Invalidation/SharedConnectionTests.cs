using System.Data;
using System.Transactions;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Transaction;
using Npgsql;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Sessions that share a connection, that were given one, or that keep out of an ambient transaction.</summary>
public sealed class SharedConnectionTests : BlogFixture
{
    private string _otherDatabase = "";

    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    private static string CatTitle(ISession session) => session.Get<Cat>(1).Title;

    private static string TagName(ISession session) => session.Get<Tag>(1).Name;

    [OneTimeSetUp]
    public async Task CreateOtherDatabase()
    {
        _otherDatabase = await TestDatabase.CreateAsync("sharedconnectiontests_other");
        await using var connection = new NpgsqlConnection(_otherDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            create table Cat (id int primary key, title text);
            create table Tag (id int primary key, name text);
            insert into Cat values (1, 'other');
            insert into Tag values (1, 'other');
            """, connection);
        await command.ExecuteNonQueryAsync();
    }

    [Test]
    public void Session_on_another_database_does_not_read_the_factory_s_regions()
    {
        Fill();
        Assert.That(InOtherDatabase(CatTitle), Is.EqualTo("other"));
        Assert.That(InOtherDatabase(TagName), Is.EqualTo("other"));
    }

    [Test]
    public void Session_on_another_database_does_not_feed_the_factory_s_regions()
    {
        Commit(Count);
        InOtherDatabase(CatTitle);
        InOtherDatabase(TagName);
        Assert.That(Commit(CatTitle), Is.EqualTo("A"));
        Assert.That(Commit(TagName), Is.EqualTo("x"));
    }

    [Test]
    public void Session_reconnected_to_another_database_gets_that_database_s_answers()
    {
        static List<string> Titles(ISession session) => [.. session.Query<Cat>().Where(cat => cat.Id == 1).Select(cat => cat.Title).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(Titles);
        using var connection = new NpgsqlConnection(_otherDatabase);
        connection.Open();
        using var session = Factory.OpenSession();
        Assert.That(Titles(session), Is.EqualTo(new[] { "A" }));
        session.Disconnect();
        session.Reconnect(connection);
        using (var transaction = session.BeginTransaction())
        {
            Assert.That(Titles(session), Is.EqualTo(new[] { "other" }));
            transaction.Commit();
        }
        session.Disconnect();
    }

    [Test]
    public void Session_that_keeps_out_of_the_ambient_transaction_publishes_nothing_as_committed()
    {
        Ask(Count);
        var options = new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted };
        using (var scope = new TransactionScope(TransactionScopeOption.Required, options))
        {
            using var session = Factory.WithOptions().AutoJoinTransaction(false).OpenSession();
            session.CreateSQLQuery("insert into Post (id, title, visible, price) values (10, 'ten', true, 0)").ExecuteUpdate();
            // The driver has joined what NHibernate has not: nobody else sees the row yet.
            using (new TransactionScope(TransactionScopeOption.Suppress))
            {
                Assert.That(Ask(Count).Result, Is.EqualTo(3));
                Assert.That(Ask(Count).Result, Is.EqualTo(3));
            }
            scope.Complete();
        }
        Assert.That(Ask(Count).Result, Is.EqualTo(4));
    }

    [Test]
    public void Session_that_shares_a_snapshot_does_not_cache_what_the_snapshot_shows()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            Count(session);
            Commit(other => other.Get<Cat>(1).Title = "changed");
            Factory.EvictEntity(typeof(Cat).FullName);
            using var child = session.SessionWithOptions().Connection().OpenSession();
            Assert.That(CatTitle(child), Is.EqualTo("A"), "what the snapshot shows");
            transaction.Commit();
        }
        Assert.That(Commit(CatTitle), Is.EqualTo("changed"));
    }

    [Test]
    public void First_change_made_while_committing_is_announced_before_the_commit()
    {
        Ask(Count);
        Ask(Count);
        (int, bool)? asked = null;
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            transaction.RegisterSynchronization(new Before(() => session.CreateSQLQuery("insert into Post (id, title, visible, price) values (10, 'ten', true, 0)").ExecuteUpdate()));
            transaction.RegisterSynchronization(new Before(() => asked = Ask(Count)));
            transaction.Commit();
        }
        Assert.That(asked, Is.EqualTo((3, false)), "locked: COMMIT is about to be sent");
        Assert.That(Ask(Count).Result, Is.EqualTo(4));
    }

    [Test]
    public void Changes_flushed_by_a_dependent_session_while_committing_are_seen_afterwards()
    {
        Ask(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        using (var child = session.SessionWithOptions().Connection().OpenSession())
        {
            child.Save(new Post { Id = 10, Title = "ten" });
            transaction.Commit();
        }
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Query_in_a_completion_callback_does_not_publish_a_rolled_back_change()
    {
        Ask(Count);
        Ask(Count);
        using (var session = Factory.WithOptions().Interceptor(new QueryAfterwards()).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 10, Title = "ten" });
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    private void Fill()
    {
        Commit(Count);
        for (var i = 0; i < 2; i++)
        {
            Commit(CatTitle);
            Commit(TagName);
        }
    }

    private T InOtherDatabase<T>(Func<ISession, T> work)
    {
        using var connection = new NpgsqlConnection(_otherDatabase);
        connection.Open();
        using var session = Factory.WithOptions().Connection(connection).OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
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

    private sealed class QueryAfterwards : EmptyInterceptor
    {
        private ISession? _session;

        public override void SetSession(ISession session) => _session = session;

        // NHibernate tells of every query outside a transaction too, without one.
        public override void AfterTransactionCompletion(ITransaction? tx)
        {
            if (tx is not null)
                _session!.CreateSQLQuery("select count(*) from Tag").UniqueResult();
        }
    }
}
