using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>How to hear what the cache does, as the page about diagnostics shows it.</summary>
internal static class DiagnosticsSnippets
{
    public static void Events(ISessionFactory factory, TextWriter log)
    {
        #region events
        var cache = factory.GranularCache();
        cache.Read += (_, read) => log.WriteLine($"{read.Kind} in {read.Region}: {(read.MissReason == MissReason.None ? "hit" : read.MissReason)}");
        cache.Invalidated += (_, invalidation) => log.WriteLine($"{invalidation}, {invalidation.StampCount} stamps");
        #endregion
    }

    public static void Explain(ISession session, TextWriter log)
    {
        #region explain
        var explanation = session.ExplainCache(session.Query<Post>().Where(post => post.Cat!.Id == 1));
        log.WriteLine(explanation);                       // what it depends on, and what is cached of it
        if (explanation.MissReason == MissReason.Invalidated)
            log.WriteLine($"{explanation.InvalidatedBy} at {explanation.InvalidatedBy?.At}, meeting {string.Join(", ", explanation.MatchedColumns)}");
        #endregion
    }
}
