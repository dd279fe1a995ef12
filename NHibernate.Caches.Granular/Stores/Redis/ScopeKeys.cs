using System.IO.Hashing;
using System.Text;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// The names of keys. All stamps of a database are seven hashes; few and large, because a server that evicts keys one by one would turn single
/// stamps into "never moved". They are under one hash tag, so that a script can work on them in a cluster, of sixteen that databases share, so that
/// the list in which others find them is there as well. Thread-safe: immutable.
/// </summary>
internal sealed class ScopeKeys
{
    // In the order in which the scripts take them.
    private static readonly string[] s_names = ["meta", "young", "old", "locks", "tokens", "shapes", "tables"];

    /// <param name="prefix">What all keys begin with.</param>
    /// <param name="database">The hash of the database's identity, as <see cref="HashOf"/> makes it.</param>
    public ScopeKeys(string prefix, string database) =>
        Stamps = [.. s_names.Select(name => (RedisKey)$"{prefix}granular:{{{database[0]}}}:{database}:{name}"), ListOf(prefix, database[0])];

    /// <summary>The stamps' keys in the order the scripts take them, and the list of the databases under their hash tag.</summary>
    public ImmutableArray<RedisKey> Stamps { get; }

    /// <summary>The sets of all databases with stamps under this prefix, by their hashes.</summary>
    public static IEnumerable<RedisKey> Lists(string prefix) => "0123456789abcdef".Select(tag => ListOf(prefix, tag));

    public static RedisKey Entry(string prefix, ReadOnlySpan<byte> key) => $"{prefix}granular:entry:{Convert.ToHexStringLower(XxHash128.Hash(key))}";

    /// <summary>Who has the lead in loading an entry: on the entry's own server, since the entry's whole key stands between the braces.</summary>
    public static RedisKey Lead(string prefix, RedisKey entry) => $"{prefix}granular:lead:{{{entry}}}";

    /// <summary>How long what <see cref="HashOf"/> makes is.</summary>
    public const int HashLength = 32;

    public static string HashOf(string database) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(database)));

    private static RedisKey ListOf(string prefix, char tag) => $"{prefix}granular:{{{tag}}}:databases";
}
