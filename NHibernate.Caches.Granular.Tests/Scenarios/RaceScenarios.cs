using System.Transactions;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Multi;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>
/// Section R, of races: readers (R) and writers (W) whose steps are played in the one order that would go wrong. Afterwards the
/// answer is the database's, twice: what a race leaves behind in the cache is found by the second look.
/// </summary>
public sealed class RaceScenarios : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    [TestCase(TestName = "R01 W commits between R's look-up and its SELECT: fresh")]
    public void Between_look_up_and_select() => Read(First, between: () => Commit(Add));

    [TestCase(TestName = "R02 W commits between R's SELECT and its put: the put is never served")]
    public void Between_select_and_put() => ReadRows(session => Ids(session, 1), between: () => Commit(Add));

    [TestCase(TestName = "R03 W commits between SELECT and put of a batch: neither put is served")]
    public void Between_select_and_put_of_a_batch()
    {
        ReadRows(session =>
        {
            var batch = session.CreateQueryBatch()
                .Add<Post>("posts", session.CreateQuery("from Post where Cat.Id = 1 order by Id").SetCacheable(true))
                .Add<long>("count", session.CreateQuery("select count(*) from Post").SetCacheable(true));
            return (string.Join(' ', batch.GetResult<Post>("posts").Select(post => post.Id)), batch.GetResult<long>("count")[0]);
        }, between: () => Commit(Add));
    }

    [TestCase(TestName = "R04 W commits between SELECT and put, asynchronously: the put is never served")]
    public async Task Between_select_and_put_asynchronously()
    {
        Listeners.Loaded = _ => Commit(Add);
        using (var session = Factory.OpenSession())
            await session.CreateQuery("from Post where Cat.Id = :cat order by Id").SetInt32("cat", 1).SetCacheable(true).ListAsync<Post>();
        AssertFresh(session => Ids(session, 1));
    }

    [TestCase(TestName = "R05 W commits between SELECT and put of CacheMode.Put: the put is never served")]
    public void Between_select_and_put_without_get() => ReadRows(session => Ids(session, 1), between: () => Commit(Add), CacheMode.Put);

    [TestCase(TestName = "R06 W commits between SELECT and put of CacheMode.Refresh: the put is never served")]
    public void Between_select_and_put_of_refresh()
    {
        Cache(session => Ids(session, 1));
        ReadRows(session => Ids(session, 1), between: () => Commit(Add), CacheMode.Refresh);
    }

    [TestCase(TestName = "R07 R reads between W's announce and its COMMIT: a miss, and its put is never served")]
    public void Between_announce_and_commit()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            transaction.RegisterSynchronization(new Synchronization(() => AssertHidden(First)));
            transaction.Commit();
        }
        AssertFresh(First);
    }

    [TestCase(TestName = "R08 R reads between W's COMMIT and its publish: the new state")]
    public void Between_commit_and_publish()
    {
        Cache(First);
        string[]? seen = null;
        using (var session = OpenWith(new UserInterceptor { Completed = () => seen = Ask(First).Result }))
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            transaction.Commit();
        }
        Assert.That(seen, Does.Contain("ten"));
        AssertFresh(First);
    }

    [TestCase(TestName = "R09 R's shape is born between W's announce and its COMMIT: its put is never served")]
    public void Shape_is_born_in_flight()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            transaction.RegisterSynchronization(new Synchronization(() => Ask(First)));
            transaction.Commit();
        }
        AssertFresh(First);
    }

    [TestCase(TestName = "R10 W2 commits between W1's announce and its COMMIT: R's reads in between are never served")]
    public void Two_writers_on_one_conjunction()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "one";
            transaction.RegisterSynchronization(new Synchronization(() =>
            {
                Commit(other => other.Get<Post>(3).Title = "two");
                Ask(First);
                AssertHidden(First);
            }));
            transaction.Commit();
        }
        AssertFresh(First);
        Assert.That(Database(First), Is.EqualTo(new[] { "one", "two" }));
    }

    [TestCase(TestName = "R11 W rolls back after its announce: nothing stale, R's read in between included")]
    public void Rollback_after_the_announce()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Tag>(1).Name = "changed";
            transaction.RegisterSynchronization(new Synchronization(() => Ask(other => other.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count())));
            transaction.RegisterSynchronization(new Synchronization(() => throw new InvalidOperationException("a user's")));
            Assert.That(transaction.Commit, Throws.InvalidOperationException);
            transaction.Rollback();
        }
        AssertFresh(session => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count());
        Assert.That(Ask(First).WasHit, Is.True, "another table");
    }

    [TestCase(TestName = "R12 W flushes again while it completes, R reads before COMMIT: a miss, and its put is never served")]
    public void Second_flush_while_completing()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Tag>(1).Name = "changed";
            transaction.RegisterSynchronization(new Synchronization(() =>
            {
                Add(session);
                session.Flush();
                AssertHidden(First);
            }));
            transaction.Commit();
        }
        AssertFresh(First);
    }

    [TestCase(TestName = "R13 W writes without transaction between R's SELECT and its put: the put is never served")]
    public void Autocommit_writer() => ReadRows(session => Ids(session, 1), between: () =>
    {
        using var writer = Factory.OpenSession();
        Add(writer);
        writer.Flush();
    });

    [TestCase(TestName = "R14 W commits an ambient transaction between R's SELECT and its put: the put is never served")]
    public void Ambient_writer() => ReadRows(session => Ids(session, 1), between: () =>
    {
        using var scope = NewScope();
        using var writer = Factory.OpenSession();
        Add(writer);
        scope.Complete();
    });

    [TestCase(TestName = "R15 Stateless W commits between R's SELECT and its put: the put is never served")]
    public void Stateless_writer() => ReadRows(session => Ids(session, 1), between: () =>
    {
        using var writer = Factory.OpenStatelessSession();
        using var transaction = writer.BeginTransaction();
        writer.Insert(new Post { Id = 10, Title = "ten", Cat = new Cat { Id = 1 } });
        transaction.Commit();
    });

    [TestCase(TestName = "R16 R's snapshot is taken, W commits, another R puts: the snapshot gets nothing newer")]
    public void Snapshot_is_older_than_an_entry()
    {
        using (var reader = Factory.OpenSession())
        using (var transaction = reader.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            Assert.That(Count(reader), Is.EqualTo(3));
            Commit(Add);
            Cache(First);
            Assert.That(First(reader), Is.EqualTo(new[] { "first", "third" }));
            transaction.Commit();
        }
        AssertFresh(First);
    }

    [TestCase(TestName = "R17 R's snapshot is taken, W commits, R puts what the snapshot shows: the put is never served")]
    public void Snapshot_puts_late()
    {
        foreach (var mode in new[] { CacheMode.Normal, CacheMode.Put, CacheMode.Refresh })
        {
            using (var reader = Factory.OpenSession())
            using (var transaction = reader.BeginTransaction(IsolationLevel.RepeatableRead))
            {
                reader.CacheMode = mode;
                Count(reader);
                Commit(session => session.Get<Post>(1).Title = $"after {mode}");
                First(reader);
                transaction.Commit();
            }
            AssertFresh(First);
        }
    }

    [TestCase(TestName = "R18 Dependent session flushes after W's announce, R reads before COMMIT: a miss, and its put is never served")]
    public void Dependent_session_flushes_late()
    {
        Cache(First);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        using (var dependent = session.SessionWithOptions().Connection().Interceptor(new UserInterceptor { Completing = () => AssertHidden(First) }).OpenSession())
        {
            Add(dependent);
            transaction.Commit();
        }
        AssertFresh(First);
    }

    [TestCase(TestName = "R19 R uses one session for many transactions, W commits before each put: none is served")]
    public void Session_is_reused()
    {
        using var reader = Factory.OpenSession();
        for (var i = 0; i < 3; i++)
        {
            var round = i;
            using (var transaction = reader.BeginTransaction())
            {
                reader.Clear();
                reader.CacheMode = round == 1 ? CacheMode.Put : CacheMode.Normal;
                Listeners.Loaded = _ => Commit(session => session.Get<Post>(1).Cat = session.Load<Cat>(1 + (round % 2)));
                Ids(reader, 1);
                transaction.Commit();
            }
            Listeners.Clear();
            AssertFresh(session => Ids(session, 1));
        }
    }

    [TestCase(TestName = "R20 W reads what it has flushed, then rolls back: nobody gets it")]
    public void Own_write_is_read_and_rolled_back()
    {
        foreach (var mode in new[] { CacheMode.Normal, CacheMode.Put, CacheMode.Refresh })
        {
            using (var session = Factory.OpenSession())
            using (var transaction = session.BeginTransaction())
            {
                session.CacheMode = mode;
                Add(session);
                Assert.That(First(session), Does.Contain("ten"));
                transaction.Rollback();
            }
            AssertFresh(First);
            Assert.That(Ask(First).Result, Does.Not.Contain("ten"));
        }
    }

    [TestCase(TestName = "R21 R's listener begins a snapshot between its SELECT and its put, after W has committed: the put is never served")]
    public void Transaction_is_begun_while_loading()
    {
        foreach (var level in new[] { IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead })
        {
            using (var reader = Factory.OpenSession())
            {
                reader.CacheMode = level == IsolationLevel.ReadCommitted ? CacheMode.Put : CacheMode.Normal;
                Listeners.Loaded = session =>
                {
                    Commit(writer => writer.Get<Post>(1).Cat = writer.Get<Post>(1).Cat!.Id == 1 ? null : writer.Load<Cat>(1));
                    session.BeginTransaction(level);
                    session.CreateSQLQuery("select 1").List();
                };
                Ids(reader, 1);
                reader.GetCurrentTransaction().Commit();
            }
            Listeners.Clear();
            AssertFresh(session => Ids(session, 1));
            Commit(writer => writer.Get<Post>(1).Cat = writer.Load<Cat>(1));
        }
    }

    [TestCase(TestName = "R22 W commits between R's hit and the loading of its rows: a row that is gone makes it a miss")]
    public void Row_vanishes_between_hit_and_loading()
    {
        Cache(session => Ids(session, 1));
        Factory.Evict(typeof(Post));
        // The first row's SELECT is preceded by the deletion of the third.
        int[] ids = [];
        using (var session = OpenWith(new UserInterceptor { Prepared = () => Commit(writer => writer.Delete(writer.Get<Post>(3))) }))
            ids = Ids(session, 1);
        Assert.That(ids, Is.EqualTo(new[] { 1 }));
        AssertFresh(session => Ids(session, 1));
    }

    [TestCase(TestName = "R23 R reads while W's ambient transaction is prepared: a miss, and its put is never served")]
    public void Ambient_writer_is_prepared()
    {
        Cache(First);
        using (var scope = NewScope())
        using (var writer = Factory.OpenSession())
        {
            Add(writer);
            System.Transactions.Transaction.Current!.EnlistVolatile(new Prepared(() =>
            {
                using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
                AssertHidden(First);
            }), EnlistmentOptions.EnlistDuringPrepareRequired);
            scope.Complete();
        }
        AssertFresh(First);
    }

    private static TransactionScope NewScope() =>
        new(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);

    private void Read<T>(Func<ISession, T> query, System.Action between)
    {
        using (var session = OpenWith(new UserInterceptor { Prepared = between }))
            query(session);
        AssertFresh(query);
    }

    private void ReadRows<T>(Func<ISession, T> query, System.Action between, CacheMode mode = CacheMode.Normal)
    {
        var wasPlayed = false;
        Listeners.Loaded = _ =>
        {
            wasPlayed = true;
            between();
        };
        using (var session = Factory.OpenSession())
        {
            session.CacheMode = mode;
            query(session);
        }
        Assert.That(wasPlayed, Is.True);
        AssertFresh(query);
    }

    private sealed class Prepared(System.Action act) : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            act();
            preparingEnlistment.Prepared();
        }

        public void Commit(Enlistment enlistment) => enlistment.Done();

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }
}
