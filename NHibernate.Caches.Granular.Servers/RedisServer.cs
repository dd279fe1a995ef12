using NHibernate.Caches.Granular.Servers.Redis;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A real Redis for tests, sample and benchmarks: the one that the environment variable <c>GRANULAR_TEST_REDIS</c> names (a
/// configuration string of StackExchange.Redis), else a container where a Docker engine answers, else a private server from the
/// program installed here. Who wants to make it fail takes a <see cref="LocalRedisServer"/>. Thread-safe.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly IRunningServer _server;

    private RedisServer(IRunningServer server) => _server = server;

    /// <summary>A configuration string of StackExchange.Redis.</summary>
    public string ConnectionString => _server.ConnectionString;

    /// <exception cref="InvalidOperationException">There is no server to be had; the message says which command mends it.</exception>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken = default)
    {
        IRunningServer? server = await GivenServer.FindAsync();
#if TESTCONTAINERS
        server ??= await ContainerServer.StartAsync(cancellationToken);
#endif
        if (server is null && Installation.Find() is not null)
            server = await LocalRedisServer.StartAsync([], cancellationToken);
        return new RedisServer(server ?? throw new InvalidOperationException(
            $"""
            No Redis to run against. One of these mends it:
              {Installation.Command}
              export {GivenServer.Variable}='localhost:6379,password=...'
              start Docker, and build again so that its engine is noticed
            """));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
