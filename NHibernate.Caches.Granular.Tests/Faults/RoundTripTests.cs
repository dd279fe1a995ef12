using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>What queries and transactions cost on the wire, when the node has learnt the shapes of its queries.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RoundTripTests : ProxiedNodesFixture
{
    private const int Rows = 50;

    private ISessionFactory _node = null!;

    [SetUp]
    public void StartNode() => _node = NewPatientNode();

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        for (var i = 0; i < Rows; i++)
            session.Save(new Comment { Id = 100 + i, Approved = true, Text = "more" });
    }

    [Test]
    public async Task Query_that_hits_costs_one_round_trip([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, isAsync);

        Assert.That((await Counter.MeasureAsync(() => AskAsync(_node, isAsync))).RoundTrips, Is.EqualTo(1));
        Assert.That(Counter.Cost.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Function_that_hits_costs_one_round_trip_and_one_that_misses_two_of_which_nobody_waits_for_the_second()
    {
        static int Call(ISession session) => session.GetSessionImplementation().Factory.GranularCache().GetOrAdd(session, "posts", on => on.On(session.Query<Post>().Where(post => post.Visible)), () => session.Query<Post>().Count(post => post.Visible));
        // With its first put the node learns the shapes.
        await CachedAsync(_node, () => Task.FromResult(Run(_node, Call)));
        Run(_node, session =>
        {
            // No put of what it has read comes among what is counted.
            session.CacheMode = CacheMode.Ignore;
            return session.Get<Post>(1).Title = "changed";
        });

        Counter.Reset();
        Run(_node, Call);
        Assert.That((await Counter.WaitForAsync(2)).Requests, Has.Count.EqualTo(2));
        Assert.That((await Counter.MeasureAsync(() => Task.FromResult(Run(_node, Call)))).RoundTrips, Is.EqualTo(1));
    }

    [Test]
    public async Task Query_that_misses_costs_two_more_with_single_flight_among_nodes([Values] bool isAsync)
    {
        var node = NewPatientNode(Proxy.ConnectionString, ("cache.granular.single_flight", "nodes"));
        await CacheAsync(node, Counter, isAsync);
        await ChangeAsync(node, 1, isAsync);

        Counter.Reset();
        await AskAsync(node, isAsync);
        // The look-up and the lead, which are waited for; the put and the end of the lead, which are not.
        Assert.That((await Counter.WaitForAsync(4)).Requests, Has.Count.EqualTo(4));
        Assert.That((await Counter.MeasureAsync(() => AskAsync(node, isAsync))).RoundTrips, Is.EqualTo(1), "a hit");
    }

    [Test]
    public async Task Query_that_misses_costs_two_of_which_nobody_waits_for_the_second([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, isAsync);
        await ChangeAsync(_node, 1, isAsync);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var replies = 0;
        Proxy.BeforeReply = request => request.Name.StartsWith("EVAL", StringComparison.Ordinal) && ++replies == 2 ? held.Task : Task.CompletedTask;

        Counter.Reset();
        await AskAsync(_node, isAsync);
        Assert.That(Counter.Cost.RoundTrips, Is.EqualTo(1), "the query has its result before the put is answered");
        held.SetResult();
        Assert.That((await Counter.WaitForAsync(2)).Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Transaction_that_writes_costs_two_round_trips_whatever_the_number_of_rows([Values] bool isAsync, [Values(1, Rows)] int rows)
    {
        await CacheAsync(_node, Counter, isAsync);
        await ChangeAsync(_node, rows, isAsync);

        var cost = await Counter.MeasureAsync(() => ChangeAsync(_node, rows, isAsync));
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((2, 2)), cost.ToString());
    }

    [Test]
    public async Task Transactions_that_are_coalesced_wait_once_each_and_once_for_all([Values] bool isAsync)
    {
        const int Transactions = 5;
        await CacheAsync(_node, Counter, isAsync);
        await AddAsync(99);
        // The publications are answered when all of them are sent, so that one that waited for another would wait in vain.
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var requests = 0;
        Proxy.BeforeRequest = request =>
        {
            if (request.Name.StartsWith("EVAL", StringComparison.Ordinal) && Interlocked.Increment(ref requests) == 2 * Transactions)
                published.SetResult();
            return Task.CompletedTask;
        };
        Proxy.BeforeReply = _ => Volatile.Read(ref requests) > Transactions ? published.Task : Task.CompletedTask;

        var cost = await Counter.MeasureAsync(async () =>
        {
            using (_node.GranularCache().CoalesceInvalidation())
            {
                for (var i = 0; i < Transactions; i++)
                    await AddAsync(100 + i);
            }
        });
        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((Transactions + 1, 2 * Transactions)), cost.ToString());

        async Task AddAsync(int id)
        {
            using var session = _node.OpenSession();
            using var transaction = session.BeginTransaction();
            session.Save(new Post { Id = id, Title = "new" });
            if (isAsync)
                await transaction.CommitAsync();
            else
                transaction.Commit();
        }
    }

    [Test]
    public async Task First_write_on_a_table_costs_one_more_where_the_writer_learns_of_its_shapes([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, isAsync);
        var writer = NewPatientNode();
        // It joins, which costs two more, and leaves no put of what it has read that would arrive among what is counted.
        Run(writer, session =>
        {
            session.CacheMode = CacheMode.Ignore;
            return session.Get<Tag>(1).Name = "it has joined";
        });

        Assert.That((await Counter.MeasureAsync(() => ChangeAsync(writer, 1, isAsync))).RoundTrips, Is.EqualTo(3));
        Assert.That((await Counter.MeasureAsync(() => ChangeAsync(writer, 1, isAsync))).RoundTrips, Is.EqualTo(2));
    }

    [Test]
    public async Task Transaction_that_rolls_back_costs_nothing([Values] bool isAsync)
    {
        await CacheAsync(_node, Counter, isAsync);

        var cost = await Counter.MeasureAsync(async () =>
        {
            using var session = _node.OpenSession();
            using var transaction = session.BeginTransaction();
            if (isAsync)
            {
                await session.CreateQuery("update Comment set Text = 'never'").ExecuteUpdateAsync();
                await transaction.RollbackAsync();
            }
            else
            {
                session.CreateQuery("update Comment set Text = 'never'").ExecuteUpdate();
                transaction.Rollback();
            }
        });
        Assert.That(cost.Requests, Is.Empty);
    }

    [Test]
    public async Task In_a_cluster_a_hit_costs_two_a_miss_and_its_put_three_and_a_write_two([Values] bool isAsync)
    {
        var counter = new WireCounter();
        await using var cluster = await RedisCluster.StartAsync(counter);
        var node = NewPatientNode(cluster.ConnectionString);
        await CacheAsync(node, counter, isAsync);
        await ChangeAsync(node, 1, isAsync);

        Assert.That((await counter.MeasureAsync(() => ChangeAsync(node, Rows, isAsync))).RoundTrips, Is.EqualTo(2));
        counter.Reset();
        await AskAsync(node, isAsync);
        Assert.That((await counter.WaitForAsync(3)).Requests, Has.Count.EqualTo(3), counter.Cost.ToString());
        Assert.That((await counter.MeasureAsync(() => AskAsync(node, isAsync))).RoundTrips, Is.EqualTo(2));
    }

    private static async Task CacheAsync(ISessionFactory node, WireCounter counter, bool isAsync)
    {
        await CachedAsync(node, () => AskAsync(node, isAsync));
        counter.Reset();
    }

    private static Task<List<string>> AskAsync(ISessionFactory node, bool isAsync) =>
        isAsync ? RunAsync(node, session => Query(session).ToListAsync()) : Task.FromResult(Run(node, session => Query(session).ToList()));

    private static IQueryable<string> Query(ISession session) =>
        session.Query<Comment>().Where(comment => comment.Approved).Select(comment => comment.Text).WithOptions(o => o.SetCacheable(true));

    private static Task<int> ChangeAsync(ISessionFactory node, int rows, bool isAsync)
    {
        var text = Guid.NewGuid().ToString();
        return isAsync
            ? RunAsync(node, async session => Change(await Rowed(session, rows).ToListAsync(), text))
            : Task.FromResult(Run(node, session => Change(Rowed(session, rows).ToList(), text)));
    }

    private static IQueryable<Comment> Rowed(ISession session, int rows) => session.Query<Comment>().Where(comment => comment.Id >= 100 && comment.Id < 100 + rows);

    private static int Change(List<Comment> comments, string text)
    {
        comments.ForEach(comment => comment.Text = text);
        return comments.Count;
    }
}
