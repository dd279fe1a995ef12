using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>What a query asks of the cache, where another node evicts the region it is in.</summary>
public sealed class QueryOptionsNodesTests : NodesFixture
{
    [Test]
    public void Eviction_of_the_region_on_one_node_drops_what_another_has_cached_with_options()
    {
        var prefix = ("cache.key_prefix", TestRedis.NewPrefix("options"));
        var (reader, evicter) = (NewNode(TestRedis.ConnectionString, prefix), NewNode(TestRedis.ConnectionString, prefix));
        static int Query(ISession session) => session.Query<Post>().Cached(options => (options.Region, options.Expiration) = ("reports", TimeSpan.FromMinutes(2))).ToList().Count;
        Run(reader, Query);
        Run(evicter, Query);
        Assert.That(() => HitsOf(evicter, Query), Is.EqualTo(1).After(5).Seconds.PollEvery(50), "one node is answered by what the other has put");
        evicter.EvictQueries("reports");
        Assert.That(HitsOf(reader, Query), Is.Zero);
    }

    private static long HitsOf(ISessionFactory node, Func<ISession, int> query)
    {
        var before = node.Statistics.QueryCacheHitCount;
        Run(node, query);
        return node.Statistics.QueryCacheHitCount - before;
    }
}
