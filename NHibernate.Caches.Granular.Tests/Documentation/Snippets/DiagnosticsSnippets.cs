using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>How to hear what the cache does, as the page about diagnostics shows it.</summary>
internal static class DiagnosticsSnippets
{
    public static void Events(ISessionFactory factory, TextWriter log)
    {
        #region events
        var cache = factory.GranularCache();
        cache.Read += (_, read) => log.WriteLine($"{read.Kind} in {read.Region}: {(read.MissReason == MissReason.None ? "hit" : read.MissReason)}");
        cache.Invalidated += (_, invalidation) => log.WriteLine($"{invalidation}, {invalidation.StampCount} stamps, trace {invalidation.TraceId}");
        #endregion
    }
}
