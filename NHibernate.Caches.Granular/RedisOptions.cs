using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>
/// How the cache is shared through a Redis server. Neither <see cref="Configuration"/> nor <see cref="ConnectionMultiplexer"/> set,
/// which is the default: it is not, and lives in this process. Not thread-safe: set before the factory is built.
/// </summary>
public sealed class RedisOptions
{
    internal RedisOptions()
    {
    }

    /// <summary>
    /// <c>cache.configuration</c>. Default null: no Redis. The configuration string of StackExchange.Redis: hosts, <c>serviceName</c> of
    /// a Sentinel, TLS, user and password. All nodes of a cluster may be named; one is enough. Or the URL of one server:
    /// <c>redis://user:password@host:6379/0</c>, <c>rediss</c> over TLS.
    /// </summary>
    public string? Configuration { get; set; }

    /// <summary>
    /// <c>cache.database</c>. Default null, or -1: the one the configuration string names, else 0. From 0. A cluster has database 0
    /// alone. All nodes that change one database of rows must name the same, or they do not hear of each other's changes.
    /// </summary>
    public int? Database { get; set; }

    /// <summary>
    /// <c>cache.key_prefix</c>. Default null: none, as the name of every key has <c>granular:</c> in it anyway. No braces. It keeps
    /// stamps apart as well as entries: nodes with different prefixes do not hear of each other's changes.
    /// </summary>
    public string? KeyPrefix { get; set; }

    /// <summary>
    /// <c>cache.environment_name</c>. Default null: none. No braces. Follows the prefix in the names of entries, never in those of
    /// stamps: environments on one database of rows do not share results and do hear of each other's changes.
    /// </summary>
    public string? EnvironmentName { get; set; }

    /// <summary>
    /// <c>cache.granular.redis_timeout</c>, seconds. Default 1 s, from 10 ms to 60 s, and shorter than the lease. How long a call to the
    /// server may take. Longer: everybody waits so long when the server hangs. Shorter: a slow answer counts as none.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <c>cache.granular.failure_policy</c>: <c>degrade</c> or <c>strict</c>. Default degrade. What a commit does whose invalidation
    /// cannot be announced to the server.
    /// </summary>
    public FailurePolicy FailurePolicy { get; set; }

    /// <summary>
    /// <c>cache.granular.max_bytes</c>. Default 4,194,304 (4 MiB), from 1 to 536870912. A result that takes more bytes is not stored. More:
    /// longer times on the wire, during which others wait for the same connection.
    /// </summary>
    public int MaxBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Default null. A connection of your own, instead of <see cref="Configuration"/>; it is not closed with the session factory. Its
    /// own time limits apply. Prefer <c>BacklogPolicy.FailFast</c>, so that a lost server is noticed at once.
    /// </summary>
    public IConnectionMultiplexer? ConnectionMultiplexer { get; set; }

    /// <summary>
    /// Default null. Opens the connection, in place of <c>ConnectionMultiplexer.Connect</c>, from what <see cref="Configuration"/> says
    /// with the cache's own settings added: for certificates, tokens and other things that a string cannot say. What it returns is
    /// closed with the session factory.
    /// </summary>
    public Func<ConfigurationOptions, IConnectionMultiplexer>? Connect { get; set; }

    /// <summary>Whether the cache is shared.</summary>
    internal bool IsUsed => Configuration is not null || ConnectionMultiplexer is not null;
}

/// <summary>What a commit does whose invalidation cannot be announced, because the shared store does not answer.</summary>
public enum FailurePolicy
{
    /// <summary>
    /// It proceeds. While this node is cut off, others may be given results from before its commits, at the latest until they expire.
    /// </summary>
    Degrade = 0,

    /// <summary>
    /// It is refused. No result is ever stale, and nothing is written while the server is away. When a server has started or failed over,
    /// nothing is answered from the cache for one lease: a commit may be under way whose locks it has lost.
    /// </summary>
    Strict = 1,
}
