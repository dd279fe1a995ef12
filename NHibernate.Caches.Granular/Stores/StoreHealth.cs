namespace NHibernate.Caches.Granular.Stores;

/// <summary>Whether stores can be used, for operators. Thread-safe: immutable.</summary>
/// <param name="Since">Since when they cannot, by the clock of this process; null when they can.</param>
/// <param name="Outages">How often they could not, this time included.</param>
/// <param name="Failure">What failed first, this time.</param>
internal sealed record StoreHealth(DateTimeOffset? Since, long Outages, Exception? Failure)
{
    public static StoreHealth Good { get; } = new(null, 0, null);

    public bool IsAvailable => Since is null;

    /// <summary>They cannot be used from now on.</summary>
    public StoreHealth Interrupted(Exception cause) => new(TimeProvider.System.GetUtcNow(), Outages + 1, cause);

    /// <summary>They can be used again.</summary>
    public StoreHealth Restored() => new(null, Outages, null);
}
