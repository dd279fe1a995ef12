using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section H of the catalogue: what transactions see of themselves and of each other.</summary>
public sealed class TransactionScenarios : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    private static string Title(ISession session) => session.Query<Post>().Where(post => post.Id == 1).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();

    [TestCase(TestName = "H01 Row is updated and read by two transactions: own change seen, others after the commit")]
    public void Row_is_updated_and_read_by_two()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            Assert.That(Title(session), Is.EqualTo("changed"));
            Assert.That(Ask(Title), Is.EqualTo(("first", true)));
            transaction.Commit();
        }
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [TestCase(TestName = "H02 Change within a released savepoint: dropped by the outer commit only")]
    public void Savepoint_is_released()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Execute(session, "savepoint inside");
            Execute(session, "update Post set title = 'changed' where id = 1");
            Execute(session, "release savepoint inside");
            Assert.That(Ask(Title), Is.EqualTo(("first", true)));
            transaction.Commit();
        }
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [TestCase(TestName = "H03 Update is rolled back: kept")]
    public void Update_is_rolled_back()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [TestCase(TestName = "H04 Savepoint is rolled back and the outer transaction commits: never stale, dropped all the same")]
    public void Savepoint_is_rolled_back()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Execute(session, "savepoint inside");
            Execute(session, "update Post set title = 'changed' where id = 1");
            Assert.That(Title(session), Is.EqualTo("changed"));
            Execute(session, "rollback to savepoint inside");
            Assert.That(Title(session), Is.EqualTo("first"));
            Assert.That(Ask(Title), Is.EqualTo(("first", true)));
            transaction.Commit();
        }
        AssertFresh(Title);
    }

    [TestCase(TestName = "H05 Savepoint is rolled back: other tables are answered from the cache, and all of them after the commit")]
    public void Cache_is_usable_after_a_savepoint()
    {
        static int Tags(ISession session) => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count();
        Cache(Tags);
        using var session = Factory.OpenSession();
        using (var transaction = session.BeginTransaction())
        {
            Execute(session, "savepoint inside");
            Execute(session, "update Post set title = 'changed' where id = 1");
            Execute(session, "rollback to savepoint inside");
            var hits = Statistics.QueryCacheHitCount;
            Tags(session);
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1));
            transaction.Commit();
        }
        AssertFresh(Title);
        var before = Statistics.QueryCacheHitCount;
        Assert.That(Title(session), Is.EqualTo("first"));
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(before + 1), "the session too");
    }

    [TestCase(TestName = "H06 Clean transaction reads twice and writes: second from the cache, then bypassed")]
    public void Clean_transaction_reads_twice()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Title(session);
        Title(session);
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(1));
        session.Get<Post>(2).Title = "changed";
        Title(session);
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(1));
        transaction.Rollback();
    }

    [TestCase(TestName = "H07 Constraint violation ends the transaction: kept, and the cache goes on working")]
    public void Constraint_is_violated()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            session.Flush();
            Assert.That(() => Execute(session, "insert into Post (id, title, visible, price) values (1, 'again', true, 0)"), Throws.InstanceOf<HibernateException>());
            // The server turns it into a rollback.
            transaction.Commit();
        }
        AssertFresh(Title);
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
        Assert.That(Ask(Title).WasHit, Is.True);
    }

    [TestCase(TestName = "H09 Callback after the commit reads: sees the change")]
    public void Callback_reads()
    {
        Cache(Title);
        var seen = new List<string>();
        var interceptor = new UserInterceptor { Completed = () => seen.Add(Ask(Title).Result) };
        using (var session = OpenWith(interceptor))
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            Listeners.Committed = _ => seen.Add(Ask(Title).Result);
            transaction.RegisterSynchronization(new Synchronization(after: () => seen.Add(Ask(Title).Result)));
            transaction.Commit();
        }
        Assert.That(seen, Is.EqualTo(new[] { "changed", "changed", "changed" }));
    }

    [TestCase(TestName = "H10 Suspension of invalidation ends before the commit: still suspended")]
    public void Suspension_ends_before_the_commit()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            using (Factory.GranularCache().SuspendInvalidation())
            {
                session.Get<Post>(1).Title = "changed";
                session.Flush();
            }
            transaction.Commit();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [TestCase(TestName = "H11 Native upsert, cached read, rollback: the uncommitted row is nobody's")]
    public void Upsert_is_rolled_back()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Execute(session, "insert into Post (id, title, visible, price) values (1, 'upserted', true, 0) on conflict (id) do update set title = excluded.title");
            Assert.That(Title(session), Is.EqualTo("upserted"));
            transaction.Rollback();
        }
        AssertFresh(Title);
        Assert.That(Ask(Title).Result, Is.EqualTo("first"));
    }

    [TestCase(TestName = "H12 Transaction without NHibernate's object, cached read, rollback: the uncommitted row is nobody's")]
    public void Transaction_of_the_user_s_own()
    {
        using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var theirs = connection.BeginTransaction();
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            Add(session);
            session.Flush();
            Assert.That(Count(session), Is.EqualTo(4));
            theirs.Rollback();
        }
        using (var session = Factory.WithOptions().ConnectionReleaseMode(ConnectionReleaseMode.OnClose).OpenSession())
        {
            Execute(session, "begin");
            Execute(session, "delete from Comment");
            Assert.That(session.Query<Comment>().WithOptions(o => o.SetCacheable(true)).Count(), Is.Zero);
            Execute(session, "rollback");
        }
        AssertFresh(Count);
        AssertFresh(session => session.Query<Comment>().WithOptions(o => o.SetCacheable(true)).Count());
    }

    [TestCase(TestName = "H13 Listener works elsewhere inside the transaction, which is rolled back: kept")]
    public void Listener_works_elsewhere()
    {
        Cache(Title);
        Listeners.Updating = _ => Commit(other => other.Get<Tag>(1).Name = "changed");
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [TestCase(TestName = "H14 SELECT whose names look like statements: no change, kept")]
    public void Names_look_like_statements()
    {
        Cache(Title);
        Commit(session => session.CreateSQLQuery("select title as updated_at, 'delete from Post' as \"insert\" from Post /* update Post */").List());
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [TestCase(TestName = "H15 Error of the commit itself: nothing lost, nothing stuck")]
    public void Commit_itself_fails()
    {
        Execute("alter table Post drop constraint if exists later; alter table Post add constraint later unique (slug) deferrable initially deferred");
        try
        {
            Cache(Title);
            using (var session = Factory.OpenSession())
            {
                var transaction = session.BeginTransaction();
                session.Get<Post>(1).Slug = "second";
                session.Get<Post>(1).Title = "changed";
                Assert.That(transaction.Commit, Throws.InstanceOf<TransactionException>());
            }
            AssertFresh(Title);
        }
        finally
        {
            Execute("alter table Post drop constraint later");
        }
    }

    [TestCase(TestName = "H16 Everything is invalidated inside a transaction that rolls back: dropped at once")]
    public void Everything_is_invalidated_inside()
    {
        Cache(Title);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Factory.GranularCache().InvalidateAll();
        Assert.That(Ask(Title), Is.EqualTo(("first", false)));
        transaction.Rollback();
    }

    [TestCase(TestName = "H17 Write, then rollback: other results kept, the uncommitted read not cached")]
    public void Write_is_rolled_back()
    {
        Cache(session => Titles(session, 2));
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            Assert.That(Titles(session, 1), Does.Contain("ten"));
            transaction.Rollback();
        }
        Assert.That(Ask(session => Titles(session, 2)).WasHit, Is.True);
        Assert.That(Ask(First).Result, Does.Not.Contain("ten"));
    }

    [TestCase(TestName = "H18 Hit lists a row that is in the session already: that instance, once")]
    public void Row_is_in_the_session_already()
    {
        static List<Post> Posts(ISession session) => [.. session.Query<Post>().Where(post => post.Cat!.Id == 1).WithOptions(o => o.SetCacheable(true))];
        Ask(session => Posts(session).Count);
        using var session = Factory.OpenSession();
        var post = session.Get<Post>(1);
        var hits = Statistics.QueryCacheHitCount;
        Assert.That(Posts(session), Has.Exactly(1).SameAs(post));
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1));
        using var other = Factory.OpenSession();
        Assert.That(Posts(other), Has.None.SameAs(post), "no instance is shared between sessions");
    }

    private void Execute(string sql) => Commit(session => sql.Split("; ").Sum(statement => Execute(session, statement)));
}
