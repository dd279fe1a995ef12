namespace Storefront.Comparison;

/// <summary>
/// The cache that no real one can beat: it drops a result only when its ids or scalars have really changed. It can tell because
/// it is shown what the database answered each time.
/// </summary>
internal static class PerfectCache
{
    /// <param name="truth">The answers of a run without a cache.</param>
    public static (long Hits, long Misses) Model(IReadOnlyList<Answer> truth)
    {
        var remembered = new Dictionary<(string Question, int Part), string>();
        var hits = 0L;
        foreach (var answer in truth)
        {
            var key = (answer.Question.Name, answer.Part);
            if (remembered.TryGetValue(key, out var rows) && rows == answer.Rows)
                hits++;
            remembered[key] = answer.Rows;
        }
        return (hits, truth.Count - hits);
    }
}
