namespace NHibernate.Caches.Granular.Servers;

/// <summary>A slot on its way from one node of a cluster to another. Not thread-safe.</summary>
public sealed class RedisSlotMove
{
    private const int Timeout = 5000;

    private readonly int _slot;
    private readonly LocalRedisServer _from;
    private readonly LocalRedisServer _to;
    private readonly string _toId;
    private readonly IReadOnlyList<LocalRedisServer> _nodes;

    internal RedisSlotMove(int slot, LocalRedisServer from, LocalRedisServer to, string toId, IReadOnlyList<LocalRedisServer> nodes) =>
        (_slot, _from, _to, _toId, _nodes) = (slot, from, to, toId, nodes);

    /// <summary>Moves that many of the keys that are still on the old node; by default all.</summary>
    /// <returns>How many were moved.</returns>
    public async Task<int> MoveKeysAsync(int most = int.MaxValue, CancellationToken cancellationToken = default)
    {
        var moved = 0;
        while (moved < most)
        {
            var keys = await _from.ExecuteAsync(["CLUSTER", "GETKEYSINSLOT", RedisCluster.Text(_slot), RedisCluster.Text(Math.Min(100, most - moved))], cancellationToken);
            if (keys.Items.Count == 0)
                break;
            await _from.ExecuteAsync(
                ["MIGRATE", "127.0.0.1", RedisCluster.Text(_to.Port), "", "0", RedisCluster.Text(Timeout), "KEYS", .. keys.Items.Select(key => key.Text!)], cancellationToken);
            moved += keys.Items.Count;
        }
        return moved;
    }

    /// <summary>Gives the slot to its new node; all keys must have been moved.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken = default)
    {
        // The new owner first: if the old one gave the slot away before, nobody would have it.
        foreach (var node in _nodes.OrderByDescending(node => node == _to))
            await node.ExecuteAsync(["CLUSTER", "SETSLOT", RedisCluster.Text(_slot), "NODE", _toId], cancellationToken);
    }
}
