using NHibernate.Caches.Granular.Benchmarks.Blog;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>
/// How long does it take to get twenty entities, of which the query cache holds the identifiers and the second-level cache
/// (read-write) the state? One look-up of the query, twenty of entities.
/// </summary>
public class EntitiesHit : HitBenchmark
{
    protected override object Ask(ISession session) =>
        session.CreateQuery("from Post p where p.BlogId = :blog order by p.Id").SetInt32("blog", 1).SetCacheable(true).List<Post>();

    protected override string Describe(object answer)
    {
        var posts = (IList<Post>)answer;
        return posts.Count == BlogDatabase.PostsPerBlog
            ? string.Join("; ", posts.Select(post => FormattableString.Invariant($"{post.Id} {post.BlogId} {post.Title} {post.Body} {post.Published:O} {post.Score} {post.Visible}")))
            : throw new InvalidOperationException($"The query was to return {BlogDatabase.PostsPerBlog} entities, but returned {posts.Count}.");
    }
}
