namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>The lines <c>name:value</c> in which Redis tells of itself. Thread-safe: stateless.</summary>
internal static class RedisInfo
{
    /// <returns>Null when there is no field of that name.</returns>
    public static string? Field(RedisReply info, string name) =>
        (info.Text ?? "").Split("\r\n").Where(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..]).FirstOrDefault();
}
