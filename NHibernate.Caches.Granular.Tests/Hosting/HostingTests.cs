using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Hosting;

/// <summary>An application on Microsoft.Extensions.Hosting, as the page about hosting builds it.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class HostingTests : BlogFixture
{
    private static long Count(ISession session) => session.CreateQuery("select count(*) from Post").SetCacheable(true).UniqueResult<long>();

    /// <summary>Without properties of the fixture's that choose a store.</summary>
    private IHost Host(Action<IServiceCollection, IConfiguration> add, params (string Name, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => "Granular:" + setting.Name, setting => (string?)setting.Value));
        add(builder.Services, builder.Configuration.GetSection("Granular"));
        builder.Services.AddSingleton(provider =>
        {
            var configuration = Configure();
            foreach (var name in new[] { "cache.configuration", "cache.key_prefix", "cache.granular.redis_timeout" })
                configuration.Properties.Remove(name);
            return configuration.UseGranularCache(provider);
        });
        builder.Services.AddSingleton(provider => provider.GetRequiredService<Cfg.Configuration>().BuildSessionFactory());
        builder.Services.AddHealthChecks().AddGranularCache(tags: ["ready"]);
        return builder.Build();
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That(report.Entries.Keys, Is.EqualTo(new[] { "granular-cache" }));
        return report.Entries["granular-cache"];
    }

    [Test]
    public void Options_of_section_and_code_take_effect_and_the_cache_is_a_service()
    {
        using var host = Host((services, section) => services.AddGranularCache(section).AddGranularCache(options => options.MaxRows = 7), ("MaxRows", "5"), ("Expiration", "00:01:00"));
        var factory = host.Services.GetRequiredService<ISessionFactory>();

        Assert.That(host.Services.GetRequiredService<GranularCache>(), Is.SameAs(factory.GranularCache()));
        var properties = host.Services.GetRequiredService<Cfg.Configuration>().Properties;
        Assert.That((properties["cache.granular.max_rows"], properties["cache.default_expiration"]), Is.EqualTo(("7", "60")));
        for (var i = 0; i < 2; i++)
        {
            using var session = factory.OpenSession();
            Assert.That(Count(session), Is.EqualTo(3));
        }
        Assert.That(factory.Statistics.QueryCacheHitCount, Is.EqualTo(1));
    }

    [Test]
    public void What_is_no_option_keeps_the_configuration_from_being_made()
    {
        using var host = Host((services, section) => services.AddGranularCache(section), ("MaxRow", "5"));
        Assert.That(() => host.Services.GetRequiredService<ISessionFactory>(), Throws.TypeOf<CacheException>().With.Message.Contains("Granular:MaxRow"));
    }

    [Test]
    public async Task Cache_of_this_process_is_healthy()
    {
        using var host = Host((services, section) => services.AddGranularCache(section));
        var health = await CheckAsync(host);
        Assert.That(health.Status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(health.Tags, Is.EqualTo(new[] { "ready" }));
        Assert.That(health.Data, Is.EqualTo(new Dictionary<string, object> { ["store"] = "in-process", ["outages"] = 0L }));
    }

    [Test]
    public async Task Connection_among_the_services_is_used_and_stays_open()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(TestRedis.ConnectionString);
        using (var host = Host((services, section) => services.AddSingleton<IConnectionMultiplexer>(multiplexer).AddGranularCache(section), ("Redis:KeyPrefix", TestRedis.NewPrefix("hosting"))))
            Assert.That((await CheckAsync(host)).Data["store"].ToString(), Does.StartWith("Redis at "));
        Assert.That(await multiplexer.GetDatabase().PingAsync(), Is.GreaterThan(TimeSpan.Zero), "not closed with the session factory");
    }

    [Test]
    public async Task Connection_among_the_services_is_not_used_where_the_options_name_another()
    {
        await using var server = await LocalRedisServer.StartAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(TestRedis.ConnectionString);
        using var host = Host((services, section) => services.AddSingleton<IConnectionMultiplexer>(multiplexer).AddGranularCache(section), ("Redis:Configuration", server.ConnectionString));
        Assert.That((await CheckAsync(host)).Data["store"].ToString(), Does.Contain($":{server.Port}"));
    }

    [TestCase("degrade", HealthStatus.Degraded)]
    [TestCase("strict", HealthStatus.Unhealthy)]
    public async Task Redis_out_of_reach_is_noticed_without_any_query_and_told_by_the_policy(string policy, HealthStatus expected)
    {
        await using var server = await LocalRedisServer.StartAsync();
        using var host = Host((services, section) => services.AddGranularCache(section), ("Redis:Configuration", server.ConnectionString), ("Redis:FailurePolicy", policy));
        Assert.That((await CheckAsync(host)).Status, Is.EqualTo(HealthStatus.Healthy));
        var before = TimeProvider.System.GetUtcNow();

        await server.KillAsync();
        var health = await CheckAsync(host);

        Assert.That(health.Status, Is.EqualTo(expected));
        Assert.That(health.Data["failure_policy"].ToString(), Is.EqualTo(policy).IgnoreCase);
        Assert.That(health.Data["outages"], Is.EqualTo(1));
        Assert.That((DateTimeOffset)health.Data["since"], Is.InRange(before, TimeProvider.System.GetUtcNow()));
        Assert.That(health.Exception, Is.Not.Null);
        Assert.That((await CheckAsync(host)).Data["since"], Is.EqualTo(health.Data["since"]), "it is the same outage");
        await server.StartAgainAsync();
        Assert.That(async () => (await CheckAsync(host)).Status, Is.EqualTo(HealthStatus.Healthy).After(60_000, 100));
        Assert.That((await CheckAsync(host)).Data["outages"], Is.EqualTo(1));
    }
}
