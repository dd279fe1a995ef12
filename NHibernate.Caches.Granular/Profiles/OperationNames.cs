namespace NHibernate.Caches.Granular.Profiles;

/// <summary>Operations as texts: <c>get, count</c>. Thread-safe: stateless.</summary>
internal static class OperationNames
{
    /// <summary>Each operation by its name; no combinations.</summary>
    public static ImmutableArray<(string Name, CachedOperations Operation)> Single { get; } =
    [
        ("get", CachedOperations.Get),
        ("fetch", CachedOperations.Fetch),
        ("count", CachedOperations.Count),
        ("aggregate", CachedOperations.Aggregate),
        ("exists", CachedOperations.Exists),
    ];

    /// <summary>Every name there is, for messages.</summary>
    public static string Known => $"none, {string.Join(", ", Single.Select(each => each.Name))}, all";

    public static string Print(CachedOperations operations) => operations switch
    {
        CachedOperations.None => "none",
        CachedOperations.All => "all",
        _ => string.Join(',', Single.Where(each => operations.HasFlag(each.Operation)).Select(each => each.Name)),
    };

    /// <param name="text">Names with commas between them, in any case.</param>
    /// <param name="operations">What they name together.</param>
    public static bool TryParse(string text, out CachedOperations operations)
    {
        operations = CachedOperations.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Find(name) is not { } found)
                return false;
            operations |= found;
        }
        return true;
    }

    private static CachedOperations? Find(string name)
    {
        if (name.Equals("none", StringComparison.OrdinalIgnoreCase))
            return CachedOperations.None;
        if (name.Equals("all", StringComparison.OrdinalIgnoreCase))
            return CachedOperations.All;
        foreach (var (known, operation) in Single)
        {
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
                return operation;
        }
        return null;
    }
}
