using BenchmarkDotNet.Attributes;
using NHibernate.Caches.Granular.Benchmarks.Blog;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>
/// How long does it take to get entities, by their number, from a result that holds identifiers (the standard variant, and
/// <c>GranularCache</c>, whose layout is shallow: the entities come from their region) and from one that holds their state?
/// </summary>
public class LayoutHit : HitBenchmark
{
    /// <summary>How many entities the query lists.</summary>
    [Params(1, 20, 200)]
    public int Size { get; set; } = 1;

    internal override Func<object>[] Variants => [.. base.Variants, GranularCacheFull];

    internal override string Title => FormattableString.Invariant($"{base.Title}, {Size} entities");

    private protected override ISessionFactory[] Cached => [.. base.Cached, Database.Full];

    [Benchmark]
    public object GranularCacheFull() => Ask(Database.Full);

    protected override object Ask(ISession session) =>
        session.CreateQuery("from Post p where p.Id <= :size order by p.Id").SetInt32("size", Size).SetCacheable(true).List<Post>();

    protected override string Describe(object answer)
    {
        var posts = (IList<Post>)answer;
        return posts.Count == Size
            ? string.Join("; ", posts.Select(post => FormattableString.Invariant($"{post.Id} {post.BlogId} {post.Title} {post.Body} {post.Published:O} {post.Score} {post.Visible}")))
            : throw new InvalidOperationException($"The query was to return {Size} entities, but returned {posts.Count}.");
    }
}
