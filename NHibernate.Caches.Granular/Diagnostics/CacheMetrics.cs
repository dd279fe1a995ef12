using System.Diagnostics.Metrics;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>The meter of the library; every decision is counted once, where it is taken. Thread-safe: stateless.</summary>
internal static class CacheMetrics
{
    public const string MeterName = "NHibernate.Caches.Granular";

    private static readonly Meter s_meter = new(MeterName);

    private static readonly Counter<long> s_hits = s_meter.CreateCounter<long>("granular.hits", "{look-up}", "Look-ups answered from the cache.");
    private static readonly Counter<long> s_misses = s_meter.CreateCounter<long>("granular.misses", "{look-up}", "Look-ups not answered from the cache, by reason.");
    private static readonly Counter<long> s_bypasses = s_meter.CreateCounter<long>("granular.bypasses", "{query}", "Queries that did not use the cache, by reason.");
    private static readonly Counter<long> s_puts = s_meter.CreateCounter<long>("granular.puts", "{entry}", "Entries stored.");
    private static readonly Counter<long> s_rejectedPuts = s_meter.CreateCounter<long>("granular.rejected_puts", "{entry}", "Results not stored, by reason.");
    private static readonly Counter<long> s_coarse = s_meter.CreateCounter<long>("granular.coarse", "{finding}", "Findings that made a plan or a change coarser, by reason.");
    private static readonly Counter<long> s_publishes = s_meter.CreateCounter<long>("granular.publishes", "{transaction}", "Invalidations published, by whether the commit was proven.");
    private static readonly Counter<long> s_moved = s_meter.CreateCounter<long>("granular.moved_stamps", "{stamp}", "Stamps moved by publishes.");

    public static void Hit(string region) => s_hits.Add(1, Tag("region", region));

    public static void Miss(string region, MissReason reason)
    {
        if (s_misses.Enabled)
            s_misses.Add(1, Tag("region", region), Tag("reason", reason.ToString()));
    }

    public static void Bypass(BypassReason reason)
    {
        if (s_bypasses.Enabled)
            s_bypasses.Add(1, Tag("reason", reason.ToString()));
    }

    public static void Put(string region) => s_puts.Add(1, Tag("region", region));

    public static void RejectedPut(string region, RejectedPutReason reason)
    {
        if (s_rejectedPuts.Enabled)
            s_rejectedPuts.Add(1, Tag("region", region), Tag("reason", reason.ToString()));
    }

    public static void Coarse(IEnumerable<CoarseFinding> findings)
    {
        if (!s_coarse.Enabled)
            return;
        foreach (var finding in findings)
            s_coarse.Add(1, Tag("reason", finding.Reason.ToString()));
    }

    public static void Publish(bool proven, int stamps)
    {
        s_publishes.Add(1, Tag("proven", proven));
        s_moved.Add(stamps);
    }

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
