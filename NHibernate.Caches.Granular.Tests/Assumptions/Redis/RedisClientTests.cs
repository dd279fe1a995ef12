using System.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>What StackExchange.Redis does by itself when a server has forgotten a script, is late or is not there.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisClientTests
{
    private const string Script = "return redis.call('INCR', KEYS[1])";

    private LocalRedisServer _server = null!;
    private RedisProxy _proxy = null!;

    [SetUp]
    public async Task StartServer()
    {
        _server = await LocalRedisServer.StartAsync();
        _proxy = RedisProxy.Start(_server);
    }

    [TearDown]
    public async Task StopServer()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Script_goes_in_full_once_then_by_its_hash_and_again_in_full_when_the_server_has_forgotten_it()
    {
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        Assert.That((await RunAsync()).ToString(), Is.EqualTo("1: EVAL"));
        Assert.That((await RunAsync()).ToString(), Is.EqualTo("1: EVALSHA"));
        await _server.ExecuteAsync("SCRIPT", "FLUSH");
        Assert.That((await RunAsync()).ToString(), Is.EqualTo("2: EVALSHA, EVAL"));
        Assert.That((await _server.ExecuteAsync("GET", "key")).Text, Is.EqualTo("3"), "each time it was run once");

        Task<WireCost> RunAsync() => _proxy.Counter.MeasureAsync(() => database.ScriptEvaluateAsync(Script, ["key"]));
    }

    [Test]
    public async Task Hash_alone_is_not_retried()
    {
        await using var connection = await ConnectAsync();
        var hash = await connection.GetServers()[0].ScriptLoadAsync(Script);
        await _server.ExecuteAsync("SCRIPT", "FLUSH");
        Assert.That(async () => await connection.GetDatabase().ScriptEvaluateAsync(hash, ["key"]), Throws.InstanceOf<RedisServerException>().With.Message.StartsWith("NOSCRIPT"));
    }

    [Test]
    public async Task Commands_keep_their_order_whether_anybody_waits_for_them_or_not()
    {
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        database.StringSet("key", 1, flags: CommandFlags.FireAndForget);
        _ = database.StringIncrementAsync("key");
        Assert.That((int)await database.StringGetAsync("key"), Is.EqualTo(2));
    }

    // Where the connection is busy, calls wait in line; so do all that come while there is a line.
    [Test]
    public async Task Commands_of_one_caller_keep_their_order_beside_those_of_others()
    {
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        var overtaken = 0;
        // Threads of their own: callers that wait on the pool's leave none to those who read the answers.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Factory.StartNew(() => Call(caller), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.That(overtaken, Is.Zero);

        void Call(int caller)
        {
            for (var i = 0; i < 200; i++)
            {
                _ = database.StringSetAsync($"key {caller}", i);
                if ((int)database.StringGet($"key {caller}") != i)
                    Interlocked.Increment(ref overtaken);
            }
        }
    }

    [Test]
    public async Task Fire_and_forget_answers_at_once_with_nothing_and_never_tells_of_an_error()
    {
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        _proxy.HoldReplies();
        var forgotten = database.StringIncrementAsync("key", flags: CommandFlags.FireAndForget);
        var known = database.StringIncrementAsync("key");
        Assert.That(forgotten.IsCompletedSuccessfully, Is.True);
        Assert.That(known.IsCompleted, Is.False);
        _proxy.Release();
        Assert.That((await forgotten, await known), Is.EqualTo((0L, 2L)));
        Assert.That(async () => await database.ExecuteAsync("NOSUCHCOMMAND", [], CommandFlags.FireAndForget), Throws.Nothing);
        Assert.That(async () => await database.ExecuteAsync("NOSUCHCOMMAND"), Throws.InstanceOf<RedisServerException>());
    }

    [Test]
    public async Task Timeout_leaves_the_connection_as_it_is_and_the_command_is_done_late()
    {
        await using var connection = await ConnectAsync();
        var failures = 0;
        connection.ConnectionFailed += (_, _) => Interlocked.Increment(ref failures);
        var database = connection.GetDatabase();
        _server.Pause();
        Assert.That(async () => await database.StringIncrementAsync("key"), Throws.InstanceOf<RedisTimeoutException>());
        _server.Resume();
        Assert.That(await database.StringIncrementAsync("key"), Is.EqualTo(2), "the one that failed was done as well");
        Assert.That(failures, Is.Zero);
    }

    [Test]
    public async Task Command_without_a_connection_waits_for_one_by_default_and_is_sent_when_it_is_back()
    {
        await using var connection = await ConnectAsync("asyncTimeout=10000");
        await LoseAsync(connection);
        var waiting = connection.GetDatabase().StringIncrementAsync("key");
        await _server.StartAgainAsync();
        Assert.That(await waiting, Is.EqualTo(1));
    }

    // What waits for a connection does so as long as the timeout of synchronous calls says, whichever way it was called; and
    // timeouts are only noticed once a second. Who has promised less must give up by itself.
    [TestCase("asyncTimeout=100,syncTimeout=2000", 2000)]
    [TestCase("asyncTimeout=2000,syncTimeout=100", 100)]
    public async Task Command_without_a_connection_fails_after_the_synchronous_timeout_if_none_comes(string timeouts, int milliseconds)
    {
        await using var connection = await ConnectAsync(timeouts);
        await LoseAsync(connection);
        var since = Stopwatch.StartNew();
        Assert.That(async () => await connection.GetDatabase().StringIncrementAsync("key"), Throws.InstanceOf<RedisException>().Or.InstanceOf<TimeoutException>());
        Assert.That(since.ElapsedMilliseconds, Is.InRange(milliseconds - 20, milliseconds + 1800));
    }

    [Test]
    public async Task Command_without_a_connection_fails_at_once_under_fail_fast()
    {
        await using var connection = await ConnectAsync("asyncTimeout=10000", options => options.BacklogPolicy = BacklogPolicy.FailFast);
        await LoseAsync(connection);
        var since = Stopwatch.StartNew();
        Assert.That(async () => await connection.GetDatabase().StringIncrementAsync("key"), Throws.InstanceOf<RedisConnectionException>());
        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    // So a handler cannot check the server before commands meant for the old one are sent; only the commands themselves can.
    [Test]
    public async Task What_waited_for_a_connection_is_sent_without_regard_to_handlers_of_its_return()
    {
        await using var connection = await ConnectAsync("asyncTimeout=10000");
        await LoseAsync(connection);
        Task? waiting = null;
        var sentMeanwhile = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType == ConnectionType.Interactive)
                sentMeanwhile.TrySetResult(waiting!.Wait(TimeSpan.FromSeconds(5)));
        };
        waiting = connection.GetDatabase().StringIncrementAsync("key");
        await _server.StartAgainAsync();
        Assert.That(await sentMeanwhile.Task.WaitAsync(TimeSpan.FromSeconds(10)), Is.True);
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(string more = "asyncTimeout=700", Action<ConfigurationOptions>? configure = null)
    {
        var options = ConfigurationOptions.Parse($"{_proxy.ConnectionString},connectTimeout=1000,{more}");
        options.ReconnectRetryPolicy = new LinearRetry(100);
        configure?.Invoke(options);
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private async Task LoseAsync(ConnectionMultiplexer connection)
    {
        await _server.KillAsync();
        Assert.That(() => connection.IsConnected, Is.False.After(5).Seconds.PollEvery(10));
    }
}
