namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>Points in time that no change of the wall clock moves, in ticks of the provider's own frequency. Thread-safe: immutable.</summary>
internal readonly struct MonotonicClock(TimeProvider time)
{
    private readonly TimeProvider _time = time;

    public long Now => _time.GetTimestamp();

    /// <summary>The length of a span in ticks of this clock, rounded up; at most what can be added to any point without overflow.</summary>
    public long Ticks(TimeSpan span) => (long)Math.Min(Math.Ceiling(span.TotalSeconds * _time.TimestampFrequency), long.MaxValue / 4d);

    public TimeSpan Span(long from, long to) => _time.GetElapsedTime(from, to);
}
