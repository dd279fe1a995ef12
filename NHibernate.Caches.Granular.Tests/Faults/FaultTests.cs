using System.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Stores.Redis;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;
using NHibernate.Linq;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>
/// Two nodes on one database of rows, and a Redis that fails. One thread writes and reads on both in turn, so every answer has one right value:
/// what the database holds. <c>./build.sh faults</c> plays each several times and prints what was seen.
/// </summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
[Category("Faults")]
public abstract class FaultTests : NodesFixture
{
    private const string Junk = "for i = 1, 3000 do redis.call('SET', 'junk' .. ARGV[1] .. ':' .. i, string.rep('x', 1000)) end";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly int s_rounds = int.Parse(System.Environment.GetEnvironmentVariable("GRANULAR_FAULT_ROUNDS") ?? "1", CultureInfo.InvariantCulture);
    private static int s_written;

    private LocalRedisServer _server = null!;
    private RedisProxy _firstWay = null!;
    private RedisProxy _secondWay = null!;
    private ISessionFactory _first = null!;
    private ISessionFactory _second = null!;
    private ISessionFactory? _lastWriter;

    private protected FaultTests(FailurePolicy policy) => Policy = policy;

    private protected enum Reach
    {
        /// <summary>No node can use the server while it goes on.</summary>
        All,

        /// <summary>One node cannot, and the other can.</summary>
        First,

        /// <summary>It is over before anybody asks, but the nodes lose their connections, or calls, and come back one after the other.</summary>
        Connections,

        /// <summary>It is over before anybody asks.</summary>
        None,
    }

    private FailurePolicy Policy { get; }

    private bool IsStrict => Policy == FailurePolicy.Strict;

    [TearDown]
    public async Task StopServer()
    {
        CloseNodes();
        foreach (var way in new[] { _firstWay, _secondWay })
            if (way is not null)
                await way.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        (_firstWay, _secondWay, _server, _lastWriter) = (null!, null!, null!, null);
    }

    [Test]
    public async Task Server_is_killed_and_starts_again_empty()
    {
        await StartAsync();
        await PlayAsync("killed", Reach.All, _server.KillAsync, end: () => _server.StartAgainAsync());
    }

    [Test]
    public async Task Server_hangs_and_goes_on()
    {
        await StartAsync();
        await PlayAsync("paused", Reach.All, Done(_server.Pause), end: Done(_server.Resume));
    }

    [Test]
    public async Task One_node_is_cut_off()
    {
        await StartAsync();
        await PlayAsync("one node cut off", Reach.First, Done(() =>
        {
            _firstWay.Refuses = true;
            _firstWay.Cut();
        }), end: Done(() => _firstWay.Refuses = false));
    }

    [Test]
    public async Task One_node_gets_no_answers_any_more()
    {
        await StartAsync();
        await PlayAsync("one node without answers", Reach.First, Done(_firstWay.Hang), end: Done(_firstWay.Release));
    }

    [Test]
    public async Task One_node_s_requests_are_done_and_their_replies_lost()
    {
        await StartAsync();
        await PlayAsync("one node's replies lost", Reach.First, Done(_firstWay.HoldReplies), end: Done(() =>
        {
            _firstWay.Cut();
            _firstWay.Release();
        }));
    }

    [Test]
    public async Task Server_restarts_empty()
    {
        await StartAsync();
        await PlayAsync("restarted empty", Reach.Connections, () => _server.RestartAsync());
    }

    [Test]
    public async Task Server_restarts_from_an_old_snapshot()
    {
        await StartAsync();
        await PlayAsync("restarted from an old snapshot", Reach.Connections, async () =>
        {
            var snapshot = await _server.SaveSnapshotAsync();
            Write(_first);
            Write(_second);
            await _server.RestartAsync(snapshot);
        });
    }

    [Test]
    public async Task Server_is_emptied()
    {
        await StartAsync();
        await PlayAsync("emptied", Reach.None, () => _server.ExecuteAsync("FLUSHALL"));
    }

