using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Changes whose outcome is not heard keep their stamps locked to the end of the lease.</summary>
public sealed class LeaseTests : BlogFixture
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(1);

    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    protected override void Configure(Configuration configuration) => configuration.UseGranularCache(options => options.Lease = s_lease);

    [Test]
    public void Supplied_connection_without_transaction_bypasses_the_cache_and_locks_what_it_changed()
    {
        Ask(Count);
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using (var theirs = connection.BeginTransaction())
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        {
            var hits = Statistics.QueryCacheHitCount;
            Assert.That(Count(session), Is.EqualTo(3));
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits), "no hit on a connection we know nothing of");
            session.Save(new Post { Id = 10, Title = "ten" });
            session.Flush();
            Assert.That(Ask(Count), Is.EqualTo((3, false)), "moved by the flush");
            Assert.That(Ask(Count), Is.EqualTo((3, false)), "and locked, for the user's own transaction may commit at any time");
            theirs.Commit();
        }
        Assert.That(Ask(Count).Result, Is.EqualTo(4));
        Thread.Sleep(s_lease * 1.2);
        Ask(Count);
        Assert.That(Ask(Count), Is.EqualTo((4, true)), "the lease has ended");
    }

    [Test]
    public void Lost_connection_during_an_autocommit_statement_keeps_the_lock_to_the_lease()
    {
        Ask(Count);
        using (var session = Factory.OpenSession())
        {
            Assert.That(
                () => session.CreateSQLQuery("insert into Post (Id, Title, Visible, Price) select 10, 'ten', true, 1 from pg_terminate_backend(pg_backend_pid())").ExecuteUpdate(),
                Throws.InstanceOf<HibernateException>());
        }
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
        Assert.That(Ask(Count), Is.EqualTo((3, false)), "locked: nobody heard what became of it");
        Thread.Sleep(s_lease * 1.2);
        Ask(Count);
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Lost_connection_while_inserted_rows_are_read_leaves_nothing_stale()
    {
        using var wire = new Wire(ConnectionString);
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.ConnectionString, wire.ConnectionString);
        using var factory = configuration.BuildSessionFactory();
        using (var session = factory.OpenSession())
        {
            Assert.That(Count(session), Is.EqualTo(3), "its database is known");
            wire.BreaksAfter = 100_000;
            // Far more than the buffers in between hold: the server commits when it has sent the last row.
            var insert = session.CreateSQLQuery("insert into Post (Id, Title, Visible, Price) select g, 'many', true, 1 from generate_series(11, 3010) g returning repeat('x', 10000) as text").AddScalar("text", NHibernateUtil.String);
            Assert.That(() => insert.List(), Throws.InstanceOf<HibernateException>());
        }
        Ask(Count);
        Assert.That(Ask(Count), Is.EqualTo((3, false)), "locked: the commit may come");

        wire.Drain();

        Assert.That(Ask(Count).Result, Is.EqualTo(3003));
    }

    [Test]
    public void Session_that_has_not_joined_the_ambient_transaction_keeps_what_it_changed_locked()
    {
        Ask(Count);
        var options = new System.Transactions.TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted };
        using (var scope = new System.Transactions.TransactionScope(System.Transactions.TransactionScopeOption.Required, options))
        using (var session = Factory.WithOptions().AutoJoinTransaction(false).OpenSession())
        {
            session.Save(new Post { Id = 10, Title = "ten" });
            session.Flush();
            using (new System.Transactions.TransactionScope(System.Transactions.TransactionScopeOption.Suppress))
            {
                Assert.That(Ask(Count), Is.EqualTo((3, false)), "the driver enlisted the connection: nothing is committed");
                Assert.That(Ask(Count), Is.EqualTo((3, false)));
            }
            scope.Complete();
        }
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }
}
