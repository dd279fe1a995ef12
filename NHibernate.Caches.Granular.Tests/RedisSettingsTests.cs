using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests;

public sealed class RedisSettingsTests
{
    [Test]
    public void String_that_says_nothing_but_the_server_gets_what_suits_a_cache()
    {
        var settings = Settings("redis.example");
        Assert.Multiple(() =>
        {
            Assert.That(settings.EndPoints, Is.EqualTo(new[] { new DnsEndPoint("redis.example", 0) }));
            Assert.That(settings.AbortOnConnectFail, Is.False);
            Assert.That((settings.ConnectTimeout, settings.SyncTimeout, settings.AsyncTimeout, settings.ConnectRetry), Is.EqualTo((1000, 1000, 1000, 1)));
            Assert.That(settings.HeartbeatInterval, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
            Assert.That(settings.BacklogPolicy, Is.SameAs(BacklogPolicy.FailFast));
            Assert.That(settings.ClientName, Is.EqualTo($"NHibernate.Caches.Granular@{System.Environment.MachineName}"));
            Assert.That((settings.DefaultDatabase, settings.AllowAdmin), Is.EqualTo(((int?)null, false)));
        });
    }

    [TestCase("redis://redis.example", "redis.example", 6379, false, null, null, null)]
    [TestCase("redis://redis.example:7000/3", "redis.example", 7000, false, null, null, 3)]
    [TestCase("rediss://shop:a%2Cb:c@redis.example/", "redis.example", 6379, true, "shop", "a,b:c", null)]
    [TestCase("REDIS://:secret@127.0.0.1:6380/0", "127.0.0.1", 6380, false, null, "secret", 0)]
    [TestCase("redis://secret@redis.example", "redis.example", 6379, false, null, "secret", null)]
    public void Redis_by_url_says_server_user_password_and_database(string url, string host, int port, bool ssl, string? user, string? password, int? database)
    {
        var settings = Settings(url);
        Assert.That(settings.EndPoints.Single().ToString(), Does.EndWith($"{host}:{port}"));
        Assert.That((settings.Ssl, settings.User, settings.Password, settings.DefaultDatabase), Is.EqualTo((ssl, user, password, database)));
        Assert.That((settings.AbortOnConnectFail, settings.SyncTimeout), Is.EqualTo((false, 1000)), "what suits a cache, as with a string");
    }

    [TestCase(0.01, 10, 1000, 20)]
    [TestCase(0.2, 200, 1000, 50)]
    [TestCase(2, 2000, 2000, 500)]
    [TestCase(60, 60000, 60000, 1000)]
    public void Timeout_limits_calls_and_the_heart_beats_accordingly(double seconds, int calls, int connecting, int heartbeat)
    {
        var settings = Settings("redis.example", options => options.Timeout = TimeSpan.FromSeconds(seconds));
        Assert.That((settings.SyncTimeout, settings.AsyncTimeout, settings.ConnectTimeout), Is.EqualTo((calls, calls, connecting)));
        Assert.That(settings.HeartbeatInterval, Is.EqualTo(TimeSpan.FromMilliseconds(heartbeat)));
    }

    [Test]
    public void What_the_string_says_of_connecting_counts()
    {
        var settings = Settings("redis.example,abortConnect=true,connectTimeout=7000,connectRetry=4,name=shop,user=me,password=secret,ssl=true,defaultDatabase=3");
        Assert.Multiple(() =>
        {
            Assert.That((settings.AbortOnConnectFail, settings.ConnectTimeout, settings.ConnectRetry, settings.ClientName), Is.EqualTo((true, 7000, 4, "shop")));
            Assert.That((settings.User, settings.Password, settings.Ssl, settings.DefaultDatabase), Is.EqualTo(("me", "secret", true, (int?)3)));
        });
    }

    [Test]
    public void Time_limit_of_the_string_counts_where_it_is_shorter()
    {
        var longer = Settings("redis.example, SyncTimeout = 5000,asyncTimeout=5000");
        var shorter = Settings("redis.example,syncTimeout=300");
        var asynchronous = Settings("redis.example,asyncTimeout=100");
        Assert.That((longer.SyncTimeout, longer.AsyncTimeout), Is.EqualTo((1000, 1000)));
        Assert.That((shorter.SyncTimeout, shorter.AsyncTimeout, shorter.HeartbeatInterval), Is.EqualTo((300, 300, TimeSpan.FromMilliseconds(75))));
        Assert.That((asynchronous.SyncTimeout, asynchronous.AsyncTimeout, asynchronous.HeartbeatInterval), Is.EqualTo((1000, 100, TimeSpan.FromMilliseconds(25))));
    }

    [Test]
    public void Database_of_the_options_counts_more_than_the_string_s()
    {
        Assert.That(Settings("redis.example,defaultDatabase=3", options => options.Database = 0).DefaultDatabase, Is.Zero);
        Assert.That((new RedisOptions().DatabaseNumber, new RedisOptions { Database = 0 }.DatabaseNumber), Is.EqualTo((-1, 0)));
    }

    [Test]
    public void Sentinel_cluster_and_socket_are_the_string_s()
    {
        Assert.That(Settings("one:26379,two:26379,serviceName=main").ServiceName, Is.EqualTo("main"));
        Assert.That(Settings("one:7000,two:7001,three:7002").EndPoints, Has.Count.EqualTo(3));
        Assert.That(Settings("!/run/redis/redis.sock").EndPoints, Is.EqualTo(new[] { new UnixDomainSocketEndPoint("/run/redis/redis.sock") }));
    }

    [Test]
    public void Environment_name_is_in_the_names_of_entries_and_not_of_stamps()
    {
        var options = new RedisOptions { KeyPrefix = "shop:", EnvironmentName = "test:" };
        Assert.That((options.StampPrefix, options.EntryPrefix), Is.EqualTo(("shop:", "shop:test:")));
        Assert.That((new RedisOptions().StampPrefix, new RedisOptions().EntryPrefix), Is.EqualTo(("", "")));
    }

    [Test]
    public void Multiplexer_that_is_made_for_the_cache_is_the_cache_s_to_close()
    {
        ConfigurationOptions? prepared = null;
        var options = new RedisOptions { Configuration = "redis.example", Connect = settings => throw new InvalidOperationException((prepared = settings).ClientName) };
        Assert.That(() => options.OpenMultiplexer(), Throws.InvalidOperationException);
        Assert.That(prepared!.BacklogPolicy, Is.SameAs(BacklogPolicy.FailFast), "what the cache adds is in what is handed over");
        Assert.That(options.OwnsMultiplexer, Is.True);
    }

    [Test]
    public void Server_that_is_away_does_not_hinder_the_start()
    {
        using var multiplexer = new RedisOptions { Configuration = "127.0.0.1:1" }.OpenMultiplexer();
        Assert.That(multiplexer.IsConnected, Is.False);
        Assert.That(() => multiplexer.GetDatabase().StringGet("any"), Throws.InstanceOf<RedisConnectionException>(), "at once, without waiting for it to come back");
    }

    [Test]
    public void Multiplexer_of_the_user_s_is_used_as_it_is()
    {
        using var multiplexer = ConnectionMultiplexer.Connect("127.0.0.1:1,abortConnect=false,connectRetry=1,connectTimeout=100");
        var options = new RedisOptions { ConnectionMultiplexer = multiplexer };
        Assert.That(options.OpenMultiplexer(), Is.SameAs(multiplexer));
        Assert.That((options.OwnsMultiplexer, options.IsUsed), Is.EqualTo((false, true)));
    }

    private static ConfigurationOptions Settings(string configuration, Action<RedisOptions>? set = null)
    {
        var options = new RedisOptions { Configuration = configuration };
        set?.Invoke(options);
        return options.ToConfigurationOptions();
    }
}
