using NHibernate.Caches.Granular.Servers;
using Npgsql;

namespace Storefront.Data;

/// <summary>
/// The databases of one run: one is filled, the others are copies of it. All are dropped at the end. Not thread-safe.
/// </summary>
internal sealed class ShopDatabases : IAsyncDisposable
{
    private readonly string _maintenance;
    private readonly PostgreSqlServer? _server;
    private readonly string _prefix = $"storefront_{Guid.NewGuid():N}"[..19];
    private readonly List<string> _names = [];

    private ShopDatabases(string maintenance, PostgreSqlServer? server) => (_maintenance, _server) = (maintenance, server);

    /// <param name="connectionString">The server to use; null to have one started.</param>
    public static async Task<ShopDatabases> OpenAsync(string? connectionString)
    {
        if (connectionString is not null)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            return new ShopDatabases(connectionString, null);
        }
        var server = await PostgreSqlServer.StartAsync();
        return new ShopDatabases(server.ConnectionString, server);
    }

    public string CreateEmpty(string name) => Create(name, "");

    /// <param name="original">The connection string of the database to copy.</param>
    /// <returns>The connection string of the copy.</returns>
    public string Copy(string original, string name)
    {
        Disconnect(original); // PostgreSQL copies a database only while nobody is connected to it
        return Create(name, $" template {new NpgsqlConnectionStringBuilder(original).Database}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names)
        {
            Disconnect(ConnectionString(name));
            Execute($"drop database if exists {name} with (force)");
        }
        Disconnect(_maintenance);
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private string Create(string name, string template)
    {
        var database = $"{_prefix}_{name}";
        Execute($"create database {database}{template}");
        _names.Add(database);
        return ConnectionString(database);
    }

    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder(_maintenance) { Database = database }.ConnectionString;

    private static void Disconnect(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        NpgsqlConnection.ClearPool(connection);
    }

    private void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(_maintenance);
        connection.Open();
#pragma warning disable CA2100 // Names are made here, of lower-case letters and digits.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
