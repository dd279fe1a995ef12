namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>Which namespace of the library may mention which. Thread-safe: stateless.</summary>
internal static class DependencyArrows
{
    public const string Root = "NHibernate.Caches.Granular";

    private static readonly string[] s_toStores = ["Diagnostics", "Stamps", "Values", "Analysis", "Stores", "Flights"];

    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Diagnostics"] = [],
        ["Profiles"] = [],
        ["Stamps"] = ["Diagnostics"],
        ["Values"] = ["Diagnostics", "Stamps"],
        ["Analysis"] = ["Diagnostics", "Stamps", "Values"],
        ["Stores"] = ["Diagnostics", "Stamps"],
        ["Serialization"] = ["Stores", "Merging"],
        ["Flights"] = ["Diagnostics", "Stamps", "Stores"],
        ["Scopes"] = [.. s_toStores, "Profiles"],
        ["Invalidation"] = [.. s_toStores, "Profiles", "Scopes"],
        ["Merging"] = ["Invalidation"],
        ["Regions"] = [.. s_toStores, "Profiles", "Scopes", "Invalidation"],
        ["Queries"] = [.. s_toStores, "Profiles", "Scopes", "Invalidation", "Merging", "Regions"],
        ["Functions"] = [.. s_toStores, "Scopes", "Invalidation", "Regions", "Queries"],
        [""] = [.. s_toStores, "Profiles", "Scopes", "Serialization", "Invalidation", "Merging", "Regions", "Queries", "Functions"],
    };

    // What every namespace that knows NHibernate shares: the options, and the door to NHibernate's non-public members.
    private static readonly HashSet<System.Type> s_shared =
    [
        typeof(GranularCacheOptions), typeof(RegionOptions), typeof(ResultLayout), typeof(PayloadTypes), typeof(SerializableTransactions), typeof(SingleFlight), typeof(RedisOptions), typeof(RedisSettings),
        typeof(FailurePolicy), typeof(CachedOperations), typeof(CacheProfiles), typeof(CacheProfile), typeof(NHibernateInternals),
    ];

    private static readonly HashSet<string> s_mayUseShared = ["Profiles", "Scopes", "Serialization", "Invalidation", "Merging", "Regions", "Queries", "Functions"];

    /// <summary>The first name behind the root, as in <c>Analysis</c> of <c>…Granular.Analysis.Sql</c>; null for others' types.</summary>
    public static string? LayerOf(System.Type type) =>
        type.Namespace is not { } name || !(name + ".").StartsWith(Root + ".", StringComparison.Ordinal) ? null
        : name.Length == Root.Length ? ""
        : name[(Root.Length + 1)..].Split('.')[0];

    public static bool Allows(string from, string to, System.Type target) =>
        from == to || (s_allowed.TryGetValue(from, out var allowed) && allowed.Contains(to)) || (to.Length == 0 && s_mayUseShared.Contains(from) && s_shared.Contains(target));

    /// <summary>The mentions that point the wrong way, as text.</summary>
    public static IEnumerable<string> Violations(IEnumerable<System.Type> types, Func<System.Type, string?> layerOf) =>
        from type in types
        let layer = layerOf(type)
        where layer is not null
        from target in ReferencedTypes.Of(type)
        let other = layerOf(target)
        where other is not null && !Allows(layer, other, target)
        orderby type.FullName, target.FullName
        select $"{type.FullName} mentions {target.FullName}";
}
