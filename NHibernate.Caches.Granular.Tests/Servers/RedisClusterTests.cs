using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Servers;

[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisClusterTests : ClusterFixture
{
    private protected override WireCounter Counter { get; } = new();

    [Test, Order(1)]
    public async Task Every_node_has_keys_and_each_key_costs_one_round_trip_through_its_proxy()
    {
        var database = Connection.GetDatabase();
        var owners = new HashSet<LocalRedisServer>();
        foreach (var key in Enumerable.Range(0, 12).Select(i => $"key{i}"))
        {
            owners.Add(await Cluster.OwnerAsync(await Cluster.SlotAsync(key)));
            Assert.That((await Counter.MeasureAsync(() => database.StringSetAsync(key, "value"))).ToString(), Is.EqualTo("1: SET"));
        }
        Assert.That(owners, Is.EquivalentTo(Cluster.Nodes));
    }

    [Test, Order(2)]
    public async Task Slot_is_moved_with_its_keys_while_a_client_uses_them()
    {
        var database = Connection.GetDatabase();
        for (var i = 0; i < 250; i++)
            await database.StringSetAsync($"{{moved}}{i}", i);
        var slot = await Cluster.SlotAsync("{moved}");
        var from = await Cluster.OwnerAsync(slot);
        var to = Cluster.Nodes.First(node => node != from);

        var move = await Cluster.BeginMoveAsync(slot, to);
        Assert.That(await move.MoveKeysAsync(most: 120), Is.EqualTo(120));
        await AssertAllThereAsync(database);
        Assert.That(await move.MoveKeysAsync(), Is.EqualTo(130));
        await AssertAllThereAsync(database);
        await move.FinishAsync();
        Assert.That(await Cluster.OwnerAsync(slot), Is.SameAs(to));
        await AssertAllThereAsync(database);
        Assert.That((await from.ExecuteAsync("CLUSTER", "COUNTKEYSINSLOT", slot.ToString(CultureInfo.InvariantCulture))).Text, Is.EqualTo("0"));
    }

    private static async Task AssertAllThereAsync(IDatabase database)
    {
        for (var i = 0; i < 250; i++)
            Assert.That((int)await database.StringGetAsync($"{{moved}}{i}"), Is.EqualTo(i));
    }
}
