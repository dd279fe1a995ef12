using System.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;
using NHibernate.Engine;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Flights;

/// <summary>Sessions of several nodes that miss one query at a time: one of them asks the database.</summary>
[NonParallelizable]
public sealed class SharedFlightTests : NodesFixture
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Many_misses_on_several_nodes_are_one_select()
    {
        const int Readers = 6;
        var nodes = Nodes(count: 3, wait: s_patience);
        using var missing = new CountdownEvent(Readers);
        foreach (var node in nodes)
            ScopeOf(node).Decorate(store => new Meeting(store, missing));
        var before = nodes.Sum(node => node.Statistics.PrepareStatementCount);

        // Threads of their own: those that wait on the pool's leave none to those who read the server's answers.
        var answers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(i => Task.Factory.StartNew(() => Ask(i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.That(answers, Is.All.EqualTo(3));
        Assert.That(nodes.Sum(node => node.Statistics.PrepareStatementCount) - before, Is.EqualTo(1));

        int Ask(int i)
        {
            using var session = nodes[i % 3].OpenSession();
            return i > 0 ? Count(session) : session.Query<Post>().WithOptions(o => o.SetCacheable(true)).CountAsync().GetAwaiter().GetResult();
        }
    }

    [Test]
    public async Task Who_waits_on_another_node_does_not_get_what_a_commit_outdates_meanwhile()
    {
        var nodes = Nodes(count: 2, wait: s_patience);
        var waiters = new Waiters();
        ScopeOf(nodes[1]).Decorate(store => new RefusalCounter(store, waiters));
        Task<int>? waiting = null;
        using (var session = nodes[0].WithOptions().Interceptor(new UserInterceptor
        {
            Prepared = () =>
            {
                waiting = Task.Run(() => Run(nodes[1], Count));
                Assert.That(SpinWait.SpinUntil(() => waiters.Refused > 0, s_patience), Is.True, "the other node waits");
                Run(nodes[0], other => other.Save(new Post { Id = 10, Title = "ten" }));
            },
        }).OpenSession())
            Assert.That(Count(session), Is.EqualTo(4));

        Assert.That(await waiting!, Is.EqualTo(4));
        Assert.That(Run(nodes[1], Count), Is.EqualTo(4));
    }

    [Test]
    public async Task Node_that_died_while_it_led_is_waited_for_to_the_end_of_its_lease_at_most()
    {
        var limit = TimeSpan.FromSeconds(1);
        var nodes = Nodes(count: 2, limit);
        var (dead, living) = (ScopeOf(nodes[0]).Store, new Waiters());
        ScopeOf(nodes[1]).Decorate(store => new RefusalCounter(store, living) { Before = key => dead.TryLead(key, Token.Create(), limit) });
        var started = Stopwatch.GetTimestamp();

        Assert.That(await Task.Run(() => Run(nodes[1], Count)).WaitAsync(s_patience), Is.EqualTo(3));
        Assert.That(living.Refused, Is.GreaterThan(0), "it waited");
        Assert.That(Stopwatch.GetElapsedTime(started), Is.GreaterThanOrEqualTo(limit * 0.9));
        Assert.That(nodes[1].Statistics.QueryCachePutCount, Is.EqualTo(1), "and stored what it loaded itself");
    }

    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    private static DatabaseScope ScopeOf(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        return StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!;
    }

    private ISessionFactory[] Nodes(int count, TimeSpan wait)
    {
        var prefix = TestRedis.NewPrefix("flights");
        var nodes = Enumerable.Range(0, count).Select(_ => NewNode(
            TestRedis.ConnectionString,
            ("cache.key_prefix", prefix),
            ("cache.granular.redis_timeout", "20"),
            ("cache.granular.single_flight", "nodes"),
            ("cache.granular.single_flight_wait", wait.TotalSeconds.ToString(CultureInfo.InvariantCulture)))).ToArray();
        foreach (var node in nodes)
        {
            // What a node does once, when it meets its database, is done then.
            Run(node, session => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count());
            node.Statistics.Clear();
        }
        return nodes;
    }

    private sealed class Waiters
    {
        private int _refused;

        public int Refused => Volatile.Read(ref _refused);

        public void Refuse() => Interlocked.Increment(ref _refused);
    }

    /// <summary>All look-ups miss before any of them goes on.</summary>
    private sealed class Meeting(ICacheStore inner, CountdownEvent missing) : StoreDecorator(inner)
    {
        public override ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf)
        {
            var read = Inner.Read(key, shapes, asOf);
            if (!missing.IsSet)
            {
                missing.Signal();
                missing.Wait(s_patience);
            }
            return read;
        }
    }

    /// <summary>Counts how often the lead was not given.</summary>
    private sealed class RefusalCounter(ICacheStore inner, Waiters waiters) : StoreDecorator(inner)
    {
        /// <summary>Runs before the lead is asked for the first time.</summary>
        public Action<EntryKey>? Before { get; set; }

        public override bool TryLead(EntryKey key, Token token, TimeSpan lease)
        {
            Before?.Invoke(key);
            Before = null;
            var isGranted = Inner.TryLead(key, token, lease);
            if (!isGranted)
                waiters.Refuse();
            return isGranted;
        }
    }
}
