using System.Data;
using System.Transactions;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>What transactions of every kind see and leave behind.</summary>
public sealed class TransactionTests : BlogFixture
{
    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    private static Task<int> CountAsync(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).CountAsync();

    private static void Add(ISession session) => session.Save(new Post { Id = 10, Title = "ten" });

    [Test]
    public void Transaction_sees_its_own_flushed_row_and_others_do_not()
    {
        Ask(Count);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Add(session);
        Assert.That(Count(session), Is.EqualTo(4), "auto-flushed before the query");
        Assert.That(Ask(Count), Is.EqualTo((3, true)), "nothing is committed");
        transaction.Commit();
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
        Assert.That(Ask(Count), Is.EqualTo((4, true)));
    }

    [Test]
    public async Task Asynchronous_transaction_invalidates_like_a_synchronous_one()
    {
        Ask(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            await session.SaveAsync(new Post { Id = 10, Title = "ten" });
            Assert.That(await CountAsync(session), Is.EqualTo(4));
            await transaction.CommitAsync();
        }
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Flush_without_transaction_invalidates()
    {
        Ask(Count);
        using (var session = Factory.OpenSession())
        {
            Add(session);
            session.Flush();
            Assert.That(Ask(Count), Is.EqualTo((4, false)), "published by the flush, not by the session's end");
        }
    }

    [Test]
    public void Stateless_session_without_transaction_invalidates()
    {
        Ask(Count);
        using (var session = Factory.OpenStatelessSession())
            session.Insert(new Post { Id = 10, Title = "ten" });
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Failed_statement_without_transaction_leaves_nothing_stale()
    {
        Ask(Count);
        using (var session = Factory.OpenSession())
            Assert.That(() => session.CreateSQLQuery("insert into Post (Id) values (1)").ExecuteUpdate(), Throws.InstanceOf<HibernateException>());
        Assert.That(Ask(Count).Result, Is.EqualTo(3));
        Assert.That(Ask(Count), Is.EqualTo((3, true)), "the server said that nothing was changed, so nothing stays locked");
    }

    [Test]
    public void Read_committed_transaction_scope_reads_the_cache_and_invalidates()
    {
        Ask(Count);
        var options = new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted };
        using (var scope = new TransactionScope(TransactionScopeOption.Required, options))
        using (var session = Factory.OpenSession())
        {
            var hits = Statistics.QueryCacheHitCount;
            Assert.That(Count(session), Is.EqualTo(3));
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1));
            Add(session);
            Assert.That(Count(session), Is.EqualTo(4), "its own row");
            scope.Complete();
        }
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Abandoned_transaction_scope_keeps_the_result()
    {
        Ask(Count);
        var options = new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted };
        using (new TransactionScope(TransactionScopeOption.Required, options))
        using (var session = Factory.OpenSession())
        {
            Add(session);
            session.Flush();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Serializable_transaction_bypasses_the_cache()
    {
        Ask(Count);
        var hits = Statistics.QueryCacheHitCount;
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.Serializable);
        Assert.That(Count(session), Is.EqualTo(3));
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits));
    }

    [Test]
    public void Snapshot_transaction_neither_gets_nor_puts_anything_newer_or_older_than_it_sees()
    {
        Ask(Count);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead);
        Assert.That(Count(session), Is.EqualTo(3), "takes the snapshot: a hit would leave that to a later statement");
        Commit(Add);
        Assert.That(Ask(Count), Is.EqualTo((4, false)), "a newer result is cached now");
        Assert.That(Count(session), Is.EqualTo(3), "which the snapshot must not get");
        transaction.Commit();
        Assert.That(Ask(Count), Is.EqualTo((4, true)), "nor may the snapshot's result replace it");
    }

    [Test]
    public void Result_read_before_a_commit_and_put_after_it_is_never_served()
    {
        using var reader = Factory.OpenSession();
        using var transaction = reader.BeginTransaction(IsolationLevel.RepeatableRead);
        // The snapshot is taken by another table's query, so that the count below is read from before the commit.
        Assert.That(reader.Query<Tag>().ToList(), Has.Count.EqualTo(2));
        Commit(Add);
        Assert.That(Count(reader), Is.EqualTo(3));
        transaction.Commit();
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Dependent_session_shares_the_transaction()
    {
        Ask(Count);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        using var child = session.SessionWithOptions().Connection().OpenSession();
        Add(child);
        child.Flush();
        Assert.That(Count(session), Is.EqualTo(4));
        transaction.Commit();
        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Session_used_for_several_transactions_invalidates_in_each()
    {
        static List<string> Titles(ISession session) => [.. session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).ToList()];
        using var session = Factory.OpenSession();
        for (var i = 0; i < 3; i++)
        {
            using var transaction = session.BeginTransaction();
            session.Get<Post>(1).Title = $"round {i}";
            transaction.Commit();
            Assert.That(Ask(Titles).Result[0], Is.EqualTo($"round {i}"));
        }
    }

    [Test]
    public void Locking_query_bypasses_the_cache()
    {
        static int Lock(ISession session) => session.QueryOver<Post>().Lock().Upgrade.Cacheable().List().Count;
        Ask(Lock);
        Assert.That(Ask(Lock), Is.EqualTo((3, false)));
    }

    [Test]
    public void Cache_mode_ignore_reads_and_puts_nothing()
    {
        static int Ignore(ISession session)
        {
            session.CacheMode = CacheMode.Ignore;
            return Count(session);
        }
        Ask(Ignore);
        Assert.That(Ask(Ignore).WasHit, Is.False);
        Assert.That(Ask(Count).WasHit, Is.False, "nothing was put");
    }

    [Test]
    public void Cache_mode_put_fills_the_cache()
    {
        Ask(session =>
        {
            session.CacheMode = CacheMode.Put;
            return Count(session);
        });
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Evicting_queries_empties_the_region()
    {
        Ask(Count);
        Factory.EvictQueries();
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
    }
}
