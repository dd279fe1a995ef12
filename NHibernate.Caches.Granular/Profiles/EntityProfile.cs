namespace NHibernate.Caches.Granular.Profiles;

/// <summary>What all profiles together say of one entity. Thread-safe: immutable.</summary>
/// <param name="patterns">The profiles that it matches, most specific first.</param>
internal sealed class EntityProfile(ImmutableArray<(string Pattern, CacheProfile Profile)> patterns)
{
    public static EntityProfile Empty { get; } = new([]);

    public CachedOperations Operations { get; } = Find(patterns, profile => profile.Operations) ?? CachedOperations.None;

    public SingleFlight? SingleFlight { get; } = Find(patterns, profile => profile.SingleFlight);

    public ResultLayout? Layout { get; } = Find(patterns, profile => profile.Layout);

    public bool WritesThrough { get; } = Find(patterns, profile => profile.WriteThrough) ?? false;

    /// <summary>The pattern of the profile that forbids it; null when it may be cached.</summary>
    public string? ForbiddenBy { get; } = patterns.FirstOrDefault(each => each.Profile.Forbidden is not null) is { Profile.Forbidden: true, Pattern: var pattern } ? pattern : null;

    /// <summary>Null when no profile says how long. A more specific profile counts before one that is more specific of the operation.</summary>
    public TimeSpan? ExpirationOf(CachedOperations operation) =>
        Find(patterns, profile => profile.Expirations.TryGetValue(operation, out var own) ? own : profile.Expiration);

    public bool Caches(CachedOperations operation) => ForbiddenBy is null && Operations.HasFlag(operation);

    private static T? Find<T>(ImmutableArray<(string Pattern, CacheProfile Profile)> patterns, Func<CacheProfile, T?> setting)
        where T : struct => patterns.Select(each => setting(each.Profile)).FirstOrDefault(value => value is not null);
}
