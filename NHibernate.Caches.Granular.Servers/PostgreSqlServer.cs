using NHibernate.Caches.Granular.Servers.PostgreSql;
using Npgsql;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A real PostgreSQL for tests, sample and benchmarks: the one that the environment variable <c>GRANULAR_TEST_POSTGRES</c> names
/// (a connection string of a role that may create databases), else a container where a Docker engine answers, else a private
/// server from the programs installed here. Thread-safe.
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private readonly IRunningServer _server;

    private PostgreSqlServer(IRunningServer server) => _server = server;

    /// <summary>The server's maintenance database; use <see cref="CreateDatabaseAsync"/> for one of your own.</summary>
    public string ConnectionString => _server.ConnectionString;

    /// <exception cref="InvalidOperationException">There is no server to be had; the message says which command mends it.</exception>
    public static async Task<PostgreSqlServer> StartAsync(CancellationToken cancellationToken = default)
    {
        IRunningServer? server = await GivenServer.FindAsync(cancellationToken);
#if TESTCONTAINERS
        server ??= await ContainerServer.StartAsync(cancellationToken);
#endif
        server ??= await LocalServer.StartAsync(cancellationToken);
        return new PostgreSqlServer(server ?? throw new InvalidOperationException(
            $"""
            No PostgreSQL to run against. One of these mends it:
              apt-get install postgresql          (or: brew install postgresql@17; initdb and postgres are then found)
              export {GivenServer.Variable}='Host=localhost;Username=postgres;Password=...'
              start Docker, and build again so that its engine is noticed
            """));
    }

    /// <summary>Creates an empty database; an old one of that name is dropped, whoever is connected to it.</summary>
    /// <returns>The connection string of the new database.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        var quoted = $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        var created = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
        await using (var old = new NpgsqlConnection(created))
            NpgsqlConnection.ClearPool(old);
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"drop database if exists {quoted} with (force)", cancellationToken);
        await ExecuteAsync(connection, $"create database {quoted}", cancellationToken);
        return created;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name is quoted as an identifier; there is no parameter for one.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
