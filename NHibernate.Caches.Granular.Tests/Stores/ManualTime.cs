namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>A clock that only moves when told to, in microseconds. Thread-safe.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _now = 1_000_000;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMicroseconds(GetTimestamp());

    public void Pass(TimeSpan span) => Interlocked.Add(ref _now, (long)span.TotalMicroseconds);
}
