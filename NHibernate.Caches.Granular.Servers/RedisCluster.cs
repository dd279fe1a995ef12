using System.Globalization;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A private Redis Cluster of three masters without replicas, which share all slots among them. Its nodes can be paused and
/// killed, but one that is started again is no member any more. Not thread-safe.
/// </summary>
public sealed class RedisCluster : IAsyncDisposable
{
    /// <summary>How many slots a cluster has.</summary>
    public const int Slots = 16384;

    private const int Size = 3;

    private readonly List<LocalRedisServer> _nodes = [];
    private readonly List<RedisProxy> _proxies = [];
    private readonly List<string> _ids = [];

    private RedisCluster()
    {
    }

    public IReadOnlyList<LocalRedisServer> Nodes => _nodes;

    /// <summary>Before each node, in the same order; empty if there are none.</summary>
    public IReadOnlyList<RedisProxy> Proxies => _proxies;

    /// <summary>For StackExchange.Redis; leads through the proxies if there are any, as do all redirections.</summary>
    public string ConnectionString => string.Join(',', _proxies.Count > 0 ? _proxies.Select(proxy => proxy.ConnectionString) : _nodes.Select(node => node.ConnectionString));

    /// <param name="counter">If given, every node gets a proxy before it, and all count here.</param>
    public static async Task<RedisCluster> StartAsync(WireCounter? counter = null, CancellationToken cancellationToken = default)
    {
        var cluster = new RedisCluster();
        try
        {
            for (var i = 0; i < Size; i++)
                await cluster.AddNodeAsync(counter, cancellationToken);
            await cluster.JoinAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <returns>The node that the cluster says has the slot.</returns>
    public async Task<LocalRedisServer> OwnerAsync(int slot, CancellationToken cancellationToken = default)
    {
        var ranges = await _nodes[0].ExecuteAsync(["CLUSTER", "SLOTS"], cancellationToken);
        var range = ranges.Items.First(range => Number(range.Items[0]) <= slot && slot <= Number(range.Items[1]));
        return _nodes[_ids.IndexOf(range.Items[2].Items[2].Text!)];
    }

    /// <returns>The slot of a key, as the cluster counts it.</returns>
    public async Task<int> SlotAsync(string key, CancellationToken cancellationToken = default) =>
        Number(await _nodes[0].ExecuteAsync(["CLUSTER", "KEYSLOT", key], cancellationToken));

    /// <summary>Moves a slot with all its keys to another node while clients go on using it.</summary>
    public async Task MoveSlotAsync(int slot, LocalRedisServer to, CancellationToken cancellationToken = default)
    {
        var move = await BeginMoveAsync(slot, to, cancellationToken);
        await move.MoveKeysAsync(cancellationToken: cancellationToken);
        await move.FinishAsync(cancellationToken);
    }

    /// <summary>Begins to move a slot. From here to the move's end both nodes have a part in it, and the old one asks clients to try the new one.</summary>
    public async Task<RedisSlotMove> BeginMoveAsync(int slot, LocalRedisServer to, CancellationToken cancellationToken = default)
    {
        var from = await OwnerAsync(slot, cancellationToken);
        var move = new RedisSlotMove(slot, from, to, IdOf(to), _nodes);
        await to.ExecuteAsync(["CLUSTER", "SETSLOT", Text(slot), "IMPORTING", IdOf(from)], cancellationToken);
        await from.ExecuteAsync(["CLUSTER", "SETSLOT", Text(slot), "MIGRATING", IdOf(to)], cancellationToken);
        return move;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    internal static int Number(RedisReply reply) => int.Parse(reply.Text!, CultureInfo.InvariantCulture);

    private async Task AddNodeAsync(WireCounter? counter, CancellationToken cancellationToken)
    {
        List<string> arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-announce-ip", "127.0.0.1"];
        RedisProxy? proxy = null;
        if (counter is not null)
        {
            _proxies.Add(proxy = RedisProxy.Start(counter));
            arguments.AddRange(["--cluster-announce-port", Text(proxy.Port)]);
        }
        var node = await LocalRedisServer.StartAsync([.. arguments], cancellationToken);
        _nodes.Add(node);
        if (proxy is not null)
            proxy.Target = node.EndPoint;
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < Size; i++)
        {
            _ids.Add((await _nodes[i].ExecuteAsync(["CLUSTER", "MYID"], cancellationToken)).Text!);
            await _nodes[i].ExecuteAsync(["CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1)], cancellationToken);
            await _nodes[i].ExecuteAsync(["CLUSTER", "ADDSLOTSRANGE", Text(Slots * i / Size), Text((Slots * (i + 1) / Size) - 1)], cancellationToken);
        }
        // Each with each, so that none needs to hear of another from a third.
        foreach (var node in _nodes)
            foreach (var other in _nodes.Where(other => other != node))
                await node.ExecuteAsync(["CLUSTER", "MEET", "127.0.0.1", Text(other.Port)], cancellationToken);
        foreach (var node in _nodes)
            await LocalRedisServer.WaitUntilAsync(() => IsJoinedAsync(node, cancellationToken), "the cluster's nodes know each other", cancellationToken);
    }

    private static async Task<bool> IsJoinedAsync(LocalRedisServer node, CancellationToken cancellationToken)
    {
        var info = await node.ExecuteAsync(["CLUSTER", "INFO"], cancellationToken);
        return Redis.RedisInfo.Field(info, "cluster_state") == "ok" && Redis.RedisInfo.Field(info, "cluster_size") == Text(Size);
    }

    private string IdOf(LocalRedisServer node) => _ids[_nodes.IndexOf(node)];
}
