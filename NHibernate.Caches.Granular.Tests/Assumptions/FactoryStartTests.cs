using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Impl;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>What a provider finds and may still change when NHibernate starts it.</summary>
public sealed class FactoryStartTests : AssumptionFixture
{
    [Test]
    public void Every_private_member_the_cache_uses_exists() => Assert.That(NHibernateInternals.Missing, Is.Empty);

    [Test]
    public void Unnamed_factory_is_found_when_the_provider_is_started()
    {
        ISessionFactoryImplementor? found = null;
        using var factory = Build((_, factory) => found = factory);
        Assert.That(found, Is.SameAs(factory));
    }

    [Test]
    public void Named_factory_is_found_by_its_name_when_the_provider_is_started()
    {
        ISessionFactory? byName = null;
        using var factory = Build((_, _) => byName = SessionFactoryObjectFactory.GetNamedInstance("assumed"), configuration => configuration.SetProperty(Cfg.Environment.SessionFactoryName, "assumed"));
        Assert.That(byName, Is.SameAs(factory));
    }

    [Test]
    public void Each_of_several_unnamed_factories_is_found_by_its_own_provider()
    {
        var found = new List<(RecordingProvider Provider, ISessionFactory? Factory)>();
        using var first = Build((provider, factory) => found.Add((provider, factory)));
        using var second = Build((provider, factory) => found.Add((provider, factory)));
        Assert.That(found.Select(pair => pair.Factory), Is.EqualTo(new[] { first, second }));
        Assert.That(found[0].Provider, Is.Not.SameAs(found[1].Provider));
    }

    [Test]
    public void Query_cache_factory_replaced_in_Start_makes_the_query_cache()
    {
        var mine = new RecordingQueryCacheFactory();
        using var factory = Build((_, factory) => NHibernateInternals.Replace(factory!.Settings, mine));
        Assert.That(((ISessionFactoryImplementor)factory).QueryCache, Is.InstanceOf<RecordingQueryCache>());
        Assert.That(mine.Made, Is.EqualTo(1));
    }

    [Test]
    public void Query_cache_factory_without_the_overload_for_a_region_is_asked_in_the_obsolete_way()
    {
        using var factory = Build((_, factory) => NHibernateInternals.Replace(factory!.Settings, new ObsoleteFactory()));
        Assert.That(((ISessionFactoryImplementor)factory).QueryCache, Is.InstanceOf<StandardQueryCache>());
    }

    [Test]
    public void Batcher_and_transaction_factory_replaced_in_Start_serve_sessions()
    {
        using var factory = Build((provider, factory) => RecordingProvider.PutDoublesIn(provider, factory));
        using (var session = factory.OpenSession())
        using (session.BeginTransaction())
        {
        }
        Assert.That(Journal.Of("batcher created", "transaction created"), Has.Length.EqualTo(2));
    }

    [Test]
    public void Listener_added_in_Start_is_called()
    {
        using var factory = Build((_, factory) => RecordingListener.AppendTo(((SessionFactoryImpl)factory!).EventListeners));
        using var session = factory.OpenSession();
        session.Get<Cat>(1);
        Assert.That(Journal.Of("PostLoad"), Is.EqualTo(new[] { "PostLoad Cat#1" }));
    }

    [Test]
    public void Factories_of_one_configuration_share_their_listeners_and_not_their_settings()
    {
        var listeners = new List<EventListeners>();
        var configuration = Configure();
        RecordingProvider.OnStart = (_, factory) => listeners.Add(((SessionFactoryImpl)factory!).EventListeners);
        using var first = configuration.BuildSessionFactory();
        using var second = configuration.BuildSessionFactory();
        Assert.That(listeners[1], Is.SameAs(listeners[0]));
        Assert.That(((ISessionFactoryImplementor)first).Settings, Is.Not.SameAs(((ISessionFactoryImplementor)second).Settings));
    }

    [Test]
    public void Query_cache_is_made_after_the_schema_was_created()
    {
        var tables = new List<bool>();
        Run("drop table Note");
        using var factory = Build(
            (_, factory) => NHibernateInternals.Replace(factory!.Settings, new AskingFactory(() => tables.Add(Exists("note")))),
            configuration => configuration.SetProperty(Cfg.Environment.Hbm2ddlAuto, "create"));
        Assert.That(tables, Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Session_factory_has_no_persisters_yet_when_the_provider_is_started()
    {
        var persisters = -1;
        using var factory = Build((_, factory) =>
        {
            try
            {
                persisters = factory!.GetAllClassMetadata().Count;
            }
            catch (NullReferenceException)
            {
                persisters = 0;
            }
        });
        Assert.That(persisters, Is.Zero);
    }

    [Test]
    public void Region_of_timestamps_ends_with_its_name_whatever_the_prefix()
    {
        using var factory = Build((_, _) => { }, configuration => configuration.SetProperty(Cfg.Environment.CacheRegionPrefix, "my"));
        Assert.That(Journal.Of("region built"), Has.Member("region built my.UpdateTimestampsCache"));
        Assert.That(Journal.Of("region built").Where(line => !line.StartsWith("region built my.", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Provider_is_stopped_when_its_factory_is_closed()
    {
        Build((_, _) => { }).Dispose();
        Assert.That(Journal.Of("provider"), Is.EqualTo(new[] { "provider started", "provider stopped" }));
    }

    [Test]
    public void Without_query_cache_neither_query_cache_nor_timestamps_region_is_made()
    {
        using var factory = Build((_, _) => { }, configuration => configuration.SetProperty(Cfg.Environment.UseQueryCache, "false"));
        Assert.That(Journal.Of("query cache built", "region built NHibernate.Cache.", "region built UpdateTimestampsCache"), Is.Empty);
    }

    [Test]
    public void Closed_factory_is_found_no_longer()
    {
        RecordingProvider? provider = null;
        Build((started, _) => provider = started).Dispose();
        Assert.That(NHibernateInternals.FindFactory(provider!), Is.Null);
    }

    private ISessionFactory Build(Action<RecordingProvider, ISessionFactoryImplementor?> onStart, Action<Cfg.Configuration>? configure = null)
    {
        RecordingProvider.OnStart = onStart;
        var configuration = Configure();
        configure?.Invoke(configuration);
        return configuration.BuildSessionFactory();
    }

    private void Run(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private bool Exists(string table)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("select to_regclass($1) is not null", connection) { Parameters = { new() { Value = table } } };
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>Has only what the interface asks for. Thread-safe: stateless.</summary>
    private sealed class ObsoleteFactory : IQueryCacheFactory
    {
        IQueryCache IQueryCacheFactory.GetQueryCache(string regionName, UpdateTimestampsCache updateTimestampsCache, Cfg.Settings settings, IDictionary<string, string> props) =>
            new StandardQueryCache(updateTimestampsCache, (CacheBase)settings.CacheProvider.BuildCache(regionName, props));
    }

    /// <summary>Asks something when it is called. Thread-safe: stateless.</summary>
    private sealed class AskingFactory(System.Action ask) : IQueryCacheFactory
    {
        public StandardQueryCache GetQueryCache(UpdateTimestampsCache updateTimestampsCache, IDictionary<string, string> props, CacheBase regionCache)
        {
            ask();
            return new StandardQueryCache(updateTimestampsCache, regionCache);
        }

        IQueryCache IQueryCacheFactory.GetQueryCache(string regionName, UpdateTimestampsCache updateTimestampsCache, Cfg.Settings settings, IDictionary<string, string> props) =>
            throw new NotSupportedException("NHibernate asks in the obsolete way.");
    }
}