    [Test]
    public async Task Replica_that_missed_the_last_publishes_takes_over()
    {
        await StartAsync();
        var replicas = new List<LocalRedisServer>();
        await PlayAsync("failed over, publishes lost", Reach.Connections, async () =>
        {
            var replica = await LocalRedisServer.StartAsync();
            replicas.Add(replica);
            await replica.ReplicateFromAsync(_server);
            Ask(_first);
            Ask(_second);
            await replica.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");
            Write(_first);
            await replica.PromoteAsync();
            (_firstWay.Target, _secondWay.Target) = (replica.EndPoint, replica.EndPoint);
            _firstWay.Cut();
            _secondWay.Cut();
        });
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    [Test]
    public async Task Sentinels_make_the_replica_the_master()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        // The client fails at once when it cannot reach the master that a sentinel names, whatever the string says of failing.
        var redis = sentinel.ConnectionString + ",connectTimeout=10000";
        Start(redis, redis);
        await PlayAsync("failed over by sentinels", Reach.Connections, async () =>
        {
            var old = await sentinel.MasterAsync();
            await sentinel.FailOverAsync();
            await sentinel.DemoteAsync(old);
        });
    }

    [Test]
    public async Task Server_evicts_what_was_not_used_lately()
    {
        await StartAsync();
        await PlayAsync("allkeys-lru under pressure", Reach.Connections, async () =>
        {
            await _server.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
            await _server.ExecuteAsync("CONFIG", "SET", "maxmemory", "3mb");
        }, step: i => _server.ExecuteAsync("EVAL", Junk, "0", i.ToString(CultureInfo.InvariantCulture)));
        Assert.That(long.Parse((await _server.InfoAsync("evicted_keys"))!, CultureInfo.InvariantCulture), Is.GreaterThan(1000));
    }

    // Reading needs no memory, so who only hits does not notice.
    [Test]
    public async Task Server_has_no_memory_left()
    {
        await StartAsync();
        await PlayAsync("no memory left", Reach.First, () => _server.ExecuteAsync("CONFIG", "SET", "maxmemory", "1"), end: () => _server.ExecuteAsync("CONFIG", "SET", "maxmemory", "0"));
    }

    [Test]
    public async Task Server_loads_its_data()
    {
        await StartAsync("--enable-debug-command", "yes", "--loading-process-events-interval-bytes", "1024");
        await _server.ExecuteAsync("EVAL", Junk, "0", "1");
        await _server.ExecuteAsync("CONFIG", "SET", "key-load-delay", "500");
        Task reloading = Task.CompletedTask;
        await PlayAsync("loading", Reach.All, async () =>
        {
            reloading = Task.Run(() => _server.ExecuteAsync("DEBUG", "RELOAD"));
            while (await _server.InfoAsync("loading") != "1")
                await Task.Delay(5);
        }, end: () => reloading);
    }

    [Test]
    public async Task Server_does_not_accept_the_password_any_more()
    {
        // Without the first one, who fails to authenticate would be the default user.
        await StartServerAsync("--requirepass", "other");
        await _server.ExecuteAsync("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all");
        Start($"{_firstWay.EndPoint},user=app,password=secret", $"{_secondWay.EndPoint},user=app,password=secret");
        await PlayAsync("wrong password", Reach.All, async () =>
        {
            await _server.ExecuteAsync("ACL", "SETUSER", "app", "resetpass", ">other");
            _firstWay.Cut();
            _secondWay.Cut();
        }, end: () => _server.ExecuteAsync("ACL", "SETUSER", "app", "resetpass", ">secret"));
    }

    [Test]
    public async Task Server_is_killed_under_a_connection_of_the_user_s_own()
    {
        await StartServerAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString + ",syncTimeout=300,asyncTimeout=300,connectTimeout=1000,abortConnect=false");
        (_first, _second) = (OnConnection(), OnConnection());
        await PlayAsync("killed, user's own connection", Reach.All, _server.KillAsync, end: () => _server.StartAgainAsync());
        CloseNodes();
        Assert.That(connection.GetEndPoints(), Is.Not.Empty, "it is not closed with the session factories");

