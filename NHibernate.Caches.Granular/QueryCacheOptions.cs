using NHibernate.Caches.Granular.Profiles;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What one query asks of the cache; what is not set is as its region, its profile or the general options say. Not thread-safe: set
/// inside <c>Cached</c>.
/// </summary>
public sealed class QueryCacheOptions
{
    private static readonly TimeSpan s_mostExpiration = TimeSpan.FromSeconds(int.MaxValue);

    private readonly SortedSet<string> _dependsOn = new(StringComparer.Ordinal);

    internal QueryCacheOptions()
    {
    }

    /// <summary>
    /// How long the result is kept. Default null: inherited. More than zero. Each combination of options takes a little memory for
    /// as long as the process lives: use a few constants, and no times that are computed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than zero, or more than 2147483647 seconds.</exception>
    public TimeSpan? Expiration
    {
        get;
        set
        {
            if (value is { } time && (time <= TimeSpan.Zero || time > s_mostExpiration))
                throw new ArgumentOutOfRangeException(nameof(value), time, $"An expiration is more than zero and at most {int.MaxValue} seconds.");
            field = value;
        }
    }

    /// <summary>
    /// The cache region, as <c>SetCacheRegion</c> takes it. Default null: the one that the query has already. A region that is set
    /// on the query afterwards replaces these options; set it here.
    /// </summary>
    /// <exception cref="ArgumentException">It is empty, or contains what options of queries are marked with.</exception>
    public string? Region
    {
        get;
        set
        {
            if (value is not null && (string.IsNullOrWhiteSpace(value) || QuerySettings.IsTakenFor(value)))
                throw new ArgumentException($"\"{value}\" cannot be the name of a cache region.", nameof(value));
            field = value?.Trim();
        }
    }

    /// <summary>
    /// Which operations are cached; others are not, whatever a profile says. Default null: whatever the query turns out to be. For
    /// LINQ, where one query is counted, listed or asked whether it has a row: what is said here goes for all that is made of it.
    /// </summary>
    public CachedOperations? Operations { get; set; }

    /// <summary>What the cached result holds of the entities it lists. Default null: inherited.</summary>
    public ResultLayout? Layout { get; set; }

    /// <summary>Who waits for whom when several look-ups miss the result at a time. Default null: inherited.</summary>
    public SingleFlight? SingleFlight { get; set; }

    /// <summary>
    /// The result also depends on any change of the tables of these entities, and of those derived from them: for what the query's
    /// SQL does not show, such as a function that reads other tables.
    /// </summary>
    /// <typeparam name="T">An entity, or a class or interface that entities have in common. If it is none, the query is refused when it is executed.</typeparam>
    /// <returns>These options.</returns>
    public QueryCacheOptions DependsOn<T>()
    {
        _dependsOn.Add(typeof(T).FullName!);
        return this;
    }

    internal QuerySettings ToSettings() => new() { Expiration = Expiration, Operations = Operations & CachedOperations.All, Layout = Layout, SingleFlight = SingleFlight, DependsOn = [.. _dependsOn] };
}
