namespace NHibernate.Caches.Granular;

/// <summary>
/// What is cached without a word in mapping or query, by entity. For each setting the most specific profile that says anything counts: of
/// the entity's type, of the types it derives from, of the longest pattern of namespaces, at last <see cref="Default"/>. Not
/// thread-safe: set before the factory is built.
/// </summary>
public sealed class CacheProfiles
{
    /// <summary>The pattern of <see cref="Default"/> in properties.</summary>
    internal const string DefaultPattern = "*";

    private readonly Dictionary<string, CacheProfile> _byPattern = new(StringComparer.OrdinalIgnoreCase);

    internal CacheProfiles()
    {
    }

    /// <summary><c>cache.granular.profile.*.SETTING</c>: for all entities. Default: nothing is said.</summary>
    public CacheProfile Default => At(DefaultPattern);

    internal IReadOnlyDictionary<string, CacheProfile> ByPattern => _byPattern;

    /// <summary>Adds to the profile of a type and those derived from it; see <see cref="For(string, Action{CacheProfile})"/>.</summary>
    /// <typeparam name="T">An entity, or a class that entities derive from.</typeparam>
    /// <returns>These profiles.</returns>
    public CacheProfiles For<T>(Action<CacheProfile> configure) => For(typeof(T).FullName!, configure);

    /// <summary>
    /// <c>cache.granular.profile.PATTERN.SETTING</c>. Adds to the profile of a pattern: the full name of a type, or of an entity without
    /// one; or a namespace followed by <c>.*</c>, which has those below it in it; or <c>*</c>, which is <see cref="Default"/>. Case does
    /// not matter. A pattern that nothing mapped matches keeps the session factory from being built.
    /// </summary>
    /// <returns>These profiles.</returns>
    public CacheProfiles For(string pattern, Action<CacheProfile> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        ArgumentNullException.ThrowIfNull(configure);
        configure(At(pattern));
        return this;
    }

    internal CacheProfile At(string pattern)
    {
        if (!_byPattern.TryGetValue(pattern, out var profile))
            _byPattern[pattern] = profile = new CacheProfile();
        return profile;
    }
}

/// <summary>What one profile says; what is null is inherited from a less specific one. Not thread-safe.</summary>
public sealed class CacheProfile
{
    private readonly SortedDictionary<CachedOperations, TimeSpan> _expirations = [];

    internal CacheProfile()
    {
    }

    /// <summary>
    /// <c>operations</c>, with commas between them. In the end none: what mappings and queries say. Which operations are cached though neither mapping
    /// nor query says so.
    /// </summary>
    public CachedOperations? Operations { get; set; }

    /// <summary><c>expiration</c>, seconds, more than zero. In the end the general one. For all operations that have none of their own here.</summary>
    public TimeSpan? Expiration { get; set; }

    /// <summary><c>layout</c>: <c>auto</c>, <c>shallow</c> or <c>full</c>; see <see cref="GranularCacheOptions.Layout"/>. For queries.</summary>
    public ResultLayout? Layout { get; set; }

    /// <summary><c>single_flight</c>: <c>off</c>, <c>process</c> or <c>nodes</c>; see <see cref="GranularCacheOptions.SingleFlight"/>. For queries.</summary>
    public SingleFlight? SingleFlight { get; set; }

    /// <summary>
    /// <c>write_through</c>. In the end false. True: what a transaction has inserted or updated of the entity, its region holds as soon as it has committed,
    /// where every value is known to be read back as it was written. Not for entities with properties of other types than integers, booleans, Guids,
    /// enums by number, strings, and references by such keys.
    /// </summary>
    public bool? WriteThrough { get; set; }

    /// <summary><c>forbidden</c>. In the end false. True: nothing of the entity's tables is cached, and a query that asks for it is refused.</summary>
    public bool? Forbidden { get; set; }

    internal IReadOnlyDictionary<CachedOperations, TimeSpan> Expirations => _expirations;

    /// <summary><c>expiration.get</c>, <c>expiration.count</c> and so on, seconds, more than zero. How long results of these operations are kept.</summary>
    /// <returns>This profile.</returns>
    public CacheProfile Expire(CachedOperations operations, TimeSpan expiration)
    {
        foreach (var (_, operation) in Profiles.OperationNames.Single)
        {
            if (operations.HasFlag(operation))
                _expirations[operation] = expiration;
        }
        return this;
    }
}