        ISessionFactory OnConnection() => NewNode(configuration => configuration.UseGranularCache(options =>
        {
            options.Redis.ConnectionMultiplexer = connection;
            options.Redis.Timeout = s_timeout;
            options.Redis.FailurePolicy = Policy;
            options.Lease = TimeSpan.FromSeconds(1);
        }));
    }

    [TestCase("granular:{*}:*:meta", "the stamps' slot moves")]
    [TestCase("granular:entry:*", "an entry's slot moves")]
    public async Task Slot_of_a_cluster_moves(string pattern, string name)
    {
        await using var cluster = await RedisCluster.StartAsync();
        Start(cluster.ConnectionString, cluster.ConnectionString);
        RedisSlotMove? move = null;
        await PlayAsync(name, Reach.Connections, async () =>
        {
            var slot = await cluster.SlotAsync(await FindAsync(cluster, pattern));
            var owner = await cluster.OwnerAsync(slot);
            move = await cluster.BeginMoveAsync(slot, cluster.Nodes.First(node => node != owner));
            await move.MoveKeysAsync(most: 3); // of the stamps' eight
        }, step: async i =>
        {
            if (i == 1)
                await move!.MoveKeysAsync();
            if (i == 2)
            {
                // What was put meanwhile stays behind otherwise.
                await move!.MoveKeysAsync();
                await move.FinishAsync();
            }
        });
    }

    private static Func<Task> Done(System.Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private static async Task<string> FindAsync(RedisCluster cluster, string pattern)
    {
        foreach (var node in cluster.Nodes)
            if ((await node.ExecuteAsync("KEYS", "*" + pattern)).Items is { Count: > 0 } keys)
                return keys[0].Text!;
        throw new InvalidOperationException($"There is no key like {pattern}.");
    }

    private async Task StartAsync(params string[] arguments)
    {
        await StartServerAsync(arguments);
        Start(_firstWay.ConnectionString, _secondWay.ConnectionString);
    }

    private async Task StartServerAsync(params string[] arguments)
    {
        _server = await LocalRedisServer.StartAsync(arguments);
        (_firstWay, _secondWay) = (RedisProxy.Start(_server), RedisProxy.Start(_server));
    }

    private void Start(string first, string second)
    {
        (string, string)[] properties =
        [
            ("cache.granular.failure_policy", IsStrict ? "strict" : "degrade"),
            ("cache.granular.redis_timeout", s_timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
            ("cache.granular.lease", "1"),
        ];
        (_first, _second) = (NewNode(first, properties), NewNode(second, properties));
    }

    /// <param name="name">For the report.</param>
    /// <param name="reach">Whom it concerns.</param>
    /// <param name="begin">Makes the fault.</param>
    /// <param name="step">What happens between the operations, if anything.</param>
    /// <param name="end">Mends it.</param>
    private async Task PlayAsync(string name, Reach reach, Func<Task> begin, Func<int, Task>? step = null, Func<Task>? end = null)
    {
        var report = new FaultReport();
        for (var round = 0; round < s_rounds; round++)
        {
            await BackAsync(_first);
            await BackAsync(_second);
            TryWrite(_first, report);
            await BackAsync(_first);
            await BackAsync(_second);
            await begin();
            Measure(report);
            for (var i = 0; i < 4; i++)
            {
                if (step is not null)
                    await step(i);
                TryWrite(_first, report);
                report.Stale += Check(_first, report);
                report.StaleElsewhere += Check(_second, report);
                if (reach != Reach.First)
                    TryWrite(_second, report);
                report.Stale += Check(_first, report);
                report.StaleElsewhere += Check(_second, report);
            }
            if (end is not null)
                await end();
            await BackAsync(_first);
            await CheckAfterAsync(report);
        }
        TestContext.Out.WriteLine(report.Line(name, IsStrict ? "strict" : "degrade"));
        if (System.Environment.GetEnvironmentVariable("GRANULAR_FAULT_REPORT") is { } file)
            await File.AppendAllTextAsync(file, report.Line(name, IsStrict ? "strict" : "degrade") + System.Environment.NewLine);
        Judge(report, reach);
    }

    private void Judge(FaultReport report, Reach reach)
    {
        Assert.That(report.Errors, Is.Empty);
        Assert.That(report.Stale, Is.Zero, "the node that is concerned");
        Assert.That(report.StaleElsewhere, Is.Zero, "the other node");
        Assert.That(report.StaleAfter, Is.Zero, "afterwards");
        if (!IsStrict)
            Assert.That(report.Refused, Is.Zero, "nothing is refused");
        else if (reach is Reach.All or Reach.First)
            Assert.That(report.Refused, Is.GreaterThan(0), "the fault refuses commits");
        // The machine may have much else to do; an operation that waited for the server each time would be beyond this.
        Assert.That(report.First, Is.LessThan(s_timeout + TimeSpan.FromSeconds(1)));
        Assert.That(report.Later, Is.LessThan(s_timeout));
    }

    private async Task CheckAfterAsync(FaultReport report)
    {
        await ToldAsync(_first);
        await ToldAsync(_second);
        report.StaleAfter += Check(_second, report) + Check(_first, report);
        await BackAsync(_second);
        foreach (var node in new[] { _first, _second, _first, _second })
        {
            TryWrite(node, report);
            // On a machine that has much else to do, a call may take longer than its limit, which is an outage once more.
            await ToldAsync(node);
            report.StaleAfter += Check(_second, report) + Check(_first, report) + Check(_second, report) + Check(_first, report);
        }
    }

    private void Measure(FaultReport report)
    {
        var watch = Stopwatch.StartNew();
        Ask(_first);
        report.First = TimeSpan.FromTicks(Math.Max(report.First.Ticks, watch.Elapsed.Ticks));
        var later = new List<TimeSpan>();
        for (var i = 0; i < 5; i++)
        {
            watch.Restart();
            Ask(_first);
            later.Add(watch.Elapsed);
        }
        later.Sort();
        report.Later = later[2] > report.Later ? later[2] : report.Later;
    }

    private int Check(ISessionFactory node, FaultReport report)
    {
        var truth = Truth();
        // Degrade: what a node could not tell the other misses, until it has been told.
        var mayMiss = !IsStrict && _lastWriter is { } writer && writer != node && Owes(writer);
        report.Reads++;
        try
        {
            var (listed, loaded) = (Ask(node), Run(node, session => session.Get<Post>(1).Title));
            if (listed == truth && loaded == truth)
                return 0;
            report.Excused += mayMiss ? 1 : 0;
            return mayMiss ? 0 : 1;
        }
#pragma warning disable CA1031 // Whatever a user would see counts.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            report.Errors.Add(exception.ToString());
            return 0;
        }
    }

    private void TryWrite(ISessionFactory node, FaultReport report)
    {
        var before = Truth();
        var watch = Stopwatch.StartNew();
        try
        {
            Write(node);
            report.Commit = TimeSpan.FromTicks(Math.Max(report.Commit.Ticks, watch.Elapsed.Ticks));
        }
#pragma warning disable CA1031 // Likewise.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (IsStrict && exception.ToString().Contains("failure_policy is strict", StringComparison.Ordinal) && Truth() == before)
                report.Refused++;
            else
                report.Errors.Add(exception.ToString());
        }
    }

    private void Write(ISessionFactory node)
    {
        _lastWriter = node;
        var title = string.Create(CultureInfo.InvariantCulture, $"title {Interlocked.Increment(ref s_written)}");
        Run(node, session => session.Get<Post>(1).Title = title);
    }

    private string Truth()
    {
        using var session = Factory.OpenStatelessSession();
        return session.CreateSQLQuery("select Title from Post where Id = 1").UniqueResult<string>();
    }

    private static string Ask(ISessionFactory node) =>
        Run(node, session => session.Query<Post>().Where(post => post.Slug == "first").Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single());

    private static bool Owes(ISessionFactory node)
    {
        using var session = node.OpenSession();
        return ((IRecoverable)StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!.Store).Debts.AreAny;
    }

    /// <summary>Waits until the other has been told of all that the node has changed.</summary>
    private static async Task ToldAsync(ISessionFactory node)
    {
        for (var since = Stopwatch.StartNew(); Owes(node); await Task.Delay(5))
        {
            if (since.Elapsed > s_patience)
                throw new TimeoutException("The node does not tell the other what it has changed.");
        }
    }

    /// <summary>Waits until the node has its answers from the cache again.</summary>
    private static async Task BackAsync(ISessionFactory node)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < s_patience; await Task.Delay(30))
        {
            var hits = node.Statistics.QueryCacheHitCount;
            Ask(node);
            if (node.Statistics.QueryCacheHitCount > hits)
                return;
        }
        throw new TimeoutException("The node does not use the cache again.");
    }
}

public sealed class DegradeFaultTests() : FaultTests(FailurePolicy.Degrade);

public sealed class StrictFaultTests() : FaultTests(FailurePolicy.Strict);
