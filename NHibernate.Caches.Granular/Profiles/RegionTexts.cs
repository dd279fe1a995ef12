using System.Collections.Concurrent;

namespace NHibernate.Caches.Granular.Profiles;

/// <summary>
/// The names of regions with options behind them. NHibernate keeps a query cache for each that it ever met, and forgets none; so there
/// is a bound here, before it meets them. Thread-safe.
/// </summary>
/// <param name="most">How many there may be.</param>
internal sealed class RegionTexts(int most)
{
    private readonly ConcurrentDictionary<string, bool> _admitted = new(StringComparer.Ordinal);

    /// <summary>Those of this process. Nobody writes a thousand of them; an expiration that is computed makes them in an hour.</summary>
    public static RegionTexts OfProcess { get; } = new(1000);

    /// <returns>The region.</returns>
    /// <exception cref="InvalidOperationException">There are too many already.</exception>
    public string Admit(string region)
    {
        if (!QuerySettings.IsTakenFor(region) || _admitted.ContainsKey(region))
            return region;
        if (_admitted.Count >= most)
            throw new InvalidOperationException($"More than {most} different options of queries have been used in this process, the last being \"{region}\". Each takes memory for as long as the process lives. Use constants: a few expirations, and regions whose names are not made of data.");
        _admitted[region] = true;
        return region;
    }
}
