namespace Storefront.Comparison;

/// <summary>What one variant did with the workload. Thread-safe: immutable.</summary>
/// <param name="Hits">Query results that came from the cache.</param>
/// <param name="Misses">Cacheable queries that went to the database.</param>
/// <param name="Statements">SQL statements sent.</param>
/// <param name="Elapsed">Time for the operations, the comparison's own work excluded.</param>
/// <param name="Answers">Every answer, in the order of the workload.</param>
internal sealed record Measurement(long Hits, long Misses, long Statements, TimeSpan Elapsed, IReadOnlyList<Answer> Answers)
{
    /// <summary>The answers that differ from the database's own, each with its number in the workload.</summary>
    /// <param name="truth">The measurement without a cache.</param>
    public IReadOnlyList<(int Number, Answer Answer)> StaleAgainst(Measurement truth)
    {
        if (Answers.Count != truth.Answers.Count)
            throw new InvalidOperationException($"The workloads differ: {Answers.Count} answers instead of {truth.Answers.Count}.");
        return Enumerable.Range(0, Answers.Count)
            .Where(i => Answers[i].State != truth.Answers[i].State)
            .Select(i => (i, Answers[i]))
            .ToList();
    }
}
