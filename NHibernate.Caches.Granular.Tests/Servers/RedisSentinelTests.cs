using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Servers;

[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisSentinelTests
{
    [Test]
    public async Task Failover_on_command_makes_the_replica_the_master_and_leaves_the_old_one_in_its_belief_for_a_while()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        var (first, second) = (sentinel.Servers[0], sentinel.Servers[1]);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(sentinel.ConnectionString + ",abortConnect=false");
        await connection.GetDatabase().StringSetAsync("key", "value");
        Assert.That((await first.ExecuteAsync("GET", "key")).Text, Is.EqualTo("value"));

        await sentinel.FailOverAsync();
        Assert.That(await sentinel.MasterAsync(), Is.SameAs(second));
        Assert.That(await first.InfoAsync("role"), Is.EqualTo("master"));
        await sentinel.DemoteAsync(first);
        Assert.That(async () => await connection.GetDatabase().StringSetAsync("key", "again"), Throws.Nothing.After(30).Seconds.PollEvery(100), "the client follows");
        Assert.That((await second.ExecuteAsync("GET", "key")).Text, Is.EqualTo("again"));
    }

    [Test]
    public async Task Three_sentinels_replace_a_master_that_was_killed()
    {
        await using var sentinel = await RedisSentinel.StartAsync(sentinels: 3, TimeSpan.FromSeconds(1));
        var (first, second) = (sentinel.Servers[0], sentinel.Servers[1]);
        await first.KillAsync();
        await sentinel.WaitForOtherMasterAsync(first);
        Assert.That(await sentinel.MasterAsync(), Is.SameAs(second));
        await second.ExecuteAsync("SET", "key", "value");
    }
}
