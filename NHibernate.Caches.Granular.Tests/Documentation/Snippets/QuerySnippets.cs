using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>What one query asks of the cache, as the page about configuration shows it.</summary>
internal static class QuerySnippets
{
    public static void PerQuery(ISession session)
    {
        #region per query
        var newest = session.Query<Post>()
            .OrderByDescending(post => post.Published)
            .Take(10)
            .Cached(options => options.Expiration = TimeSpan.FromMinutes(1))
            .ToList();

        var rankings = session.CreateSQLQuery("select * from ranking()")
            .AddEntity(typeof(Post))
            .Cached(options => options.DependsOn<Post>().DependsOn<Comment>().Region = "rankings")
            .List<Post>();

        var certain = session.QueryOver<Post>()
            .Where(post => post.Visible)
            .NotCached()
            .List();
        #endregion
    }
}
