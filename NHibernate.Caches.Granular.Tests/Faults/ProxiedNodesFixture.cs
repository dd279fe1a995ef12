using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>Nodes on a Redis server of each test's own, whose wire the test counts, or disturbs.</summary>
public abstract class ProxiedNodesFixture : NodesFixture
{
    private protected LocalRedisServer Server { get; private set; } = null!;

    private protected RedisProxy Proxy { get; private set; } = null!;

    private protected WireCounter Counter => Proxy.Counter;

    [SetUp]
    public async Task StartServer()
    {
        Server = await LocalRedisServer.StartAsync();
        Proxy = RedisProxy.Start(Server);
    }

    [TearDown]
    public async Task StopServer()
    {
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>One that nothing runs out of time for while the test goes on.</summary>
    private protected ISessionFactory NewPatientNode(string redis, params (string Name, string Value)[] properties) =>
        NewNode(redis, [("cache.granular.redis_timeout", "20"), ("cache.granular.lease", "60"), .. properties]);

    /// <inheritdoc cref="NewPatientNode(string, ValueTuple{string, string}[])"/>
    private protected ISessionFactory NewPatientNode() => NewPatientNode(Proxy.ConnectionString);
}
