using System.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Servers;

[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisProxyTests
{
    private static readonly string s_large = new('x', 300_000);

    private LocalRedisServer _server = null!;
    private RedisProxy _proxy = null!;
    private ConnectionMultiplexer _connection = null!;
    private IDatabase _database = null!;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await LocalRedisServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task Connect()
    {
        _proxy = RedisProxy.Start(_server);
        _connection = await ConnectionMultiplexer.ConnectAsync(_proxy.ConnectionString + ",asyncTimeout=3000,syncTimeout=3000,connectTimeout=3000");
        _database = _connection.GetDatabase();
    }

    [TearDown]
    public async Task Disconnect()
    {
        await _connection.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Test]
    public void What_a_client_sends_for_itself_does_not_count() => Assert.That(_proxy.Counter.Cost.ToString(), Is.EqualTo("0: "));

    [Test]
    public async Task One_request_is_one_round_trip()
    {
        var cost = await _proxy.Counter.MeasureAsync(() => _database.StringSetAsync("key", s_large));
        Assert.That(cost.ToString(), Is.EqualTo("1: SET"));
        cost = await _proxy.Counter.MeasureAsync(async () => Assert.That((string?)await _database.StringGetAsync("key"), Is.EqualTo(s_large)));
        Assert.That(cost.ToString(), Is.EqualTo("1: GET"));
        Assert.That(cost.Requests[0].Has("key"), Is.True);
    }

    [Test]
    public async Task Requests_that_wait_for_each_other_are_as_many_round_trips()
    {
        var cost = await _proxy.Counter.MeasureAsync(async () =>
        {
            for (var i = 0; i < 20; i++)
                await _database.StringGetAsync("key");
        });
        Assert.That(cost.RoundTrips, Is.EqualTo(20));
    }

    [Test]
    public async Task Requests_sent_together_are_one_round_trip_however_late_their_replies()
    {
        var cost = await MeasureTogetherAsync(_proxy, [.. Enumerable.Repeat(_database, 20)]);
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((1, 20)));
    }

    [Test]
    public async Task Request_that_nobody_waits_for_is_counted_when_it_comes()
    {
        _proxy.Counter.Reset();
        _database.StringSet("key", "value", flags: CommandFlags.FireAndForget);
        Assert.That((await _proxy.Counter.WaitForAsync(1)).ToString(), Is.EqualTo("1: SET"));
    }

    [Test]
    public async Task Messages_to_subscribers_are_no_replies()
    {
        var heard = new TaskCompletionSource<string?>();
        await _connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal("news"), (_, message) => heard.TrySetResult(message));
        var cost = await _proxy.Counter.MeasureAsync(async () =>
        {
            await _database.PublishAsync(RedisChannel.Literal("news"), "text");
            Assert.That(await heard.Task.WaitAsync(TimeSpan.FromSeconds(5)), Is.EqualTo("text"));
        });
        Assert.That(cost.ToString(), Is.EqualTo("1: PUBLISH"));
        Assert.That((await _proxy.Counter.MeasureAsync(() => _database.StringGetAsync("key"))).ToString(), Is.EqualTo("1: GET"));
    }

    [Test]
    public async Task Two_proxies_that_count_together_count_what_is_under_way_in_both_once()
    {
        await using var other = RedisProxy.Start(_server, _proxy.Counter);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(other.ConnectionString);
        var cost = await MeasureTogetherAsync(_proxy, [_database, connection.GetDatabase()]);
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task Delayed_reply_comes_so_much_later()
    {
        _proxy.Delay = TimeSpan.FromMilliseconds(100);
        var since = Stopwatch.StartNew();
        await _database.StringGetAsync("key");
        Assert.That(since.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(90), "as exact as timers are");
    }

    [Test]
    public async Task Hanging_proxy_lets_nothing_through_until_it_is_released()
    {
        var key = Key();
        _proxy.Hang();
        Assert.That(async () => await _database.StringSetAsync(key, "value"), Throws.InstanceOf<RedisTimeoutException>());
        Assert.That((await _server.ExecuteAsync("GET", key)).Text, Is.Null);
        _proxy.Release();
        Assert.That((string?)await _database.StringGetAsync(key), Is.EqualTo("value"), "what waited went first");
    }

    [Test]
    public async Task Held_reply_is_late_but_the_server_has_done_it()
    {
        var key = Key();
        _proxy.HoldReplies();
        Assert.That(async () => await _database.StringSetAsync(key, "value"), Throws.InstanceOf<RedisTimeoutException>());
        Assert.That((await _server.ExecuteAsync("GET", key)).Text, Is.EqualTo("value"));
        _proxy.Release();
        Assert.That((string?)await _database.StringGetAsync(key), Is.EqualTo("value"));
    }

    [Test]
    public async Task Reply_is_lost_when_the_connection_is_cut_before_it()
    {
        var key = Key();
        _proxy.BeforeReply = request => request.Has(key) ? throw new IOException("cut") : Task.CompletedTask;
        Assert.That(async () => await _database.StringSetAsync(key, "value"), Throws.InstanceOf<RedisConnectionException>());
        Assert.That((await _server.ExecuteAsync("GET", key)).Text, Is.EqualTo("value"));
    }

    [Test]
    public async Task Request_is_lost_when_the_connection_is_cut_before_it()
    {
        var key = Key();
        _proxy.BeforeRequest = request => request.Has(key) ? throw new IOException("cut") : Task.CompletedTask;
        Assert.That(async () => await _database.StringSetAsync(key, "value"), Throws.InstanceOf<RedisConnectionException>());
        Assert.That((await _server.ExecuteAsync("GET", key)).Text, Is.Null);
    }

    [Test]
    public async Task Cut_client_comes_back_once_it_is_not_refused()
    {
        _proxy.Refuses = true;
        _proxy.Cut();
        Assert.That(async () => await _database.StringGetAsync("key"), Throws.InstanceOf<RedisException>().Or.InstanceOf<TimeoutException>());
        _proxy.Refuses = false;
        Assert.That(async () => await _database.StringGetAsync("key"), Throws.Nothing.After(5).Seconds.PollEvery(50));
    }

    // The first reply is held until the last request was seen: by time alone a busy machine could bring it in between.
    private static async Task<WireCost> MeasureTogetherAsync(RedisProxy proxy, IDatabase[] databases)
    {
        proxy.HoldReplies();
        proxy.Counter.Reset();
        var replies = Task.WhenAll(databases.Select(database => database.StringGetAsync("key")));
        Assert.That(() => proxy.Counter.Cost.Requests.Count, Is.EqualTo(databases.Length).After(2500).MilliSeconds.PollEvery(5));
        proxy.Release();
        await replies;
        return proxy.Counter.Cost;
    }

    private static string Key() => Guid.NewGuid().ToString("N");
}
