using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>The code on the first screen of the README.</summary>
internal static class ReadmeSnippet
{
    /// <param name="configuration">Of a database with the blog's tables, in which there are categories 1 and 2 and no post 10.</param>
    public static void Run(Configuration configuration)
    {
        #region README
        configuration.UseGranularCache();
        using var factory = configuration.BuildSessionFactory();
        using var session = factory.OpenSession();
        IList<Post> Posts(int cat) => session.QueryOver<Post>().Where(post => post.Cat!.Id == cat).Cacheable().List();

        Posts(1);
        Posts(2);                                         // two SELECTs; both results are cached
        using var transaction = session.BeginTransaction();
        session.Save(new Post { Id = 10, Cat = session.Load<Cat>(2) });
        transaction.Commit();
        Posts(1);                                         // no SELECT: this result survived the commit
        Posts(2);                                         // SELECT: the new post belongs to it
        #endregion
    }
}
