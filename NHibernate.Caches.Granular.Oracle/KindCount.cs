using NHibernate.Caches.Granular.Oracle.Workers;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What became of the readings of one kind. Thread-safe: immutable.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Reads">Readings that were judged.</param>
/// <param name="Misses">Of these, the readings for which at least one SELECT was executed.</param>
/// <param name="Wrong">Of these, the readings whose answer was wrong when it was given.</param>
internal readonly record struct KindCount(ReadingKind Kind, long Reads, long Misses, long Wrong)
{
    /// <param name="total">Adds up what all workers have counted.</param>
    public static ImmutableArray<KindCount> Of(Func<Func<WorkerTally, long>, long> total) =>
        [.. Enum.GetValues<ReadingKind>().Select(kind => new KindCount(kind, total(tally => tally.ReadsOf(kind)), total(tally => tally.MissesOf(kind)), total(tally => tally.WrongOf(kind))))];

    /// <summary>A line for all of them.</summary>
    public static string Line(IEnumerable<KindCount> counts) => string.Join("; ", counts);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Kind} {Reads:N0}, {(Reads == 0 ? 0 : (double)Misses / Reads):P0} misses, {Wrong:N0} wrong{(Wrong > 0 ? $" ({(double)Wrong / Reads:P2})" : "")}");
}
