using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>
/// The one Redis of a test run: started when the first test asks for it, ended after the last. It may be shared with others, so
/// that a test touches nothing but the keys under a prefix of its own; who clears, stops or configures a server starts a
/// <see cref="LocalRedisServer"/>. Its absence fails the tests that need it, with the command that mends it. Thread-safe.
/// </summary>
[SetUpFixture]
public sealed class TestRedis
{
    // On the thread pool: a test's own synchronization context must not be waited on by the tests beside it.
    private static readonly Lazy<Task<RedisServer>> s_server = new(() => Task.Run(() => RedisServer.StartAsync()));

    private static readonly string s_run = $"granular-test:{Guid.NewGuid():N}:";

    private static int s_prefixes;

    /// <summary>A configuration string of StackExchange.Redis.</summary>
    public static string ConnectionString => s_server.Value.GetAwaiter().GetResult().ConnectionString;

    /// <summary>The beginning of keys that all of this run may use; databases of its own keep its fixtures apart.</summary>
    public static string SharedPrefix => s_run;

    /// <returns>The beginning of keys that nobody else uses, in this run or another; they are deleted after the last test.</returns>
    public static string NewPrefix(string name) => string.Create(CultureInfo.InvariantCulture, $"{s_run}{name}-{Interlocked.Increment(ref s_prefixes)}:");

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (s_server is not { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            return;
        await using var server = await s_server.Value;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        foreach (var node in connection.GetServers().Where(node => !node.IsReplica))
            await foreach (var key in node.KeysAsync(pattern: s_run + "*", pageSize: 1000))
                await connection.GetDatabase().KeyDeleteAsync(key);
    }
}
