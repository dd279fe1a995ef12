using System.Diagnostics;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>An announce or a publish while it goes on: its trace and its duration, for those who listen. Not thread-safe; dispose it once.</summary>
internal readonly struct InvalidationStep : IDisposable
{
    private readonly string _name;
    private readonly Activity? _activity;
    private readonly long _start;

    private InvalidationStep(string name, string activity)
    {
        _name = name;
        _activity = CacheTraces.Source.StartActivity(activity);
        _start = CacheMetrics.StartInvalidation;
    }

    public static InvalidationStep Announcing() => new("announce", "announce invalidation");

    public static InvalidationStep Publishing() => new("publish", "publish invalidation");

    /// <summary>How many stamps it is about.</summary>
    public void Stamps(int count) => _activity?.SetTag("granular.stamp.count", count);

    public void Proven(bool proven) => _activity?.SetTag("granular.proven", proven);

    public void Failed(Exception exception)
    {
        _activity?.SetStatus(ActivityStatusCode.Error);
        _activity?.SetTag("error.type", exception.GetType().FullName);
    }

    public void Dispose()
    {
        CacheMetrics.Invalidation(_name, _start);
        _activity?.Dispose();
    }
}
