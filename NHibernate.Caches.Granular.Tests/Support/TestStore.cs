using NHibernate.Cfg;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>
/// Where the fixtures' session factories cache: in-process, or, where the environment variable <c>GRANULAR_TEST_STORE</c> is <c>redis</c>, on Redis,
/// so that the same tests show the same there. Thread-safe: stateless.
/// </summary>
internal static class TestStore
{
    /// <summary>
    /// Category of the tests of fixtures that run on both stores, which hold in-process only: entries on Redis outlive their factory, and carry
    /// registered types only.
    /// </summary>
    public const string InProcessOnly = "InProcessOnly";

    public static bool IsRedis { get; } = System.Environment.GetEnvironmentVariable("GRANULAR_TEST_STORE") == "redis";

    /// <summary>Session factories on one database share the keys' beginning, as nodes must.</summary>
    public static void Choose(Configuration configuration)
    {
        if (!IsRedis || configuration.GetProperty(Environment.CacheProvider)?.StartsWith(typeof(GranularCacheProvider).FullName!, StringComparison.Ordinal) != true)
            return;
        configuration.SetProperty("cache.configuration", TestRedis.ConnectionString);
        configuration.SetProperty("cache.key_prefix", TestRedis.SharedPrefix);
        // The machine may have much else to do; what is tested is not how fast it is.
        configuration.SetProperty("cache.granular.redis_timeout", "20");
    }
}
