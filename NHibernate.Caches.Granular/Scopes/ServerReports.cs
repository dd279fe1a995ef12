using System.Collections.Concurrent;
using System.Data.Common;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// What a server reports of itself to every connection, without being asked. PostgreSQL reports, from version 14 on and whenever
/// it changes, whether it is a standby; Npgsql keeps what is reported. Thread-safe.
/// </summary>
internal static class ServerReports
{
    private static readonly ConcurrentDictionary<System.Type, Func<DbConnection, IReadOnlyDictionary<string, string>?>> s_parameters = new();

    /// <summary>Whether an open connection is known to lead to a standby; false when nothing is reported.</summary>
    public static bool IsStandby(DbConnection connection) =>
        s_parameters.GetOrAdd(connection.GetType(), Reader)(connection) is { } reported && reported.TryGetValue("in_hot_standby", out var value) && value == "on";

    // The library does not depend on a driver.
    private static Func<DbConnection, IReadOnlyDictionary<string, string>?> Reader(System.Type connection)
    {
        var property = connection.GetProperty("PostgresParameters");
        if (property is null || !typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(property.PropertyType))
            return _ => null;
        return opened => (IReadOnlyDictionary<string, string>?)property.GetValue(opened);
    }
}
