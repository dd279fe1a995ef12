namespace Storefront.Workload;

/// <summary>
/// Draws items as visitors do: a few very often, most rarely. The item of rank r is drawn in proportion to 1 / r^exponent; which
/// item has which rank is drawn once. Not thread-safe.
/// </summary>
internal sealed class ZipfSampler<T>
{
    private readonly Random _random;
    private readonly T[] _byRank;
    private readonly double[] _cumulative;

    public ZipfSampler(Random random, IEnumerable<T> items, double exponent = 1.0)
    {
        _random = random;
        _byRank = [.. items];
        _random.Shuffle(_byRank);
        _cumulative = new double[_byRank.Length];
        var sum = 0.0;
        for (var rank = 0; rank < _byRank.Length; rank++)
            _cumulative[rank] = sum += 1 / Math.Pow(rank + 1, exponent);
    }

    public T Next()
    {
        var index = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return _byRank[Math.Min(index < 0 ? ~index : index, _byRank.Length - 1)];
    }
}
