using NHibernate.Caches.Granular.Servers;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>A new Redis for each test, which may do to it what it likes.</summary>
public abstract class OwnServerFixture
{
    private protected LocalRedisServer Server { get; private set; } = null!;

    [SetUp]
    public async Task StartServer() => Server = await LocalRedisServer.StartAsync();

    [TearDown]
    public async Task StopServer()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }
}
