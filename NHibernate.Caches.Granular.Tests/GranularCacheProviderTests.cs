using NHibernate.Cache;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Linq;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular.Tests;

public sealed class GranularCacheProviderTests : BlogFixture
{
    private static int CountPosts(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    [Test]
    public void Provider_class_alone_switches_everything_on()
    {
        using var factory = Build(configuration => configuration.SetProperty(Environment.CacheProvider, typeof(GranularCacheProvider).AssemblyQualifiedName).SetProperty(Environment.UseQueryCache, "true"));
        Assert.That(((ISessionFactoryImplementor)factory).QueryCache, Is.InstanceOf<GranularQueryCache>());
        AssertCaches(factory);
    }

    [Test]
    public void Provider_made_outside_a_factory_says_that_NHibernate_starts_it()
    {
        using var provider = new GranularCacheProvider();
        Assert.That(() => provider.Start(new Dictionary<string, string>()), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache found no session factory that it belongs to. It is started by NHibernate when a session factory is built and cannot be started otherwise."));
    }

    [Test]
    public void Region_before_the_start_says_so()
    {
        using var provider = new GranularCacheProvider();
        Assert.That(() => provider.BuildCache("region", new Dictionary<string, string>()), Throws.TypeOf<CacheException>().With.Message.EqualTo("The granular cache provider has not been started."));
    }

    [Test]
    public void Provider_that_was_never_started_can_be_stopped() => Assert.That(() => new GranularCacheProvider().Stop(), Throws.Nothing);

    [Test]
    public void Timestamps_grow_strictly()
    {
        using var provider = new GranularCacheProvider();
        var timestamps = Enumerable.Range(0, 100).Select(_ => provider.NextTimestamp()).ToArray();
        Assert.That(timestamps, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void Faults_in_properties_stop_the_factory_from_being_built_and_are_told() =>
        Assert.That(() => Build(configuration => configuration.UseGranularCache().SetProperty("cache.granular.max_rows", "none").SetProperty("cache.granular.lease", "none")), Throws.InstanceOf<HibernateException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.granular.lease\" is \"none\"; it takes seconds from 0.001 to 2147483647. Property \"cache.granular.max_rows\" is \"none\"; it takes a whole number from 1 to 2147483647."));

    [Test]
    public void Factory_that_could_not_be_built_does_not_hinder_the_next()
    {
        Assert.That(() => Build(configuration => configuration.UseGranularCache().SetProperty("cache.granular.max_rows", "none")), Throws.InstanceOf<HibernateException>());
        using var factory = Build(configuration => configuration.UseGranularCache());
        AssertCaches(factory);
    }

    [Test]
    public void Several_unnamed_factories_each_have_their_own_entries_and_share_invalidation()
    {
        using var first = Build(configuration => configuration.UseGranularCache());
        using var second = Build(configuration => configuration.UseGranularCache());
        Assert.That(first.GranularCache(), Is.Not.SameAs(second.GranularCache()));
        AssertCaches(first);
        AssertCaches(second);
        using (var session = first.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 50, Title = "fifty" });
            transaction.Commit();
        }
        Assert.That(Ask(second), Is.EqualTo((4, false)), "the other factory sees the commit");
    }

    [Test]
    public void Factory_built_disposed_and_built_again_from_one_configuration_caches_again()
    {
        var configuration = Configure();
        configuration.SetProperty(Environment.GenerateStatistics, "true");
        for (var i = 0; i < 3; i++)
        {
            using var factory = configuration.BuildSessionFactory();
            AssertCaches(factory);
        }
    }

    [Test]
    public void Own_query_cache_factory_stays_and_keeps_its_results_in_our_regions()
    {
        using var factory = Build(configuration => configuration.UseGranularCache().SetProperty(Environment.QueryCacheFactory, typeof(UsersFactory).AssemblyQualifiedName));
        var implementor = (ISessionFactoryImplementor)factory;
        Assert.That(implementor.Settings.QueryCacheFactory, Is.InstanceOf<UsersFactory>());
        Assert.That(implementor.QueryCache, Is.InstanceOf<StandardQueryCache>());
        Assert.That(implementor.Settings.BatcherFactory, Is.InstanceOf<WitnessBatcherFactory>());
        Assert.That((Ask(factory), Ask(factory)), Is.EqualTo(((3, false), (3, true))));
        using var session = factory.OpenSession();
        session.Get<Post>(1);
        session.Clear();
        session.Get<Post>(1);
        Assert.That(factory.Statistics.SecondLevelCacheHitCount, Is.Positive, "entities are cached");
    }

    [Test]
    public void What_a_query_cache_of_the_user_s_own_keeps_is_never_used_when_other_processes_change_the_tables()
    {
        using var stores = new SharedStores();
        using var scope = new FactoryScope((ISessionFactoryImplementor)Factory, new GranularCacheOptions(), stores);
        using var region = new CacheRegion("queries", scope);
        region.Put("key", "result");
        Assert.That(region.Get("key"), Is.Null);

        var timestamps = new UpdateTimestampsCache(new TimestampsRegion("timestamps", scope.IsShared));
        Assert.That(timestamps.IsUpToDate(new HashSet<string> { "Post" }, timestamp: long.MaxValue - 1), Is.False, "wherever it is kept");
        Assert.That(timestamps.AreUpToDate([new HashSet<string> { "Post" }], [1]), Is.EqualTo(new[] { false }));
    }

    [Test]
    public void What_a_query_cache_of_the_user_s_own_keeps_is_used_in_one_process()
    {
        using var scope = new FactoryScope((ISessionFactoryImplementor)Factory, new GranularCacheOptions(), new InProcessStores(InProcessStoreOptions.Default, TimeProvider.System));
        using var region = new CacheRegion("queries", scope);
        region.Put("key", "result");
        Assert.That(region.Get("key"), Is.EqualTo("result"));
        Assert.That(new UpdateTimestampsCache(new TimestampsRegion("timestamps", scope.IsShared)).IsUpToDate(new HashSet<string> { "Post" }, timestamp: 1), Is.True);
    }

    [Test]
    public void Granular_query_cache_factory_may_be_named_explicitly()
    {
        using var factory = Build(configuration => configuration.UseGranularCache().SetProperty(Environment.QueryCacheFactory, typeof(GranularQueryCacheFactory).AssemblyQualifiedName));
        Assert.That(((ISessionFactoryImplementor)factory).QueryCache, Is.InstanceOf<GranularQueryCache>());
        AssertCaches(factory);
    }

    [Test]
    public void Listeners_of_the_user_are_still_called_and_come_after_ours()
    {
        var listener = new UsersListener();
        using var factory = Build(configuration =>
        {
            configuration.UseGranularCache();
            configuration.AppendListeners(ListenerType.PostUpdate, new IPostUpdateEventListener[] { listener });
            configuration.AppendListeners(ListenerType.PostCommitUpdate, new IPostUpdateEventListener[] { listener });
            configuration.AppendListeners(ListenerType.PostLoad, new IPostLoadEventListener[] { listener });
        });
        using (var session = factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "changed";
            transaction.Commit();
        }
        Assert.That(listener.Heard, Is.EqualTo(new[] { "load", "update", "update" }));
        var listeners = ((Impl.SessionFactoryImpl)factory).EventListeners;
        Assert.That(listeners.PostUpdateEventListeners.Take(2).Select(ours => ours.GetType()), Is.EqualTo(new[] { typeof(WriteThroughListener), typeof(FlushListener) }));
        Assert.That(listeners.PostUpdateEventListeners[^1], Is.SameAs(listener));
    }

    [Test]
    public void Without_the_query_cache_entities_are_cached()
    {
        using var factory = Build(configuration => configuration.UseGranularCache().SetProperty(Environment.UseQueryCache, "false"));
        for (var i = 0; i < 3; i++)
        {
            using var session = factory.OpenSession();
            session.Get<Post>(1);
        }
        Assert.That(factory.Statistics.SecondLevelCacheHitCount, Is.Positive);
        using var asking = factory.OpenSession();
        Assert.That(CountPosts(asking), Is.EqualTo(3), "a cacheable query is executed");
    }

    [Test]
    public void Named_factory_caches()
    {
        using var factory = Build(configuration => configuration.UseGranularCache().SetProperty(Environment.SessionFactoryName, "named"));
        AssertCaches(factory);
    }

    [Test]
    public void Region_prefix_does_not_hinder()
    {
        using var factory = Build(configuration => configuration.UseGranularCache().SetProperty(Environment.CacheRegionPrefix, "my.prefix"));
        AssertCaches(factory);
    }

    [Test]
    public void Disabled_cache_stores_nothing_and_still_invalidates_for_others()
    {
        using var disabled = Build(configuration => configuration.UseGranularCache(options => options.Enabled = false));
        Assert.That((Ask(disabled), Ask(disabled)), Is.EqualTo(((3, false), (3, false))));
        AssertCaches(Factory);
        using (var session = disabled.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 51, Title = "fifty-one" });
            transaction.Commit();
        }
        Assert.That(Ask(Factory), Is.EqualTo((4, false)));
    }

    [Test]
    public void Factory_without_the_granular_cache_has_no_handle_and_says_so()
    {
        using var factory = Build(_ => { }, granular: false);
        Assert.That(() => factory.GranularCache(), Throws.InvalidOperationException.With.Message.EqualTo("The session factory does not use the granular cache. Set cache.provider_class to GranularCacheProvider."));
    }

    private static (int Count, bool WasHit) Ask(ISessionFactory factory)
    {
        var before = factory.Statistics.QueryCacheHitCount;
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var count = CountPosts(session);
        transaction.Commit();
        return (count, factory.Statistics.QueryCacheHitCount > before);
    }

    private static void AssertCaches(ISessionFactory factory)
    {
        Ask(factory);
        Assert.That(Ask(factory).WasHit, Is.True);
    }

    private ISessionFactory Build(Action<Configuration> configure, bool granular = true)
    {
        var configuration = Configure();
        if (!granular)
            configuration.Properties.Remove(Environment.CacheProvider);
        configure(configuration);
        return configuration.BuildSessionFactory();
    }

    /// <summary>A query cache factory of the user's own. Made by NHibernate. Thread-safe: stateless.</summary>
    public sealed class UsersFactory : IQueryCacheFactory
    {
        private readonly StandardQueryCacheFactory _standard = new();

        public IQueryCache GetQueryCache(UpdateTimestampsCache updateTimestampsCache, IDictionary<string, string> props, CacheBase regionCache) =>
            _standard.GetQueryCache(updateTimestampsCache, props, regionCache);

        IQueryCache IQueryCacheFactory.GetQueryCache(string regionName, UpdateTimestampsCache updateTimestampsCache, Settings settings, IDictionary<string, string> props) =>
            throw new NotSupportedException();
    }

    private sealed class UsersListener : IPostUpdateEventListener, IPostLoadEventListener
    {
        public List<string> Heard { get; } = [];

        public void OnPostLoad(PostLoadEvent @event) => Heard.Add("load");

        public void OnPostUpdate(PostUpdateEvent @event) => Heard.Add("update");

        public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken)
        {
            OnPostUpdate(@event);
            return Task.CompletedTask;
        }
    }

    private sealed class SharedStores : ICacheStores
    {
        public string Description => "shared";

        public bool IsShared => true;

        public StoreHealth Health => StoreHealth.Good;

        public ICacheStore OfEveryDatabase { get; } = new EveryDatabaseStore();

        public ICacheStore Of(StoreScope scope) => OfEveryDatabase;

        public void Dispose()
        {
        }
    }
}
