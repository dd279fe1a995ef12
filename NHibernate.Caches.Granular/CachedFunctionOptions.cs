using NHibernate.Caches.Granular.Profiles;

namespace NHibernate.Caches.Granular;

/// <summary>What one cached function asks of the cache; what is not set is as its region or the general options say. Not thread-safe: set before use.</summary>
public sealed class CachedFunctionOptions
{
    private static readonly TimeSpan s_mostExpiration = TimeSpan.FromSeconds(int.MaxValue);

    /// <summary>How long a result is kept. Default null: inherited. More than zero.</summary>
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

    /// <summary>The cache region, one of those of queries, by which results can be evicted together. Default null: that of queries which name none.</summary>
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

    /// <summary>Who waits for whom when several miss one result at a time. Default null: <see cref="GranularCacheOptions.SingleFlight"/>.</summary>
    public SingleFlight? SingleFlight { get; set; }
}
