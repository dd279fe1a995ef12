using System.Text;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>What a run over several processes found. Thread-safe: immutable.</summary>
/// <param name="Settings">What was run.</param>
/// <param name="Elapsed">How long the workers were at work.</param>
/// <param name="Processes">What each process did, its predecessors that were killed included.</param>
/// <param name="Kills">How many processes were killed, and where.</param>
/// <param name="LateKnown">Changes of rows by processes that were killed of which only the database could say that they were committed.</param>
/// <param name="Lost">Changes of rows that processes which were killed did not come to commit.</param>
/// <param name="FindingCount">How many answers were wrong.</param>
/// <param name="Findings">The first of them.</param>
internal sealed record SharedReport(
    SharedSettings Settings,
    TimeSpan Elapsed,
    ImmutableArray<ProcessReport> Processes,
    ImmutableSortedDictionary<KillPoint, int> Kills,
    int LateKnown,
    int Lost,
    long FindingCount,
    ImmutableArray<OracleFinding> Findings)
{
    /// <summary>What the workers of all processes did last, if there is a finding.</summary>
    public string Log { get; init; } = "";

    /// <summary>What became of the readings of all processes, kind by kind.</summary>
    public ImmutableArray<KindCount> Kinds { get; init; } = [];

    public long Reads => Processes.Sum(process => process.Reads);

    public double MissShare => Reads == 0 ? 0 : (double)Processes.Sum(process => process.Misses) / Reads;

    public long Commits => Processes.Sum(process => process.Commits);

    public long ForeignHits => Processes.Sum(process => process.ForeignHits);

    /// <summary>Times that a process was cut off from Redis.</summary>
    public long Outages => Processes.Sum(process => process.Outages);

    /// <summary>Changes that went on although the others could not be told.</summary>
    public long Untold => Processes.Sum(process => process.Untold);

    /// <summary>Stale answers that missed nothing but such changes, of processes that were not back when the question was asked.</summary>
    public long Explained => Processes.Sum(process => process.Explained);

    public int KillCount => Kills.Values.Sum();

    /// <summary>
    /// Of processes that were not killed: what they never published, or as of unknown outcome although the commit had returned. What was published
    /// when the lease had ended, or not heard by Redis, is counted by itself: that happens on a machine that is busy enough.
    /// </summary>
    public long LeftToLease => Processes.Where(process => !Settings.IsKilling || process.Number == 1).Sum(process => process.Unpublished + process.LeftToLease);

    public override string ToString()
    {
        var text = new StringBuilder()
            .AppendLine(Settings.ToString())
            .AppendLine(CultureInfo.InvariantCulture, $"  {Elapsed.TotalSeconds:N0} s: {Reads:N0} reads, {MissShare:P1} of them misses; {Commits:N0} commits, {Processes.Sum(process => process.Rollbacks):N0} rollbacks");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {KindCount.Line(Kinds)}");
        foreach (var process in Processes)
            text.AppendLine(process.ToString());
        var within = Findings.Count(finding => finding.AfterKill < Settings.Lease);
        if (Settings.IsKilling)
            text.AppendLine(CultureInfo.InvariantCulture, $"  killed: {KillCount} ({string.Join(", ", Kills.Select(kill => $"{kill.Key} {kill.Value}"))}); {LateKnown} more changes of rows were found committed, {Lost} were not");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {(Settings.IsKilling ? "the process that was not killed" : "all of them")} left {LeftToLease} committed changes to the lease");
        if (Outages > 0)
            text.AppendLine(CultureInfo.InvariantCulture, $"  outages: {Outages}; {Untold} commits went on of which the others could not be told, and were told after {Processes.Max(process => process.LongestUntold).TotalMilliseconds:N0} ms at the latest; meanwhile {Explained} answers missed them and nothing else");
        return text.Append(CultureInfo.InvariantCulture, $"  findings: {FindingCount}{(Settings.IsKilling ? $", {within} of them less than a lease after a process was killed" : "")}").ToString();
    }
}

/// <summary>What one process did. Thread-safe: immutable.</summary>
internal sealed record ProcessReport(
    int Number, long Reads, long Misses, long Commits, long Rollbacks, long Hits, long ForeignHits,
    long Announced, long Proven, long Unproven, long Late, TimeSpan Longest, long LeftToLease, long Compared, long Left, long Unavailable, long NotAnnounced, long NotPublished,
    long Outages, long Untold, TimeSpan LongestUntold, long Explained, long WrittenHits)
{
    /// <summary>Announced, and never published: what they lock is left to the lease.</summary>
    public long Unpublished => Announced - Proven - Unproven;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"  process {Number}: {Reads:N0} reads, {Commits:N0} commits; {Hits:N0} entries hit, {ForeignHits:N0} of them put by another process{(WrittenHits > 0 ? $", {WrittenHits:N0} written through" : "")}; "
        + $"{Announced:N0} announced, {Proven:N0} published as committed, {Unproven:N0} as refused or of unknown outcome, {Unpublished:N0} not at all, {Late:N0} after the lease, the longest after {Longest.TotalMilliseconds:N0} ms; "
        + $"{(Outages > 0 ? $"Redis out of reach {Outages:N0} times, for {Unavailable:N0} look-ups, {NotPublished:N0} publications, {Untold:N0} announces of changes that went on and {NotAnnounced:N0} of changes that were refused; " : "")}at rest {Compared:N0} compared, {Left:N0} of them left in the cache");
}
