using NHibernate.Action;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Cfg;
using NHibernate.Event;
using NHibernate.Impl;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>What NHibernate takes out of regions of its own accord takes nothing out; what its users evict is gone.</summary>
[NonParallelizable]
[TestFixture(false)]
[TestFixture(true)]
public sealed class EvictionTests(bool isShared) : BlogFixture
{
    // Often enough that the code is compiled for speed meanwhile, which leaves frames out.
    private int Times => isShared ? 40 : 100;

    private static readonly TestCaseData[] s_bulkStatements =
    [
        Statement("HQL", session => session.CreateQuery("update Post set Title = 'bulk' where Id = 2").ExecuteUpdate()),
        Statement("LINQ", session => session.Query<Post>().Where(post => post.Id == 2).Update(post => new Post { Title = "bulk" })),
        Statement("Native SQL that says what it changes", session => session.CreateSQLQuery("update Post set Title = 'bulk' where Id = 2").AddSynchronizedEntityClass(typeof(Post)).ExecuteUpdate()),
        Statement("Native SQL", session => session.CreateSQLQuery("update Post set Title = 'bulk' where Id = 2").ExecuteUpdate()),
    ];

    private static readonly Func<ISession, object>[] s_others =
    [
        session => session.Get<Post>(1).Title,
        session => session.Get<Tag>(1).Name,
        session => session.Get<Cat>(1).Posts.Count,
        session => session.Get<Post>(1).Tags.Count,
    ];

    [TestCaseSource(nameof(s_bulkStatements))]
    public void Bulk_statement_keeps_all_entities_and_collections_that_it_does_not_change(Action<ISession> change)
    {
        for (var i = 0; i < Times; i++)
        {
            Cache();
            Commit(change);
            Assert.That(LookAtOthers(), Is.Zero, $"time {i}");
            Assert.That(Commit(session => session.Get<Post>(2).Title), Is.EqualTo("bulk"));
            Commit(session => session.Get<Post>(2).Title = "second");
        }
    }

    [Test]
    public async Task Bulk_statement_that_is_executed_asynchronously_does_so_too()
    {
        for (var i = 0; i < Times; i++)
        {
            Cache();
            using (var session = Factory.OpenSession())
            using (var transaction = session.BeginTransaction())
            {
                await session.CreateQuery("update Post set Title = 'bulk' where Id = 2").ExecuteUpdateAsync();
                await transaction.CommitAsync();
            }
            Assert.That(LookAtOthers(), Is.Zero, $"time {i}");
            Assert.That(Commit(session => session.Get<Post>(2).Title), Is.EqualTo("bulk"));
            Commit(session => session.Get<Post>(2).Title = "second");
        }
    }

