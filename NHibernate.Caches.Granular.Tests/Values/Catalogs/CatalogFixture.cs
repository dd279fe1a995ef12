using NHibernate.Caches.Granular.Values;
using NHibernate.Caches.Granular.Values.Catalogs;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Values.Catalogs;

/// <summary>A database of the fixture's own, made by its script, and the schema that the catalog tells of it.</summary>
public abstract class CatalogFixture
{
    private protected NpgsqlConnection Connection { get; private set; } = null!;

    private protected ISchema Schema { get; set; } = null!;

    protected abstract string Script { get; }

    [OneTimeSetUp]
    public async Task CreateSchema()
    {
        var name = "catalog_" + GetType().Name.ToLowerInvariant();
        // Unpooled: what a session leaves behind (temporary tables, settings) ends with its connection.
        var connectionString = new NpgsqlConnectionStringBuilder(await TestDatabase.CreateAsync(name)) { Pooling = false }.ConnectionString;
        Connection = new NpgsqlConnection(connectionString);
        await Connection.OpenAsync();
        await ExecuteAsync(Script);
        Schema = PostgreSqlCatalog.Read(Connection);
    }

    [OneTimeTearDown]
    public async Task Disconnect() => await Connection.DisposeAsync();

    private protected TableInfo Table(string name) =>
        Schema.Find(null, name) ?? throw new AssertionException($"The catalog has no table '{name}'.");

    private protected ColumnInfo Column(string table, string column) => Table(table).Columns[column];

    private protected async Task ExecuteAsync(string sql)
    {
#pragma warning disable CA2100 // Scripts of these tests.
        await using var command = new NpgsqlCommand(sql, Connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
