using System.Globalization;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>A server in a container. Compiled only where a Docker engine was found at build time. Thread-safe.</summary>
internal sealed class ContainerServer : IRunningServer
{
    private const string Image = "redis:7";
    private const int Port = 6379;

    private readonly IContainer _container;

    private ContainerServer(IContainer container) => _container = container;

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"{_container.Hostname}:{_container.GetMappedPublicPort(Port)}");

    /// <returns>Null when no Docker engine answers.</returns>
    public static async Task<ContainerServer?> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var container = new ContainerBuilder(Image)
                .WithPortBinding(Port, assignRandomHostPort: true)
                .WithCommand("--save", "", "--appendonly", "no")
                .WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted("redis-cli", "ping"))
                .Build();
            await container.StartAsync(cancellationToken);
            return new ContainerServer(container);
        }
        catch (DockerUnavailableException)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();
}
