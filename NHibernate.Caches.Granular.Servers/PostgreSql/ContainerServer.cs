using DotNet.Testcontainers.Builders;
using Testcontainers.PostgreSql;

namespace NHibernate.Caches.Granular.Servers.PostgreSql;

/// <summary>A server in a container. Compiled only where a Docker engine was found at build time.</summary>
internal sealed class ContainerServer : IRunningServer
{
    private const string Image = "postgres:17";

    private readonly PostgreSqlContainer _container;

    private ContainerServer(PostgreSqlContainer container) => _container = container;

    public string ConnectionString => _container.GetConnectionString();

    /// <returns>Null when no Docker engine answers.</returns>
    public static async Task<ContainerServer?> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var container = new PostgreSqlBuilder(Image).WithCommand("-c", "max_prepared_transactions=20", "-c", "max_connections=200").Build();
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
