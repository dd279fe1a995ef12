namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>An invalidation that was published: what changed and when, without any value. Prints itself. Thread-safe: immutable.</summary>
public sealed class CacheInvalidation
{
    internal CacheInvalidation(IReadOnlyList<TableChange> changes, int stampCount, bool isProven, DateTimeOffset at, string? traceId) =>
        (Changes, StampCount, IsProven, At, TraceId) = (changes, stampCount, isProven, at, traceId);

    /// <summary>What was done to which table; empty when everything cached of the database, or of a region, was invalidated.</summary>
    public IReadOnlyList<TableChange> Changes { get; }

    /// <summary>How many stamps moved, of which cached results depend on some or none.</summary>
    public int StampCount { get; }

    /// <summary>Whether the commit is known to have succeeded. Otherwise it may have, and what it changed stays locked for a lease.</summary>
    internal bool IsProven { get; }

    /// <summary>When it was published, by the clock of this process.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The trace that was current then (<see cref="System.Diagnostics.Activity.Current"/>), in hexadecimal; null when there was none.</summary>
    internal string? TraceId { get; }

    /// <summary>For people; the form may change between versions.</summary>
    public override string ToString() => Changes.Count == 0 ? "everything" : string.Join("; ", Changes);
}
