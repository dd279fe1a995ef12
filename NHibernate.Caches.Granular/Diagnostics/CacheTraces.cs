using System.Diagnostics;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>The activity source of the library. No activity has keys or values, nor names of tables. Thread-safe.</summary>
internal static class CacheTraces
{
    public const string SourceName = CacheMetrics.MeterName;

    public static ActivitySource Source { get; } = new(SourceName, typeof(CacheTraces).Assembly.GetName().Version?.ToString(3));
}
