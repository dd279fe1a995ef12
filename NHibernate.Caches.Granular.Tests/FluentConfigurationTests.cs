using FluentNHibernate.Cfg;
using FluentNHibernate.Cfg.Db;
using FluentNHibernate.Mapping;
using NHibernate.Linq;
using NHibernate.Tool.hbm2ddl;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>The other ways in: FluentNHibernate, by-code properties, and the one property alone.</summary>
public sealed class FluentConfigurationTests
{
    [Test]
    public async Task FluentNHibernate_s_cache_settings_switch_everything_on()
    {
        var connectionString = await TestDatabase.CreateAsync("fluent");
        using var factory = Fluently.Configure()
            .Database(PostgreSQLConfiguration.Standard.ConnectionString(connectionString))
            .Cache(cache => cache.ProviderClass<GranularCacheProvider>().UseSecondLevelCache().UseQueryCache())
            .Mappings(mappings => mappings.FluentMappings.Add<ThingMap>())
            .ExposeConfiguration(configuration =>
            {
                configuration.SetProperty(Cfg.Environment.GenerateStatistics, "true");
                new SchemaExport(configuration).Create(false, true);
            })
            .BuildSessionFactory();
        AssertCaches(factory);
    }

    [Test]
    public async Task One_property_switches_everything_on()
    {
        var configuration = new Cfg.Configuration()
            .SetProperty(Cfg.Environment.Dialect, "NHibernate.Dialect.PostgreSQL83Dialect")
            .SetProperty(Cfg.Environment.ConnectionString, await TestDatabase.CreateAsync("oneproperty"))
            .SetProperty(Cfg.Environment.GenerateStatistics, "true")
            .SetProperty(Cfg.Environment.Hbm2ddlAuto, "create")
            .SetProperty(Cfg.Environment.UseQueryCache, "true")
            .SetProperty(Cfg.Environment.CacheProvider, "NHibernate.Caches.Granular.GranularCacheProvider, NHibernate.Caches.Granular");
        var mapper = new NHibernate.Mapping.ByCode.ModelMapper();
        mapper.Class<Thing>(map =>
        {
            map.Table("Thing");
            map.Cache(cache => cache.Usage(NHibernate.Mapping.ByCode.CacheUsage.ReadWrite));
            map.Id(thing => thing.Id, id => id.Generator(NHibernate.Mapping.ByCode.Generators.Assigned));
            map.Property(thing => thing.Name);
        });
        configuration.AddMapping(mapper.CompileMappingForAllExplicitlyAddedEntities());
        using var factory = configuration.BuildSessionFactory();
        AssertCaches(factory);
    }

    private static void AssertCaches(ISessionFactory factory)
    {
        Run(factory, session => session.Save(new Thing { Id = 1, Name = "one" }));
        for (var i = 0; i < 2; i++)
        {
            Run(factory, session => Assert.That(session.Query<Thing>().Where(thing => thing.Id == 1).WithOptions(o => o.SetCacheable(true)).ToList(), Has.Count.EqualTo(1)));
            Run(factory, session => Assert.That(session.Get<Thing>(1).Name, Is.EqualTo("one")));
        }
        Assert.That(factory.Statistics.QueryCacheHitCount, Is.EqualTo(1));
        Assert.That(factory.Statistics.SecondLevelCacheHitCount, Is.GreaterThanOrEqualTo(1));
    }

    private static void Run(ISessionFactory factory, Action<ISession> work)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        work(session);
        transaction.Commit();
    }

    public class Thing
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }

    private sealed class ThingMap : ClassMap<Thing>
    {
        public ThingMap()
        {
            Cache.ReadWrite();
            Id(thing => thing.Id).GeneratedBy.Assigned();
            Map(thing => thing.Name);
        }
    }
}
