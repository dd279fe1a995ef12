using System.Data.Common;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>Asks a PostgreSQL database which one it is.</summary>
internal static class PostgreSqlIdentity
{
    // The system identifier is made by initdb and shared by physical standbys; with the object id it names a database for good.
    // Permission to ask for it can be revoked (managed servers do), and asking all the same would abort the caller's transaction.
    private const string Common =
        """
        select d.oid::int8, json_build_array(current_user, current_schemas(false), current_setting('search_path'))::text, pg_is_in_recovery(),
            case when pg_is_in_recovery() then null else left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
            has_function_privilege('pg_catalog.pg_control_system()', 'execute'), extract(epoch from pg_postmaster_start_time())::text
        from pg_database d where d.datname = current_database()
        """;

    private const string SystemIdentifier = "select system_identifier::text from pg_control_system()";

    /// <summary>Two round trips, one where the system identifier may not be asked for. Changes nothing.</summary>
    public static DatabaseIdentity Read(DbConnection connection, DbTransaction? transaction = null)
    {
        var (identity, oid, mayAsk) = ReadCommon(connection, transaction);
        if (!mayAsk)
            return identity;
        using var command = CreateCommand(connection, transaction, SystemIdentifier);
        return identity with { Database = $"postgresql:{command.ExecuteScalar()}:{oid}", IsCertain = true };
    }

    private static (DatabaseIdentity Identity, string Oid, bool MayAsk) ReadCommon(DbConnection connection, DbTransaction? transaction)
    {
        using var command = CreateCommand(connection, transaction, Common);
        using var reader = command.ExecuteReader();
        reader.Read();
        var oid = reader.GetInt64(0).ToString(CultureInfo.InvariantCulture);
        var mayAsk = reader.GetBoolean(4);
        // Without a name of their own, entries of different servers are kept apart by when they started: a restart loses the entries,
        // which is wasteful and not wrong. For stamps it would be wrong, as not every node would notice at once.
        var server = mayAsk ? "" : $" {oid}@{reader.GetString(5)}";
        var identity = new DatabaseIdentity("postgresql:unidentified", reader.GetString(1) + server, reader.GetBoolean(2))
        {
            IsCertain = false,
            Timeline = reader.IsDBNull(3) ? null : reader.GetString(3),
        };
        return (identity, oid, mayAsk);
    }

    private static DbCommand CreateCommand(DbConnection connection, DbTransaction? transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
