using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>
/// The meter of the library; every decision is counted once, where it is taken. What takes time to find out is found out only while somebody
/// listens. Thread-safe.
/// </summary>
internal static class CacheMetrics
{
    public const string MeterName = "NHibernate.Caches.Granular";

    private const string Region = "granular.region";
    private const string Reason = "granular.reason";

    private static readonly Meter s_meter = new(MeterName, typeof(CacheMetrics).Assembly.GetName().Version?.ToString(3));

    // In-process work takes microseconds, which the boundaries that exporters have by default would all count as one.
    private static readonly InstrumentAdvice<double> s_short = new() { HistogramBucketBoundaries = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] };
    private static readonly InstrumentAdvice<double> s_long = new() { HistogramBucketBoundaries = [0.1, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400] };

    private static readonly Counter<long> s_hits = s_meter.CreateCounter<long>("granular.hits", "{look-up}", "Look-ups answered from the cache.");
    private static readonly Counter<long> s_misses = s_meter.CreateCounter<long>("granular.misses", "{look-up}", "Look-ups not answered from the cache, by reason.");
    private static readonly Counter<long> s_bypasses = s_meter.CreateCounter<long>("granular.bypasses", "{query}", "Queries that did not use the cache, by reason.");
    private static readonly Histogram<double> s_lookUps = s_meter.CreateHistogram("granular.lookup.duration", "s", "How long look-ups of queries took, loading the entities of a hit included.", null, s_short);
    private static readonly Histogram<double> s_ages = s_meter.CreateHistogram("granular.hit.age", "s", "How long ago what a look-up in this process found was stored.", null, s_long);
    private static readonly Counter<long> s_puts = s_meter.CreateCounter<long>("granular.puts", "{entry}", "Entries stored.");
    private static readonly Counter<long> s_writtenPuts = s_meter.CreateCounter<long>("granular.written_puts", "{entry}", "Of these, entities as a transaction has written them.");
    private static readonly Counter<long> s_rejectedPuts = s_meter.CreateCounter<long>("granular.rejected_puts", "{entry}", "Results not stored, by reason.");
    private static readonly Counter<long> s_evictions = s_meter.CreateCounter<long>("granular.evictions", "{entry}", "Entries dropped from this process because there were too many.");
    private static readonly Counter<long> s_coarse = s_meter.CreateCounter<long>("granular.coarse", "{finding}", "Findings that made a plan or a change coarser, by reason.");
    private static readonly Counter<long> s_publishes = s_meter.CreateCounter<long>("granular.publishes", "{transaction}", "Invalidations published, by whether the commit was proven.");
    private static readonly Counter<long> s_untold = s_meter.CreateCounter<long>("granular.untold", "{transaction}", "Transactions that went on although the other nodes could not be told of them.");
    private static readonly Counter<long> s_toldLate = s_meter.CreateCounter<long>("granular.told_late", "{transaction}", "Of these, the ones of which the other nodes have been told since.");
    private static readonly Counter<long> s_moved = s_meter.CreateCounter<long>("granular.moved_stamps", "{stamp}", "Stamps moved by publishes.");
    private static readonly Histogram<double> s_invalidations = s_meter.CreateHistogram("granular.invalidation.duration", "s", "How long a transaction took to lock stamps before its commit, or to move them after it.", null, s_short);

    private static readonly Counter<long> s_flights = s_meter.CreateCounter<long>("granular.flights", "{look-up}", "Look-ups that missed together with others, by what became of them.");
    private static readonly Histogram<double> s_redisCalls = s_meter.CreateHistogram("db.client.operation.duration", "s", "How long calls to Redis took.", null, s_short);
    private static readonly Counter<long> s_outages = s_meter.CreateCounter<long>("granular.redis.outages", "{outage}", "How often Redis was out of reach.");

    private static readonly Observed s_links = new();
    private static readonly ObservableUpDownCounter<long> s_interrupted = s_meter.CreateObservableUpDownCounter("granular.redis.interrupted", s_links.Measure, "{connection}", "Session factories for which Redis is out of reach now.");
    private static readonly Observed s_stores = new();
    private static readonly ObservableUpDownCounter<long> s_entries = s_meter.CreateObservableUpDownCounter("granular.entries", s_stores.Measure, "{entry}", "Entries held in this process, valid or not.");

    /// <summary>Who holds entries in this process, and how many.</summary>
    public static Observed Entries => s_stores;

    /// <summary>Who uses Redis, and whether it is out of reach: 1, or 0.</summary>
    public static Observed Interrupted => s_links;

    /// <summary>A moment to measure a look-up from; zero, which costs nothing, while nobody listens.</summary>
    public static long StartLookUp => s_lookUps.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Whether the ages of what is found are of interest.</summary>
    public static bool CountsAges => s_ages.Enabled;

    public static void Hit(string region) => s_hits.Add(1, Tag(Region, region));

    public static void Miss(string region, MissReason reason)
    {
        if (s_misses.Enabled)
            s_misses.Add(1, Tag(Region, region), Tag(Reason, reason.ToString()));
    }

    /// <param name="region">The region's name.</param>
    /// <param name="start">As of <see cref="StartLookUp"/>.</param>
    /// <param name="isHit">What became of it.</param>
    public static void LookUp(string region, long start, bool isHit)
    {
        if (start != 0)
            s_lookUps.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Tag(Region, region), Tag("granular.result", isHit ? "hit" : "miss"));
    }

    public static void HitOfAge(TimeSpan age) => s_ages.Record(age.TotalSeconds);

    public static void Bypass(BypassReason reason)
    {
        if (s_bypasses.Enabled)
            s_bypasses.Add(1, Tag(Reason, reason.ToString()));
    }

    public static void Put(string region) => s_puts.Add(1, Tag(Region, region));

    /// <summary>An entity was stored as a transaction has written it.</summary>
    public static void PutWritten(string region)
    {
        Put(region);
        s_writtenPuts.Add(1, Tag(Region, region));
    }

    public static void RejectedPut(string region, RejectedPutReason reason)
    {
        if (s_rejectedPuts.Enabled)
            s_rejectedPuts.Add(1, Tag(Region, region), Tag(Reason, reason.ToString()));
    }

    public static void Evicted(int entries) => s_evictions.Add(entries);

    public static void Coarse(IEnumerable<CoarseFinding> findings)
    {
        if (!s_coarse.Enabled)
            return;
        foreach (var finding in findings)
            s_coarse.Add(1, Tag(Reason, finding.Reason.ToString()));
    }

    public static void Publish(bool proven, int stamps)
    {
        s_publishes.Add(1, Tag("granular.proven", proven));
        s_moved.Add(stamps);
    }

    /// <summary>A moment to measure an announce or publish from; zero while nobody listens.</summary>
    public static long StartInvalidation => s_invalidations.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <param name="step">What was done.</param>
    /// <param name="start">As of <see cref="StartInvalidation"/>.</param>
    public static void Invalidation(string step, long start)
    {
        if (start != 0)
            s_invalidations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Tag("granular.step", step));
    }

    public static void Flight(FlightOutcome outcome)
    {
        if (s_flights.Enabled)
            s_flights.Add(1, Tag("granular.outcome", outcome.ToString()));
    }

    /// <summary>A moment to measure a call to Redis from; zero while nobody listens.</summary>
    public static long StartRedisCall => s_redisCalls.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void RedisCall(long start, in TagList tags) => s_redisCalls.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);

    public static void Outage() => s_outages.Add(1);

    public static void Untold() => s_untold.Add(1);

    public static void ToldLate(int transactions) => s_toldLate.Add(transactions);

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
