namespace NHibernate.Caches.Granular;

/// <summary>
/// Properties of the NHibernate.Caches packages that mean nothing here: whoever moves over has them in the configuration, and is told
/// once instead of being refused. Thread-safe: immutable.
/// </summary>
internal static class OtherPackages
{
    /// <summary>Names; those that end in a star are what names begin with.</summary>
    public static ImmutableArray<string> Ignored { get; } =
    [
        "cache.serializer",
        "cache.region_strategy",
        "cache.region_strategy.*",
        "cache.region_strategy_factory",
        "cache.connection_multiplexer_provider",
        "cache.database_provider",
        "cache.append_hashcode",
        "cache.append_hashcode_to_key",
        "cache.lock.*",
        "database",
        "strategy",
        "append-hashcode",
        "priority",
        "regionPrefix",
    ];

    public static bool Ignores(string property) =>
        Ignored.Any(name => name.EndsWith('*') ? property.StartsWith(name[..^1], StringComparison.Ordinal) : property == name);
}