    [TestCaseSource(nameof(s_bulkStatements))]
    public void Bulk_statement_that_is_rolled_back_keeps_all(Action<ISession> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Cache();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            change(session);
            transaction.Rollback();
        }
        Assert.That(LookAtOthers(), Is.Zero);
        Assert.That(Commit(session => session.Get<Post>(2).Title), Is.Not.EqualTo("bulk"));
    }

    [Test]
    public void Bulk_statement_outside_of_a_transaction_keeps_what_it_does_not_change()
    {
        Cache();
        using (var session = Factory.OpenSession())
        {
            session.CreateQuery("update Post set Title = 'bulk' where Id = 2").ExecuteUpdate();
            session.CreateQuery("select count(*) from Tag").UniqueResult();
        }
        Assert.That(LookAtOthers(), Is.Zero);
        Assert.That(Commit(session => session.Get<Post>(2).Title), Is.EqualTo("bulk"));
    }

    private static readonly TestCaseData[] s_evictions =
    [
        Eviction("Evict(type)", factory => factory.Evict(typeof(Tag))),
        Eviction("Evict(types)", factory => factory.Evict([typeof(Tag)])),
        Eviction("EvictEntity", factory => factory.EvictEntity(typeof(Tag).FullName)),
        Eviction("EvictEntity(id)", factory => factory.EvictEntity(typeof(Tag).FullName, 1)),
        Eviction("EvictAsync(type)", factory => factory.EvictAsync(typeof(Tag)).GetAwaiter().GetResult()),
        Eviction("EvictAsync(type, id)", factory => factory.EvictAsync(typeof(Tag), 1).GetAwaiter().GetResult()),
    ];

    /// <summary>The row was changed by somebody of whom the cache does not hear.</summary>
    [TestCaseSource(nameof(s_evictions))]
    public void What_its_user_evicts_is_gone(Action<ISessionFactory> evict)
    {
        ArgumentNullException.ThrowIfNull(evict);
        for (var i = 0; i < Times; i++)
        {
            Cache();
            ChangeElsewhere($"elsewhere {i}");
            evict(Factory);
            Assert.That(Commit(session => session.Get<Tag>(1).Name), Is.EqualTo($"elsewhere {i}"));
        }
    }

    /// <summary>The row was changed by somebody of whom the cache does not hear.</summary>
    [Test]
    public void What_a_listener_evicts_while_NHibernate_executes_an_action_is_gone([Values] bool isRegion)
    {
        var listeners = ((SessionFactoryImpl)Factory).EventListeners;
        var before = listeners.PostUpdateEventListeners;
        try
        {
            Cache();
            ChangeElsewhere("elsewhere");
            listeners.PostUpdateEventListeners = [.. before, new Evicting(factory =>
            {
                if (isRegion)
                    factory.Evict(typeof(Tag));
                else
                    factory.Evict(typeof(Tag), 1);
            })];
            Commit(session => session.Get<Post>(2).Title = "changed");
        }
        finally
        {
            listeners.PostUpdateEventListeners = before;
        }
        Assert.That(Commit(session => session.Get<Tag>(1).Name), Is.EqualTo("elsewhere"));
    }

    /// <summary>For rows that the user's own command has changed; the statements come from bulk HQL or from a flush.</summary>
    [Test]
    public void Clean_up_that_its_user_notes_is_made([Values] bool isBulk)
    {
        Cache();
        ChangeElsewhere("elsewhere");
        Commit(session =>
        {
            var source = (IEventSource)session;
            source.ActionQueue.AddAction(new BulkOperationCleanupAction(source, new HashSet<string> { "Tag" }));
            if (isBulk)
                session.CreateQuery("update Post set Title = 'bulk' where Id = 2").ExecuteUpdate();
            else
                session.Get<Post>(2).Title = "changed";
        });
        Assert.That(Commit(session => session.Get<Tag>(1).Name), Is.EqualTo("elsewhere"));
    }

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        if (!isShared)
            return;
        configuration.SetProperty("cache.configuration", TestRedis.ConnectionString);
        configuration.SetProperty("cache.key_prefix", TestRedis.NewPrefix("eviction"));
        configuration.SetProperty("cache.granular.redis_timeout", "20");
    }

    private void Cache()
    {
        LookAtOthers();
        Assert.That(LookAtOthers(), Is.Zero, "the scene needs cached entities");
        Commit(session => session.Get<Post>(2));
    }

    private long LookAtOthers()
    {
        var before = Statistics.PrepareStatementCount;
        Commit(session => s_others.Select(look => look(session)).ToList());
        return Statistics.PrepareStatementCount - before;
    }

    private void ChangeElsewhere(string name)
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("update Tag set Name = $1 where Id = 1", connection) { Parameters = { new() { Value = name } } };
        command.ExecuteNonQuery();
    }

    private static TestCaseData Statement(string name, Action<ISession> change) => new TestCaseData(change).SetArgDisplayNames(name);

    private static TestCaseData Eviction(string name, Action<ISessionFactory> evict) => new TestCaseData(evict).SetArgDisplayNames(name);

    private sealed class Evicting(Action<ISessionFactory> evict) : IPostUpdateEventListener
    {
        public void OnPostUpdate(PostUpdateEvent @event) => evict(@event.Session.SessionFactory);

        public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken)
        {
            OnPostUpdate(@event);
            return Task.CompletedTask;
        }
    }
}
