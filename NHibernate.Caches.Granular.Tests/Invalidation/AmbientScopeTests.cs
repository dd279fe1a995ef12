using System.Transactions;
using NHibernate.Caches.Granular.Tests.Blog;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Ambient transactions with several connections, and with connections that are in them without NHibernate's knowledge.</summary>
public sealed class AmbientScopeTests : PlayFixture
{
    private ISessionFactory _other = null!;
    private string _otherDatabase = "";

    protected override bool NeedsFactoryPerTest => true;

    [OneTimeSetUp]
    public async Task CreateOtherDatabase()
    {
        _otherDatabase = await TestDatabase.CreateAsync("ambientscopetests_other");
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.ConnectionString, _otherDatabase);
        new Tool.hbm2ddl.SchemaExport(configuration).Create(false, true);
        _other = configuration.BuildSessionFactory();
    }

    [OneTimeTearDown]
    public void CloseOtherFactory() => _other.Dispose();

    [SetUp]
    public void EmptyOtherDatabase()
    {
        NpgsqlConnection.ClearAllPools();
        using var session = _other.OpenSession();
        Execute(session, "delete from Post");
    }

    /// <summary>What a test has left prepared would stop the others.</summary>
    [TearDown]
    public void EndPrepared()
    {
        foreach (var database in new[] { ConnectionString, _otherDatabase })
        {
            foreach (var prepared in PreparedIn(database))
                Direct(database, $"rollback prepared '{prepared}'");
        }
    }

    [Test]
    public void Two_sessions_in_one_scope_are_published_after_both_are_committed()
    {
        Cache(Count);
        Cache(First);
        List<int> reads;
        using (var scope = NewScope())
        using (var first = Factory.OpenSession())
        using (var second = Factory.OpenSession())
        {
            Add(first);
            second.Get<Post>(1).Title = "changed";
            var seen = new List<int>();
            // In the second phase, of which this is a part, one of the two may be committed.
            System.Transactions.Transaction.Current!.EnlistVolatile(new Participant(commit: () => seen.AddRange([Outside(Count), Outside(session => First(session).Length)])), EnlistmentOptions.None);
            scope.Complete();
            reads = seen;
        }
        Assert.That(reads, Has.Count.EqualTo(2), "somebody read meanwhile");
        AssertFresh(Count);
        AssertFresh(First);
        Assert.That(Database(First), Is.EqualTo(new[] { "changed", "third", "ten" }));
    }

    [Test]
    public void Two_databases_in_one_scope_are_both_invalidated()
    {
        Cache(Count);
        Assert.That(OfOther(Count), Is.Zero);
        using (var scope = NewScope())
        using (var first = Factory.OpenSession())
        using (var second = _other.OpenSession())
        {
            Add(first);
            second.Save(new Post { Id = 1, Title = "other" });
            scope.Complete();
        }
        AssertFresh(Count);
        Assert.That(OfOther(Count), Is.EqualTo(1));
    }

    [Test]
    public void Scope_that_is_not_completed_keeps_the_results_of_both_databases()
    {
        Cache(Count);
        OfOther(Count);
        using (NewScope())
        using (var first = Factory.OpenSession())
        using (var second = _other.OpenSession())
        {
            Add(first);
            first.Flush();
            second.Save(new Post { Id = 1, Title = "other" });
            second.Flush();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
        Assert.That(OfOther(Count), Is.Zero);
    }

    [Test]
    public void Second_connection_that_cannot_prepare_rolls_both_back_and_leaves_nothing_stale()
    {
        Cache(Count);
        Assert.That(() =>
        {
            using var scope = NewScope();
            using var first = Factory.OpenSession();
            using var second = _other.OpenSession();
            Add(first);
            first.Flush();
            second.Save(new Post { Id = 1, Title = "other" });
            second.Flush();
            Kill(second);
            scope.Complete();
            first.Dispose();
            second.Dispose();
            scope.Dispose();
        }, Throws.InstanceOf<System.Transactions.TransactionException>());
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(3));
    }

    [Test]
    public void Participant_that_refuses_to_prepare_rolls_back_and_leaves_nothing_stale()
    {
        Cache(Count);
        Assert.That(() =>
        {
            using var scope = NewScope();
            using var session = Factory.OpenSession();
            Add(session);
            session.Flush();
            System.Transactions.Transaction.Current!.EnlistVolatile(new Participant(refuses: true), EnlistmentOptions.None);
            scope.Complete();
            session.Dispose();
            scope.Dispose();
        }, Throws.InstanceOf<System.Transactions.TransactionException>());
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(3));
    }

    [Test]
    public void Prepared_connection_that_is_committed_late_leaves_nothing_stale()
    {
        Cache(Count);
        try
        {
            using var scope = NewScope();
            using var first = Factory.OpenSession();
            using var second = _other.OpenSession();
            // Who enlists first is the first to be told to commit: then all are prepared.
            System.Transactions.Transaction.Current!.EnlistVolatile(new Participant(commit: () => Outside(_ => Break())), EnlistmentOptions.None);
            Add(first);
            first.Flush();
            second.Save(new Post { Id = 1, Title = "other" });
            second.Flush();
            scope.Complete();
        }
        catch (Exception exception)
        {
            TestContext.Out.WriteLine(exception.Message);
        }
        var prepared = PreparedIn(ConnectionString);
        Assert.That(prepared, Has.Count.EqualTo(1), "COMMIT PREPARED did not reach the server");
        Assert.That(Ask(Count).Result, Is.EqualTo(3));
        Direct(ConnectionString, $"commit prepared '{prepared[0]}'");
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Session_reconnected_to_another_database_in_a_scope_invalidates_in_both()
    {
        // Databases by their own names, as those of the other factory are.
        using var factory = Configure().BuildSessionFactory();
        Assert.That(OfOther(Count), Is.Zero);
        using (var scope = NewScope())
        using (var connection = new NpgsqlConnection(_otherDatabase))
        using (var session = factory.OpenSession())
        {
            Execute(session, "insert into Post (id, title, visible, price) values (10, 'ten', true, 0)");
            connection.Open();
            session.Disconnect();
            session.Reconnect(connection);
            Execute(session, "insert into Post (id, title, visible, price) values (10, 'ten', true, 0)");
            session.Disconnect();
            scope.Complete();
        }
        Assert.That(OfOther(Count), Is.EqualTo(1));
    }

    [Test]
    public void Connection_that_stays_enlisted_where_the_scope_is_suppressed_publishes_nothing_as_committed()
    {
        Cache(Count);
        using (var scope = NewScope())
        {
            using var session = Factory.WithOptions().AutoJoinTransaction(false).ConnectionReleaseMode(ConnectionReleaseMode.OnClose).OpenSession();
            Execute(session, "update Tag set name = 'changed' where id = 1");
            using (new TransactionScope(TransactionScopeOption.Suppress))
            {
                Execute(session, "insert into Post (id, title, visible, price) values (10, 'ten', true, 0)");
                Assert.That(Count(session), Is.EqualTo(4), "its own row");
                Assert.That(Ask(Count).Result, Is.EqualTo(3), "which is not committed");
            }
            scope.Complete();
        }
        AssertFresh(Count);
        Assert.That(Database(Count), Is.EqualTo(4));
    }

    [Test]
    public void Session_in_a_scope_does_not_cache_what_another_of_the_scope_has_not_committed()
    {
        Cache(Count);
        using (NewScope())
        {
            using (var first = Factory.OpenSession())
            {
                Add(first);
                first.Flush();
            }
            // It may get the first one's connection.
            using var second = Factory.OpenSession();
            var hits = Statistics.QueryCacheHitCount;
            Count(second);
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits), "neither got nor, as the next look shows, put");
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    private static TransactionScope NewScope() =>
        new(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);

    private T OfOther<T>(Func<ISession, T> query)
    {
        using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        using var session = _other.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = query(session);
        transaction.Commit();
        return result;
    }

    private T Outside<T>(Func<ISession, T> query)
    {
        using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        return Ask(query).Result;
    }

    private bool Break()
    {
        Direct(TestDatabase.ConnectionString, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{new NpgsqlConnectionStringBuilder(ConnectionString).Database}' and pid <> pg_backend_pid()");
        return true;
    }

    private static List<string> PreparedIn(string database)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand("select gid from pg_prepared_xacts where database = current_database()", connection);
        using var reader = command.ExecuteReader();
        var prepared = new List<string>();
        while (reader.Read())
            prepared.Add(reader.GetString(0));
        return prepared;
    }

    private static void Kill(ISession session) =>
        Direct(TestDatabase.ConnectionString, $"select pg_terminate_backend({session.CreateSQLQuery("select pg_backend_pid()").UniqueResult<int>()})");

    private static void Direct(string connectionString, string sql)
    {
        using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        using var connection = new NpgsqlConnection(connectionString + ";Enlist=false;Pooling=false");
        connection.Open();
#pragma warning disable CA2100 // Statements of these tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private sealed class Participant(System.Action? commit = null, bool refuses = false) : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            if (refuses)
                preparingEnlistment.ForceRollback();
            else
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
}
