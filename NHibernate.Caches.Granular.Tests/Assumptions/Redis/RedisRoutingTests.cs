using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>Where scripts go in a cluster.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisRoutingTests : ClusterFixture
{
    [Test]
    public async Task Script_with_keys_of_one_hash_tag_runs_where_they_are()
    {
        var owners = new HashSet<LocalRedisServer>();
        for (var i = 0; i < 8; i++)
        {
            RedisKey[] keys = [$"{{scope{i}}}a", $"{{scope{i}}}b"];
            var run = (string?)await Connection.GetDatabase().ScriptEvaluateAsync(
                "redis.call('SET', KEYS[1], 1); redis.call('SET', KEYS[2], 2); return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')", keys);
            var owner = await Cluster.OwnerAsync(await Cluster.SlotAsync(keys[0]!));
            Assert.That(run, Is.EqualTo(await owner.InfoAsync("run_id")));
            owners.Add(owner);
        }
        Assert.That(owners, Has.Count.GreaterThan(1));
    }

    [Test]
    public void Script_with_keys_of_two_slots_is_refused_by_the_client_before_it_is_sent() =>
        Assert.That(
            async () => await Connection.GetDatabase().ScriptEvaluateAsync("return 1", ["{one}", "{two}"]), Throws.InstanceOf<RedisCommandException>().With.Message.Contains("slot"));

    [Test]
    public async Task Script_with_keys_of_two_slots_is_refused_by_the_server()
    {
        var owner = await Cluster.OwnerAsync(await Cluster.SlotAsync("{one}"));
        Assert.That(async () => await owner.ExecuteAsync("EVAL", "return 1", "2", "{one}", "{two}"), Throws.InvalidOperationException.With.Message.StartsWith("CROSSSLOT"));
    }

    [Test]
    public async Task Script_may_not_touch_a_key_of_another_node_that_it_did_not_name()
    {
        var owner = await Cluster.OwnerAsync(await Cluster.SlotAsync("{one}"));
        var elsewhere = "";
        for (var i = 0; elsewhere.Length == 0; i++)
            if (await Cluster.OwnerAsync(await Cluster.SlotAsync($"key{i}")) != owner)
                elsewhere = $"key{i}";
        Assert.That(
            async () => await Connection.GetDatabase().ScriptEvaluateAsync("return redis.call('GET', ARGV[1])", ["{one}"], [elsewhere]),
            Throws.InstanceOf<RedisServerException>().With.Message.Contains("non local key"));
    }

    [Test]
    public async Task Script_between_two_nodes_whose_keys_are_apart_is_told_to_try_again()
    {
        RedisKey[] keys = ["{apart}a", "{apart}b"];
        foreach (var key in keys)
            await Connection.GetDatabase().StringSetAsync(key, 1);
        var slot = await Cluster.SlotAsync("{apart}");
        var from = await Cluster.OwnerAsync(slot);
        var move = await Cluster.BeginMoveAsync(slot, Cluster.Nodes.First(node => node != from));
        await move.MoveKeysAsync(most: 1);
        Assert.That(async () => await Connection.GetDatabase().ScriptEvaluateAsync("return 1", keys), Throws.InstanceOf<RedisServerException>().With.Message.StartsWith("TRYAGAIN"));
        await move.MoveKeysAsync();
        await move.FinishAsync();
        Assert.That((int)await Connection.GetDatabase().ScriptEvaluateAsync("return 1", keys), Is.EqualTo(1));
    }
}
