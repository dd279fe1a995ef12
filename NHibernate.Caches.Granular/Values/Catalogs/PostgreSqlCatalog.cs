using System.Data.Common;

namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>Reads the schema of a PostgreSQL database, from version 12, over any open connection to it.</summary>
internal static class PostgreSqlCatalog
{
    /// <summary>
    /// One round trip. The answer is as that connection sees the database: its role, its search path, its transaction. Nothing is
    /// changed, and no lock outlives the command (in a transaction: the reader's locks on the system catalogs live as long as it).
    /// </summary>
    /// <exception cref="DbException">The database is none that has these catalogs; in a transaction, that is then aborted.</exception>
    public static ISchema Read(DbConnection connection, DbTransaction? transaction = null)
    {
        using var command = CreateCommand(connection, transaction);
        using var reader = command.ExecuteReader();
        return new SchemaBuilder(CatalogRows.Read(reader)).Build();
    }

    private static DbCommand CreateCommand(DbConnection connection, DbTransaction? transaction)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // A constant.
        command.CommandText = CatalogQueries.All;
#pragma warning restore CA2100
        return command;
    }
}
