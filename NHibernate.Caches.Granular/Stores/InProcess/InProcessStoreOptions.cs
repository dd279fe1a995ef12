namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>Bounds of an in-process store and its stamps. Validated where the user's options are read. Thread-safe: immutable.</summary>
internal sealed record InProcessStoreOptions
{
    public static readonly InProcessStoreOptions Default = new();

    /// <summary>Entries of one session factory; beyond it the least recently used are dropped in the background. At least 1.</summary>
    public int MaxEntries { get; init; } = 100_000;

    /// <summary>
    /// No entry lives longer, counted from its put. Also how long stamps are remembered at least: when factories that share stamps
    /// differ in it, entries older than the stamps' value may be lost early, never kept wrongly.
    /// </summary>
    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Shapes of one table; the queries of any further shape depend on every change of the table. At least 1.</summary>
    public int MaxShapesPerTable { get; init; } = 256;

    /// <summary>
    /// Stamps of one database, at roughly 120 bytes each. Beyond it the ones that nobody asked for lately are forgotten before
    /// <see cref="MaxTimeToLive"/>, and the entries that depend on them with them. At least 2.
    /// </summary>
    public int MaxStamps { get; init; } = 1_000_000;
}
