namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>What an oracle run found. Thread-safe: immutable.</summary>
/// <param name="Settings">What was run.</param>
/// <param name="Reads">Readings that were judged.</param>
/// <param name="Commits">Transactions and autocommitted statements that changed something.</param>
/// <param name="Failures">Transactions the database or NHibernate refused (conflicts, deadlocks), and reads of rows that vanished.</param>
/// <param name="QueryHits">Query cache hits.</param>
/// <param name="QueryMisses">Query cache misses, bypasses included.</param>
/// <param name="EntityHits">Hits of entities and collections.</param>
/// <param name="EntityMisses">Misses of entities and collections.</param>
/// <param name="Findings">What must not be: stale, dirty, torn or wrong at rest.</param>
internal sealed record OracleReport(
    OracleSettings Settings,
    long Reads,
    long Commits,
    ImmutableSortedDictionary<string, int> Failures,
    long QueryHits,
    long QueryMisses,
    long EntityHits,
    long EntityMisses,
    ImmutableArray<OracleFinding> Findings)
{
    public override string ToString() =>
        $"""
        {Settings}
        {Reads} reads, {Commits} commits; queries {QueryHits} hits, {QueryMisses} misses; entities and collections {EntityHits} hits, {EntityMisses} misses
        refused: {string.Join(", ", Failures.Select(failure => $"{failure.Key} {failure.Value}"))}
        {Findings.Length} findings: {string.Join(", ", Findings.CountBy(finding => $"{finding.Kind} ({finding.Reading})").Select(count => $"{count.Key} {count.Value}"))}
        """;
}

/// <summary>A wrong answer. Thread-safe: immutable.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Reading">How it was asked.</param>
/// <param name="Text">Versions, and what the workers did last.</param>
internal sealed record OracleFinding(FindingKind Kind, string Reading, string Text);

internal enum FindingKind
{
    /// <summary>Older than a commit that had returned, or had been seen by someone, before the reading began.</summary>
    Stale,

    /// <summary>Another answer than the database gives in the same snapshot.</summary>
    OtherThanSnapshot,

    /// <summary>A transaction does not see what it has itself written.</summary>
    OwnWriteMissed,

    /// <summary>Never committed.</summary>
    Dirty,

    /// <summary>Another answer than the database gives when nobody writes any more.</summary>
    WrongAtRest,
}
