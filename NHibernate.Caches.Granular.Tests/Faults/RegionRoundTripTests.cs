using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>
/// What entities and collections cost on the wire. A round trip is a time that somebody waits for an answer; what is sent together is one. Where it is
/// said, calls are counted as well, whether or not anybody waits for them.
/// </summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RegionRoundTripTests : ProxiedNodesFixture
{
    private const int Rows = 50;
    private const int Loaded = 20;

    private ISessionFactory _node = null!;

    [SetUp]
    public void StartNode() => _node = NewPatientNode();

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Cat>(map => map.BatchSize(Rows));
        mapper.Class<Post>(map => map.BatchSize(Rows));
        return mapper;
    }

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        for (var i = 0; i < Rows; i++)
        {
            session.Save(new Cat { Id = 100 + i, Title = "more" });
            session.Save(new Post { Id = 100 + i, Title = "more", Slug = $"more {i}", Cat = session.Load<Cat>(100), Visible = true, Score = 1, Price = 1 });
            session.Save(new Tag { Id = 100 + i, Name = "more" });
        }
    }

    [Test]
    public async Task Query_that_hits_with_fifty_cached_entities_costs_two_and_no_statement([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, node => AskAsync(node, Rows, isAsync));

        var cost = await Counter.MeasureAsync(() => AskAsync(_node, Rows, isAsync));

        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((2, 2)), cost.ToString());
    }

    [Test]
    public async Task Query_that_misses_and_loads_twenty_entities_costs_one_and_their_puts_go_out_together([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, node => AskAsync(node, Loaded, isAsync));
        var calls = new List<int>();
        // Where others keep the machine busy in the middle of a load, its puts do not all go out together.
        for (var i = 0; i < 5; i++)
        {
            _node.GranularCache().InvalidateAll();
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var replies = 0;
            Proxy.BeforeReply = request => request.Name.StartsWith("EVAL", StringComparison.Ordinal) && ++replies >= 2 ? held.Task : Task.CompletedTask;
            var cost = await Counter.MeasureAsync(() => AskAsync(_node, Loaded, isAsync));
            Assert.That(cost.RoundTrips, Is.EqualTo(1), $"the query has its result before any put is answered: {cost}");
            held.SetResult();
            Proxy.BeforeReply = null;
            await Task.Delay(100);
            calls.Add(Counter.Cost.Requests.Count);
            await CachedAsync(_node, () => AskAsync(_node, Loaded, isAsync));
        }

        Assert.That(calls.Min(), Is.InRange(2, 4), string.Join(", ", calls));
    }

    [Test]
    public async Task Update_of_a_cached_entity_costs_no_more_than_announce_and_publish([Values] bool isAsync, [Values] bool nonstrict)
    {
        // The node learns of the shapes that there are for the table, its own among them, as it goes.
        for (var i = 0; i < 3; i++)
        {
            using var session = _node.OpenSession();
            using var transaction = session.BeginTransaction();
            if (nonstrict)
                session.Get<Tag>(100).Name = $"changed {i}";
            else
                session.Get<Post>(100).Title = $"changed {i}";
            await Task.Delay(50);
            Counter.Reset();
            if (isAsync)
                await transaction.CommitAsync();
            else
                transaction.Commit();
        }
        Assert.That((Counter.Cost.RoundTrips, Counter.Cost.Requests.Count), Is.EqualTo((2, 2)), Counter.Cost.ToString());
    }

    [Test]
    public async Task Update_that_is_written_through_costs_announce_and_publish_and_a_put_that_nobody_waits_for([Values] bool isAsync)
    {
        var node = NewPatientNode(Proxy.ConnectionString, ("cache.granular.profile.*.write_through", "true"));
        for (var i = 0; i < 3; i++)
        {
            using var session = node.OpenSession();
            using var transaction = session.BeginTransaction();
            session.Get<Cat>(100).Title = $"changed {i}";
            await Task.Delay(50);
            Counter.Reset();
            if (isAsync)
                await transaction.CommitAsync();
            else
                transaction.Commit();
        }
        Assert.That(Counter.Cost.RoundTrips, Is.EqualTo(2), Counter.Cost.ToString());
        await Task.Delay(200);
        Assert.That(Counter.Cost.Requests, Has.Count.EqualTo(3), Counter.Cost.ToString());
        var statements = node.Statistics.PrepareStatementCount;
        Assert.That(Run(node, session => session.Get<Cat>(100).Title), Is.EqualTo("changed 2"));
        Assert.That(node.Statistics.PrepareStatementCount, Is.EqualTo(statements));
    }

    [Test]
    public async Task Bulk_statement_costs_no_more_than_announce_and_publish([Values] bool isAsync, [Values] bool isNative)
    {
        Run(_node, session => session.Get<Post>(100));
        for (var i = 0; i < 3; i++)
        {
            using var session = _node.OpenSession();
            using var transaction = session.BeginTransaction();
            await Task.Delay(50);
            Counter.Reset();
            var text = $"update Post set Title = 'bulk {i}' where Id = 100";
            var statement = isNative ? session.CreateSQLQuery(text) : session.CreateQuery(text);
            if (isAsync)
            {
                await statement.ExecuteUpdateAsync();
                await transaction.CommitAsync();
            }
            else
            {
                statement.ExecuteUpdate();
                transaction.Commit();
            }
        }
        Assert.That((Counter.Cost.RoundTrips, Counter.Cost.Requests.Count), Is.EqualTo((2, 2)), Counter.Cost.ToString());
    }

    [Test]
    public async Task Proxies_of_a_batch_are_read_together([Values] bool isAsync)
    {
        static IEnumerable<Cat> Cats(ISession session) => [.. Enumerable.Range(100, Rows).Select(id => session.Load<Cat>(id))];
        Task<int> ReadAsync(ISessionFactory node) => RunAsync(node, async session =>
        {
            var cats = Cats(session).ToList();
            if (isAsync)
                await NHibernateUtil.InitializeAsync(cats[7]);
            else
                NHibernateUtil.Initialize(cats[7]);
            return cats.Count(cat => cat.Title == "more");
        });
        await CacheAsync(_node, Counter, ReadAsync);

        var cost = await Counter.MeasureAsync(async () => Assert.That(await ReadAsync(_node), Is.EqualTo(Rows)));
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((1, 1)), cost.ToString());
    }

    [Test]
    public async Task Elements_of_a_cached_collection_are_read_together_where_their_class_has_a_batch_size([Values] bool isAsync)
    {
        Task<int> ReadAsync(ISessionFactory node) => RunAsync(node, async session =>
        {
            var cat = await session.GetAsync<Cat>(100);
            if (isAsync)
                await NHibernateUtil.InitializeAsync(cat.Posts);
            return cat.Posts.Count(post => post.Title == "more");
        });
        await CacheAsync(_node, Counter, ReadAsync);

        var cost = await Counter.MeasureAsync(async () => Assert.That(await ReadAsync(_node), Is.EqualTo(Rows)));
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((3, 3)), $"the owner, the collection, its elements: {cost}");
    }

    [Test]
    public async Task Queries_of_a_batch_are_looked_up_together_and_so_are_their_entities([Values] bool isAsync)
    {
        Task<int> AskForBothAsync(ISessionFactory node) => RunAsync(node, async session =>
        {
            var posts = session.Query<Post>().Where(post => post.Title == "more").WithOptions(o => o.SetCacheable(true)).ToFuture();
            var tags = session.Query<Tag>().Where(tag => tag.Name == "more").WithOptions(o => o.SetCacheable(true)).ToFuture();
            return isAsync ? (await posts.GetEnumerableAsync()).Count() + (await tags.GetEnumerableAsync()).Count() : posts.Count() + tags.Count();
        });
        await CacheAsync(_node, Counter, AskForBothAsync);

        var cost = await Counter.MeasureAsync(async () => Assert.That(await AskForBothAsync(_node), Is.EqualTo(2 * Rows)));
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((3, 3)), $"the queries, the posts, the tags: {cost}");
    }

    [Test]
    public async Task In_a_cluster_entities_are_fetched_at_once_from_where_they_are_and_judged_together([Values] bool isAsync)
    {
        var counter = new WireCounter();
        await using var cluster = await RedisCluster.StartAsync(counter);
        var node = NewPatientNode(cluster.ConnectionString);
        await CacheAsync(node, counter, one => AskAsync(one, Rows, isAsync));

        // So that no answer comes before all is sent that is sent at once.
        foreach (var proxy in cluster.Proxies)
            proxy.Delay = TimeSpan.FromMilliseconds(100);
        var cost = await counter.MeasureAsync(() => AskAsync(node, Rows, isAsync));
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((4, 2 + Rows + 1)), $"two for the query and two for its entities: {cost}");
    }

    private static async Task CacheAsync(ISessionFactory node, WireCounter counter, Func<ISessionFactory, Task> ask)
    {
        await CachedAsync(node, () => ask(node));
        counter.Reset();
    }

    private static Task<List<Post>> AskAsync(ISessionFactory node, int rows, bool isAsync)
    {
        IQueryable<Post> Query(ISession session) => session.Query<Post>().Where(post => post.Id >= 100 && post.Id < 100 + rows).WithOptions(o => o.SetCacheable(true));
        return isAsync ? RunAsync(node, session => Query(session).ToListAsync()) : Task.FromResult(Run(node, session => Query(session).ToList()));
    }
}
