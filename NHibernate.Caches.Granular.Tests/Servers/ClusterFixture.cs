using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Servers;

/// <summary>A cluster of the fixture's own and a client on it.</summary>
public abstract class ClusterFixture
{
    private protected RedisCluster Cluster { get; private set; } = null!;

    private protected ConnectionMultiplexer Connection { get; private set; } = null!;

    /// <summary>Counts what passes between them.</summary>
    private protected virtual WireCounter? Counter => null;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        Cluster = await RedisCluster.StartAsync(Counter);
        Connection = await ConnectionMultiplexer.ConnectAsync(Cluster.ConnectionString);
    }

    [OneTimeTearDown]
    public async Task StopCluster()
    {
        if (Connection is not null)
            await Connection.DisposeAsync();
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }
}
