using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>How one can see that a server's data may not be the ones it had: restart, old snapshot, promotion.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisHistoryTests
{
    [Test]
    public async Task Restart_gives_another_run_id_also_with_the_old_data()
    {
        await using var server = await LocalRedisServer.StartAsync();
        await server.ExecuteAsync("SET", "key", "value");
        var snapshot = await server.SaveSnapshotAsync();
        var ids = new List<string?> { await server.InfoAsync("run_id"), await server.InfoAsync("master_replid") };
        await server.RestartAsync(snapshot);
        Assert.That((await server.ExecuteAsync("GET", "key")).Text, Is.EqualTo("value"));
        ids.AddRange([await server.InfoAsync("run_id"), await server.InfoAsync("master_replid")]);
        Assert.That(ids, Is.Unique);
    }

    [Test]
    public async Task Promotion_gives_another_replication_id_and_no_other_run_id()
    {
        await using var master = await LocalRedisServer.StartAsync();
        await using var replica = await LocalRedisServer.StartAsync();
        await replica.ReplicateFromAsync(master);
        var (run, history) = (await replica.InfoAsync("run_id"), await replica.InfoAsync("master_replid"));
        Assert.That(history, Is.EqualTo(await master.InfoAsync("master_replid")), "a replica shares its master's history");
        Assert.That(await replica.InfoAsync("role"), Is.EqualTo("slave"));

        await replica.PromoteAsync();
        Assert.That(await replica.InfoAsync("run_id"), Is.EqualTo(run));
        Assert.That(await replica.InfoAsync("master_replid"), Is.Not.EqualTo(history));
    }

    [Test]
    public async Task Script_on_a_replica_may_read_and_is_refused_when_it_writes()
    {
        await using var master = await LocalRedisServer.StartAsync();
        await using var replica = await LocalRedisServer.StartAsync();
        await master.ExecuteAsync("SET", "key", "value");
        await replica.ReplicateFromAsync(master);
        Assert.That((await replica.ExecuteAsync("EVAL", "return redis.call('GET', KEYS[1])", "1", "key")).Text, Is.EqualTo("value"));
        Assert.That(
            async () => await replica.ExecuteAsync("EVAL", "return redis.call('SET', KEYS[1], 1)", "1", "key"), Throws.InvalidOperationException.With.Message.StartsWith("READONLY"));

        await using var connection = await ConnectionMultiplexer.ConnectAsync(replica.ConnectionString);
        Assert.That(
            async () => await connection.GetDatabase().ScriptEvaluateAsync("return redis.call('SET', KEYS[1], 1)", ["key"]),
            Throws.InstanceOf<RedisException>(), "the client either refuses by itself or hands on the refusal");
    }
}
