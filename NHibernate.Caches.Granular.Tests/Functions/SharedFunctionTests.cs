using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>Cached functions on several nodes: what one has computed the others get, until any of them commits a change.</summary>
[NonParallelizable]
public sealed class SharedFunctionTests : NodesFixture
{
    private int _runs;

    [Test]
    public async Task Result_is_shared_and_dropped_by_any_node_s_commit()
    {
        var (first, second) = Nodes();
        Assert.That(Ask(first), Is.EqualTo(new Report("A", [1, 3])));
        Assert.That(() => Ask(second) is { } && _runs == 1, Is.True.After(20).Seconds.PollEvery(20), "nobody waits for the put");
        Run(second, session => session.Get<Post>(2).Title = "of another category");
        Assert.That((Ask(first), _runs), Is.EqualTo((new Report("A", [1, 3]), 1)));

        Run(second, session => session.Get<Post>(1).Cat = session.Load<Cat>(2));
        Assert.That((Ask(first), _runs), Is.EqualTo((new Report("A", [3]), 2)));

        await RunAsync(first, async session => await session.SaveAsync(new Post { Id = 10, Title = "ten", Cat = session.Load<Cat>(1) }));
        Assert.That((Ask(second), _runs), Is.EqualTo((new Report("A", [3, 10]), 3)));
    }

    [Test]
    public void Result_that_a_commit_of_another_node_outdates_while_it_is_computed_is_never_served()
    {
        var (first, second) = Nodes();
        var report = Ask(first, () => Run(second, session => session.Get<Post>(1).Cat = session.Load<Cat>(2)));
        Assert.That(report.Ids, Is.EqualTo(new[] { 1, 3 }));
        for (var i = 0; i < 2; i++)
            Assert.That((Ask(second), Ask(first)), Is.EqualTo((new Report("A", [3]), new Report("A", [3]))));
    }

    [Test]
    public void Removed_on_one_node_it_is_computed_on_the_other()
    {
        var (first, second) = Nodes();
        Ask(first);
        Assert.That(() => Ask(first) is { } && _runs == 1, Is.True.After(20).Seconds.PollEvery(20));
        Run(second, session => { second.GranularCache().Remove(session, "report"); return 0; });
        Ask(first);
        Assert.That(_runs, Is.EqualTo(2));
    }

    private (ISessionFactory First, ISessionFactory Second) Nodes()
    {
        _runs = 0;
        var prefix = TestRedis.NewPrefix("functions");
        var nodes = Enumerable.Range(0, 2).Select(_ => NewNode(TestRedis.ConnectionString, ("cache.key_prefix", prefix), ("cache.granular.redis_timeout", "20"))).ToArray();
        foreach (var node in nodes)
        {
            // What a first session of a node reads it does not put.
            Run(node, session => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count());
        }
        return (nodes[0], nodes[1]);
    }

    private Report Ask(ISessionFactory node, System.Action? meanwhile = null) => Run(node, session => node.GranularCache().GetOrAdd(
        session,
        "report",
        on => on.On(session.Query<Post>().Where(post => post.Cat!.Id == 1)).On(session.Load<Cat>(1)),
        () =>
        {
            _runs++;
            var report = new Report(session.Get<Cat>(1).Title, [.. session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Select(post => post.Id)]);
            meanwhile?.Invoke();
            return report;
        }));

    private sealed record Report(string Title, IReadOnlyList<int> Ids)
    {
        public bool Equals(Report? other) => other is not null && Title == other.Title && Ids.SequenceEqual(other.Ids);

        public override int GetHashCode() => Title.GetHashCode(StringComparison.Ordinal);
    }
}
