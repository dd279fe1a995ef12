using NHibernate.Caches.Granular.Servers;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>What a server does that has no memory left. A limit of one byte makes every server such a one.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisMemoryTests
{
    [Test]
    public async Task Script_whose_first_write_needs_memory_is_refused_before_it_wrote()
    {
        await using var server = await FullServerAsync("noeviction");
        Assert.That(
            async () => await server.ExecuteAsync("EVAL", "redis.call('HSET', KEYS[1], 'field', 2); redis.call('DEL', KEYS[1])", "1", "hash"),
            Throws.InvalidOperationException.With.Message.Contains("OOM"));
        Assert.That((await server.ExecuteAsync("HGET", "hash", "field")).Text, Is.EqualTo("1"));
    }

    // Redis does not stop a script halfway: who has written goes on.
    [Test]
    public async Task Script_whose_first_write_needs_none_may_write_whatever_follows()
    {
        await using var server = await FullServerAsync("noeviction");
        await server.ExecuteAsync("EVAL", "redis.call('HDEL', KEYS[1], 'other'); redis.call('PEXPIRE', KEYS[1], 100000); redis.call('HSET', KEYS[1], 'field', 2)", "1", "hash");
        Assert.That((await server.ExecuteAsync("HGET", "hash", "field")).Text, Is.EqualTo("2"));
    }

    [Test]
    public async Task Script_that_only_reads_runs()
    {
        await using var server = await FullServerAsync("noeviction");
        Assert.That((await server.ExecuteAsync("EVAL", "return redis.call('HGET', KEYS[1], 'field')", "1", "hash")).Text, Is.EqualTo("1"));
    }

    [Test]
    public async Task Least_recently_used_keys_go_whole_also_hashes_and_those_without_an_expiry()
    {
        await using var server = await FullServerAsync("allkeys-lru");
        Assert.That(async () => await server.ExecuteAsync("SET", "another", "value"), Throws.InvalidOperationException.With.Message.StartsWith("OOM"));
        Assert.That((await server.ExecuteAsync("EXISTS", "hash")).Text, Is.EqualTo("0"));
        Assert.That(int.Parse((await server.InfoAsync("evicted_keys"))!, CultureInfo.InvariantCulture), Is.GreaterThan(0));
    }

    private static async Task<LocalRedisServer> FullServerAsync(string policy)
    {
        var server = await LocalRedisServer.StartAsync("--maxmemory-policy", policy);
        await server.ExecuteAsync("HSET", "hash", "field", "1", "other", "1");
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        return server;
    }
}
