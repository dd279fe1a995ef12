using System.Text;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What an oracle run found. Thread-safe: immutable.</summary>
/// <param name="Settings">What was run.</param>
/// <param name="Elapsed">How long the workers were at work.</param>
/// <param name="Reads">Readings that were judged: one question asked once.</param>
/// <param name="Misses">Of these, the readings for which at least one SELECT was executed.</param>
/// <param name="Commits">Transactions and autocommitted statements that changed something.</param>
/// <param name="Rollbacks">Those that changed nothing in the end, the refused among them.</param>
/// <param name="InDoubt">Commits whose outcome was lost.</param>
/// <param name="RowCommits">Committed changes of each hot row.</param>
/// <param name="Refusals">What the database or NHibernate refused (conflicts, deadlocks, rows that vanished), and how often.</param>
/// <param name="AtRest">Answers that were compared with the database when nobody wrote any more.</param>
/// <param name="LeftAtRest">Of these, the answers that came from what the workers had left in the cache.</param>
/// <param name="FindingCounts">How many answers were wrong, by kind and by how was asked.</param>
/// <param name="Findings">The first of them.</param>
internal sealed record OracleReport(
    OracleSettings Settings,
    TimeSpan Elapsed,
    long Reads,
    long Misses,
    long Commits,
    long Rollbacks,
    long InDoubt,
    ImmutableArray<long> RowCommits,
    ImmutableSortedDictionary<string, int> Refusals,
    int AtRest,
    int LeftAtRest,
    ImmutableArray<(FindingKind Kind, string Reading, int Count)> FindingCounts,
    ImmutableArray<OracleFinding> Findings)
{
    /// <summary>What became of the readings, kind by kind.</summary>
    public ImmutableArray<KindCount> Kinds { get; init; } = [];

    /// <summary>Entities that were stored as a transaction had written them.</summary>
    public long WrittenPuts { get; init; }

    /// <summary>How often one of these was found by a reader.</summary>
    public long WrittenHits { get; init; }

    public long Hits => Reads - Misses;

    public double MissShare => Reads == 0 ? 0 : (double)Misses / Reads;

    public int FindingCount => FindingCounts.Sum(count => count.Count);

    public override string ToString()
    {
        var seconds = Elapsed.TotalSeconds;
        var text = new StringBuilder()
            .AppendLine(Settings.ToString())
            .AppendLine(CultureInfo.InvariantCulture, $"  {seconds:N0} s: {Reads:N0} reads ({Reads / seconds:N0}/s), {Misses:N0} misses ({MissShare:P1}), {Hits:N0} hits")
            .AppendLine(CultureInfo.InvariantCulture, $"  {KindCount.Line(Kinds)}")
            .AppendLine(CultureInfo.InvariantCulture, $"  {Commits:N0} commits ({Commits / seconds:N1}/s; each hot row {RowCommits.Average() / seconds:N2}/s, the hottest {RowCommits.Max() / seconds:N2}/s), {Rollbacks:N0} rollbacks{(InDoubt > 0 ? $", {InDoubt} in doubt" : "")}")
            .AppendLine(CultureInfo.InvariantCulture, $"  refused: {(Refusals.IsEmpty ? "nothing" : string.Join(", ", Refusals.Select(refusal => $"{refusal.Key} {refusal.Value}")))}")
            .Append(Settings.WriteThrough ? string.Create(CultureInfo.InvariantCulture, $"  written through: {WrittenPuts:N0} entities, hit {WrittenHits:N0} times{System.Environment.NewLine}") : "")
            .AppendLine(CultureInfo.InvariantCulture, $"  at rest: {AtRest} answers compared with the database, {LeftAtRest} of them left in the cache by the workers")
            .Append(CultureInfo.InvariantCulture, $"  findings: {FindingCount}");
        foreach (var kind in FindingCounts.GroupBy(count => count.Kind))
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"    {kind.Key}: {kind.Sum(count => count.Count)} ({string.Join(", ", kind.Select(count => $"{count.Reading} {count.Count}"))})");
        return text.ToString();
    }
}

/// <summary>How far a run has come. Thread-safe: immutable.</summary>
internal sealed record OracleProgress(string Name, TimeSpan Elapsed, TimeSpan Duration, long Reads, long Misses, long Commits, int Findings)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name} {Elapsed:mm\\:ss} of {Duration:mm\\:ss}: {Reads:N0} reads, {(Reads == 0 ? 0 : (double)Misses / Reads):P0} misses, {Commits:N0} commits, {Findings} findings, {GC.GetTotalMemory(false) >> 20} MiB");
}

/// <summary>A wrong answer. Thread-safe: immutable.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Reading">How it was asked.</param>
/// <param name="Text">Versions, and what the workers did last.</param>
internal sealed record OracleFinding(FindingKind Kind, string Reading, string Text)
{
    /// <summary>How long before it a process was killed; null when none was.</summary>
    public TimeSpan? AfterKill { get; init; }
}

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
