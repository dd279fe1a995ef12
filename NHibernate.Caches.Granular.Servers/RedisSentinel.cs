using System.Globalization;
using System.Net;
using NHibernate.Caches.Granular.Servers.Redis;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>A private master with one replica, and sentinels that watch them. Not thread-safe.</summary>
public sealed class RedisSentinel : IAsyncDisposable
{
    /// <summary>What the sentinels call what they watch.</summary>
    public const string ServiceName = "granular";

    private readonly List<LocalRedisServer> _servers = [];
    private readonly List<RedisProcess> _sentinels = [];
    private readonly List<IPEndPoint> _endPoints = [];

    private RedisSentinel()
    {
    }

    /// <summary>The two data servers; the first one began as the master.</summary>
    public IReadOnlyList<LocalRedisServer> Servers => _servers;

    /// <summary>For StackExchange.Redis: leads to whoever is the master.</summary>
    public string ConnectionString => string.Join(',', _endPoints) + $",serviceName={ServiceName}";

    /// <param name="sentinels">How many there are; more than half of them must agree to a failover.</param>
    /// <param name="patience">How long a master may be silent before they replace it by themselves. A busy machine silences one for a second or two.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<RedisSentinel> StartAsync(int sentinels = 1, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        var all = new RedisSentinel();
        try
        {
            all._servers.Add(await LocalRedisServer.StartAsync([], cancellationToken));
            all._servers.Add(await LocalRedisServer.StartAsync([], cancellationToken));
            await all._servers[1].ReplicateFromAsync(all._servers[0], cancellationToken);
            for (var i = 0; i < sentinels; i++)
                await all.AddSentinelAsync((sentinels / 2) + 1, patience ?? TimeSpan.FromMinutes(1), cancellationToken);
            await LocalRedisServer.WaitUntilAsync(() => all.KnowsAllAsync(sentinels, cancellationToken), "the sentinels know the replica and each other", cancellationToken);
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <returns>Who the sentinels say is the master.</returns>
    public async Task<LocalRedisServer> MasterAsync(CancellationToken cancellationToken = default)
    {
        var address = await AskAsync(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", ServiceName], cancellationToken);
        return _servers.Single(server => server.Port == RedisCluster.Number(address.Items[1]));
    }

    /// <summary>
    /// Has the sentinels make the replica the master, and waits until it is. The old master does not know at once: it takes writes
    /// for about eight seconds more, and loses them when the sentinels then make it a replica.
    /// </summary>
    public async Task FailOverAsync(CancellationToken cancellationToken = default)
    {
        var old = await MasterAsync(cancellationToken);
        await LocalRedisServer.WaitUntilAsync(() => TryFailOverAsync(cancellationToken), "the sentinels trust the replica", cancellationToken);
        await WaitForOtherMasterAsync(old, cancellationToken);
    }

    /// <summary>Does at once to an old master what the sentinels do in the end: makes it a replica and throws its clients out.</summary>
    public async Task DemoteAsync(LocalRedisServer old, CancellationToken cancellationToken = default)
    {
        await old.ReplicateFromAsync(await MasterAsync(cancellationToken), cancellationToken);
        await old.ExecuteAsync(["CLIENT", "KILL", "TYPE", "normal"], cancellationToken);
        await old.ExecuteAsync(["CLIENT", "KILL", "TYPE", "pubsub"], cancellationToken);
    }

    /// <summary>Waits until the sentinels have replaced <paramref name="old"/>, which they do by themselves when it has been silent for too long.</summary>
    public Task WaitForOtherMasterAsync(LocalRedisServer old, CancellationToken cancellationToken = default) =>
        LocalRedisServer.WaitUntilAsync(
            async () => await MasterAsync(cancellationToken) is var master && master != old && await master.InfoAsync("role", cancellationToken) == "master",
            "there is a new master",
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
            await sentinel.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private async Task AddSentinelAsync(int quorum, TimeSpan patience, CancellationToken cancellationToken)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        var configuration = string.Create(CultureInfo.InvariantCulture, $"""
            port {endPoint.Port}
            bind 127.0.0.1
            sentinel monitor {ServiceName} 127.0.0.1 {_servers[0].Port} {quorum}
            sentinel down-after-milliseconds {ServiceName} {patience.TotalMilliseconds}
            sentinel failover-timeout {ServiceName} 5000

            """);
        var said = "";
        var sentinel = await RedisProcess.TryStartAsync(
            endPoint, null, ["sentinel.conf", "--sentinel"], directory => File.WriteAllText(Path.Combine(directory, "sentinel.conf"), configuration), log => said = log, cancellationToken);
        _sentinels.Add(sentinel ?? throw new InvalidOperationException($"The sentinel does not start: {said}"));
        _endPoints.Add(endPoint);
    }

    /// <returns>False while the sentinel has known the replica for so short a time that it has not heard from it yet.</returns>
    private async Task<bool> TryFailOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(["SENTINEL", "FAILOVER", ServiceName], cancellationToken);
            return true;
        }
        catch (InvalidOperationException exception) when (exception.Message.StartsWith("NOGOODSLAVE", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task<bool> KnowsAllAsync(int sentinels, CancellationToken cancellationToken)
    {
        var master = await AskAsync(["SENTINEL", "MASTER", ServiceName], cancellationToken);
        var fields = master.Items.Chunk(2).ToDictionary(pair => pair[0].Text!, pair => pair[1].Text);
        return fields["num-slaves"] == "1" && fields["num-other-sentinels"] == RedisCluster.Text(sentinels - 1);
    }

    private async Task<RedisReply> AskAsync(string[] command, CancellationToken cancellationToken)
    {
        using var connection = await RespConnection.OpenAsync(_endPoints[0], null, cancellationToken);
        return await connection.ExecuteAsync(command, cancellationToken);
    }
}
