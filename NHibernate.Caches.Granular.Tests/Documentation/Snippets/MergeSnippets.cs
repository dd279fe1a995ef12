using NHibernate.Caches.Granular.Tests.Merging.Model;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>Objects from a cache of the application's own, as the page about configuration shows them.</summary>
internal static class MergeSnippets
{
    public static void Merge(ISession session, IReadOnlyDictionary<string, Book> books)
    {
        #region merge
        var book = session.MergeCached(books["The Trial"]);
        book.Author!.Name = "Franz Kafka";
        #endregion
    }
}
