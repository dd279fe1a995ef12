using System.Transactions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Invalidation;
using NHibernate.Linq;
using NHibernate.Proxy;
using Npgsql;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>Sessions and queries that keep out of the cache (I8), each seen not to get what is cached and not to put.</summary>
public sealed class GateTests : PlayFixture
{
    private static readonly VanishingDelegate s_notFound = new();

    protected override bool NeedsFactoryPerTest => true;

    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.EntityNotFoundDelegate = s_notFound;
    }

    [Test]
    public void Read_uncommitted_bypasses() => AssertBypassed(use =>
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.ReadUncommitted);
        use(session);
    });

    [Test]
    public void Ambient_transaction_of_unspecified_isolation_bypasses() => AssertBypassed(use =>
    {
        using var scope = NewScope(System.Transactions.IsolationLevel.Unspecified);
        using var session = Factory.OpenSession();
        use(session);
    });

    [Test]
    public void Ambient_transaction_that_is_serializable_by_default_bypasses() => AssertBypassed(use =>
    {
        using var scope = new TransactionScope();
        using var session = Factory.OpenSession();
        use(session);
    });

    [Test]
    public void Ambient_transaction_that_is_not_joined_bypasses() => AssertBypassed(use =>
    {
        using var scope = NewScope(System.Transactions.IsolationLevel.ReadCommitted);
        using var session = Factory.WithOptions().AutoJoinTransaction(false).OpenSession();
        use(session);
    });

    [TestCase("set search_path = public")]
    [TestCase("select set_config('search_path', 'public', false)")]
    [TestCase("discard plans")]
    [TestCase("reset all")]
    public void Statement_that_changes_the_session_makes_it_bypass(string sql) => AssertBypassed(use =>
    {
        using var session = Factory.OpenSession();
        if (sql.StartsWith("select", StringComparison.Ordinal))
            session.CreateSQLQuery(sql).List();
        else
            Execute(session, sql);
        use(session);
    });

    [Test]
    public void Query_with_any_lock_mode_asked_for_reaches_the_database()
    {
        foreach (var mode in new[] { LockMode.Read, LockMode.Upgrade, LockMode.UpgradeNoWait })
        {
            AssertNeverHit(session => session.CreateQuery("from Post p").SetLockMode("p", mode).SetCacheable(true).List().Count);
            AssertNeverHit(session => session.CreateCriteria<Post>().SetLockMode(mode).SetCacheable(true).List().Count);
            AssertNeverHit(session => session.Query<Post>().WithLock(mode).WithOptions(o => o.SetCacheable(true)).ToList().Count);
        }
    }

    [Test]
    public void Row_loaded_with_a_lock_comes_from_the_database()
    {
        for (var i = 0; i < 2; i++)
            Commit(session => session.Get<Post>(1));
        var before = Statistics.SecondLevelCacheHitCount;
        Commit(session => session.Get<Post>(1, LockMode.Upgrade));
        Commit(session =>
        {
            var post = session.Get<Post>(2);
            session.Lock(post, LockMode.Upgrade);
        });
        Assert.That(Statistics.SecondLevelCacheHitCount, Is.EqualTo(before), "Get and Lock went to the database");
    }

    [Test]
    public void Connection_string_of_several_hosts_bypasses()
    {
        var hosts = new NpgsqlConnectionStringBuilder(ConnectionString);
        hosts.Host = $"{hosts.Host}:{hosts.Port},{hosts.Host}:{hosts.Port}";
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.ConnectionString, hosts.ConnectionString);
        using var factory = configuration.BuildSessionFactory();
        for (var i = 0; i < 2; i++)
        {
            using var session = factory.OpenSession();
            Assert.That(Count(session), Is.EqualTo(3));
            session.Get<Post>(1);
        }
        Assert.That(factory.Statistics.QueryCacheHitCount + factory.Statistics.SecondLevelCacheHitCount, Is.Zero);
    }

    [Test]
    public void Standby_that_is_known_from_the_beginning_bypasses()
    {
        // A function before the server's own, which the connection's path finds first.
        Commit(session => Execute(session, "create or replace function public.pg_is_in_recovery() returns boolean language sql as 'select true'"));
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.ConnectionString, ConnectionString + ";Search Path=public,pg_catalog");
        using var factory = configuration.BuildSessionFactory();
        for (var i = 0; i < 2; i++)
        {
            using var session = factory.OpenSession();
            Assert.That(Count(session), Is.EqualTo(3));
            session.Get<Post>(1);
        }
        Assert.That(factory.Statistics.QueryCacheHitCount + factory.Statistics.SecondLevelCacheHitCount, Is.Zero);
    }

    [Test]
    public void Server_that_reports_to_be_a_standby_does_not_feed_the_cache()
    {
        Commit(session => session.Get<Post>(3));
        Factory.GranularCache().InvalidateAll();
        using (var wire = new Wire(ConnectionString) { ReportsStandby = true })
        using (var connection = wire.Open())
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Assert.That(ServerReports.IsStandby(connection), Is.True);
            First(session);
            session.Get<Tag>(1);
            session.Get<Post>(1);
            transaction.Commit();
        }
        Assert.That(Ask(First).WasHit, Is.False, "not put");
        var hits = Statistics.SecondLevelCacheHitCount;
        Commit(session => session.Get<Tag>(1));
        Commit(session => session.Get<Post>(1));
        Assert.That(Statistics.SecondLevelCacheHitCount, Is.EqualTo(hits));
    }

    [Test]
    public void Table_with_row_level_security_is_not_cached_without_a_tenant()
    {
        Commit(session => Execute(session, "alter table Tag enable row level security"));
        try
        {
            AssertNeverHit(session => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count());
        }
        finally
        {
            Commit(session => Execute(session, "alter table Tag disable row level security"));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Vanished_row_makes_the_hit_a_miss_whatever_the_user_s_delegate_does(bool throws)
    {
        s_notFound.Throws = throws;
        Cache(session => Ids(session, 1));
        Behind("delete from PostTag; delete from Comment; delete from Post where id = 3");
        Factory.Evict(typeof(Post));
        Assert.That(Ask(session => Ids(session, 1)), Is.EqualTo((new[] { 1 }, false)));
    }

    [Test]
    public async Task Vanished_row_makes_the_hit_a_miss_asynchronously_and_in_a_batch()
    {
        s_notFound.Throws = true;
        Cache(session => Ids(session, 1));
        Behind("delete from PostTag; delete from Comment; delete from Post where id = 3");
        Factory.Evict(typeof(Post));
        using (var session = Factory.OpenSession())
            Assert.That(await session.CreateQuery("from Post where Cat.Id = :cat order by Id").SetInt32("cat", 1).SetCacheable(true).ListAsync<Post>(), Has.Count.EqualTo(1));
        Cache(session => Future(session).Count);
        Behind("delete from Post where id = 1");
        Factory.Evict(typeof(Post));
        Assert.That(Commit(session => Future(session).Count), Is.Zero);
    }

    [Test]
    public void Listener_that_refuses_a_row_is_not_taken_for_a_vanished_row()
    {
        Cache(session => Ids(session, 1));
        Factory.Evict(typeof(Post));
        Listeners.Loaded = _ => throw new UnauthorizedAccessException("a user's listener");
        Assert.That(() => Ask(session => Ids(session, 1)), Throws.InnerException.InstanceOf<UnauthorizedAccessException>());
    }

    private static List<Post> Future(ISession session) => [.. session.CreateQuery("from Post where Cat.Id = 1").SetCacheable(true).Future<Post>()];

    private static TransactionScope NewScope(System.Transactions.IsolationLevel level) =>
        new(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = level });

    /// <param name="within">Calls what it is given in a session that must not use the cache.</param>
    private void AssertBypassed(System.Action<System.Action<ISession>> within)
    {
        within(session => Assert.That(Count(session), Is.EqualTo(3)));
        Assert.That(Ask(Count).WasHit, Is.False, "it has put nothing");
        var hits = Statistics.QueryCacheHitCount;
        within(session =>
        {
            using (new TransactionScope(TransactionScopeOption.Suppress))
                Cache(Count);
            hits = Statistics.QueryCacheHitCount;
            Count(session);
        });
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits), "it gets nothing");
        Assert.That(Ask(Count).WasHit, Is.True, "which is still there");
    }

    private void AssertNeverHit<T>(Func<ISession, T> query)
    {
        Ask(query);
        Assert.That(Ask(query).WasHit, Is.False);
    }

    private void Behind(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
#pragma warning disable CA2100 // Statements of these tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private sealed class VanishingDelegate : IEntityNotFoundDelegate
    {
        public bool Throws { get; set; }

        public void HandleEntityNotFound(string entityName, object id)
        {
            if (Throws)
                throw new KeyNotFoundException($"A user's own: {entityName}");
        }
    }
}
