using NHibernate.Caches.Granular.Oracle.Rows;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// Finds out what became of the transactions of a process that is no more, by asking the database past any cache, and tells the history.
/// Thread-safe: stateless.
/// </summary>
internal static class Aftermath
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <returns>How many changes of rows were committed of which the process had told nobody, and how many were not; and what was seen of these all the same.</returns>
    public static (int Committed, int RolledBack, List<string> Dirty) Settle(string connectionString, string applicationName, int origin, RowTable rows, RowHistory history)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        // A COMMIT that was sent is carried out, and then the server notices that nobody wants to know.
        using var remaining = new NpgsqlCommand("select count(*) from pg_stat_activity where application_name = $1", connection) { Parameters = { new NpgsqlParameter { Value = applicationName } } };
        if (!SpinWait.SpinUntil(() => { Thread.Sleep(10); return remaining.ExecuteScalar() is 0L; }, s_patience))
            throw new InvalidOperationException($"The connections of {applicationName} do not end.");
        history.ReleaseAll(origin);
        var now = Now(connection, rows);
        var (committed, rolledBack, dirty) = (0, 0, new List<string>());
        for (var row = 0; row < rows.Count; row++)
        {
            foreach (var left in history.LeftBy(origin, row))
            {
                // Revisions only grow from commit to commit. Where the row is no more, so it was with the deletion that was attempted, or is
                // since; but whether it ever was what else was attempted, nobody can tell.
                if (now[row] is { } rev ? left.Rev <= rev : !left.Exists)
                {
                    committed += history.IsKnown(row, left.Rev) ? 0 : 1;
                    history.Known(row, left.Rev);
                }
                else if (now[row] is not null)
                {
                    rolledBack++;
                    if (history.Withdraw(row, left.Rev))
                        dirty.Add($"{rows.NameOf(row)}@{left.Rev} was read; it was never committed by {applicationName}, which was killed");
                }
            }
        }
        return (committed, rolledBack, dirty);
    }

    private static long?[] Now(NpgsqlConnection connection, RowTable rows)
    {
        var now = new long?[rows.Count];
        foreach (var kind in Enum.GetValues<RowKind>())
        {
#pragma warning disable CA2100 // The name of one of our tables.
            using var command = new NpgsqlCommand($"select id, rev from {kind}", connection);
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            while (reader.Read())
                now[rows.Of(kind, reader.GetInt32(0))] = reader.GetInt64(1);
        }
        return now;
    }
}
