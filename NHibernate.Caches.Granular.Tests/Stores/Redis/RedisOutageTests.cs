using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>
/// A node that degrades is cut off and comes back, in the middle of transactions: what the other node is given meanwhile is the stated limit, and
/// afterwards nothing is left of it.
/// </summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
[NonParallelizable]
public sealed class RedisOutageTests : OwnServerFixture, IDisposable
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_longPause = TimeSpan.FromMinutes(1);
    private static readonly TableId s_orders = new("public.orders");
    private static readonly StampKey s_oslo = RedisScene.ByCity.Conjunction([ColumnValue.Text("Oslo")]);

    private RedisProxy _way = null!;
    private RedisScene? _node;
    private RedisScene? _other;
    private volatile int _failures;

    private RedisScene Node => _node!;

    private RedisScene Other => _other!;

    [SetUp]
    public void StartNodes()
    {
        _way = RedisProxy.Start(Server);
        _node = new RedisScene(_way.ConnectionString);
        _other = new RedisScene(Server.ConnectionString);
        Other.Cache();
    }

    [TearDown]
    public async Task StopWay()
    {
        Dispose();
        await _way.DisposeAsync();
    }

    public void Dispose()
    {
        _node?.Dispose();
        _other?.Dispose();
        (_node, _other) = (null, null);
    }

    [Test]
    public void Transaction_that_could_not_announce_is_locked_when_its_node_is_back_and_it_is_still_under_way()
    {
        CutOff();
        var token = Node.Announce(s_oslo);
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked), "its COMMIT may be sent any moment");
        Node.Publish(token, s_oslo);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    [Test]
    public void Transaction_that_could_not_announce_and_is_never_heard_of_again_counts_as_committed_at_the_end_of_its_lease()
    {
        CutOff();
        Node.Announce(s_oslo);
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
        Other.Pass(s_lease);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    // A failed COMMIT may land later.
    [Test]
    public void Transaction_whose_outcome_was_not_heard_during_the_outage_is_locked_for_a_lease_from_its_end()
    {
        CutOff();
        var token = Node.Announce(s_oslo);
        Node.Store.Publish(new Publication(token, Proven: false, [s_oslo], [RedisScene.People]));
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
        Other.Pass(s_lease);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Tables_of_all_that_a_transaction_could_not_announce_are_locked(bool isFirst)
    {
        var token = Token.Create();
        var people = RedisScene.AnnouncementOf(token, s_oslo);
        var orders = new Announcement(token, [], [s_orders], [], [], ShapesVersion: null, s_lease);
        CutOff();
        Node.Store.Announce(isFirst ? people : orders);
        Node.Store.Announce((isFirst ? orders : people) with { IsAddition = true });
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
    }

    [Test]
    public void Scope_is_locked_when_a_transaction_that_moves_it_could_not_announce()
    {
        CutOff();
        Node.Store.Announce(new Announcement(Token.Create(), [StampKey.Scope], [s_orders], [], [], ShapesVersion: null, s_lease));
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
    }

    [Test]
    public void Everything_is_locked_for_more_transactions_than_are_remembered()
    {
        CutOff();
        for (var i = 0; i < 1001; i++)
            Node.Store.Announce(new Announcement(Token.Create(), [], [s_orders], [], [], ShapesVersion: null, s_lease));
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
        Other.Pass(s_lease);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    [Test]
    public void Database_that_nobody_can_identify_is_locked_when_the_node_is_back_and_the_transaction_is_still_under_way()
    {
        var token = Token.Create();
        CutOff();
        Node.OfEveryDatabase.Announce(RedisScene.AnnouncementOf(token));
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
        Node.OfEveryDatabase.Publish(new Publication(token, Proven: true, [StampKey.Scope], []));
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    // What the other's writer has loaded of a row may be what the node that was cut off has replaced.
    [Test]
    public void Writer_of_another_node_that_was_believed_meanwhile_moves_its_table_whole()
    {
        CutOff();
        Node.ChangeRome();
        var token = Other.Announce(s_oslo);
        ComeBack();

        Assert.That(ReadAfterPut(), Is.EqualTo(MissReason.Locked));
        Other.Publish(token, s_oslo);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    [Test]
    public void Locks_of_a_transaction_that_could_not_publish_end_when_its_node_is_back()
    {
        var token = Node.Announce(RedisScene.Rome);
        CutOff();
        Node.Publish(token, RedisScene.Rome);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Locked));
        ComeBack();

        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    [Test]
    public void Locks_of_a_transaction_whose_announce_was_done_and_not_answered_end_when_its_node_is_back()
    {
        _way.HoldReplies();
        var token = Node.Announce(RedisScene.Rome);
        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Locked), "it was done");
        Node.Publish(token, RedisScene.Rome);
        _way.Cut();
        _way.Release();
        Node.ReadWhenBack();

        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Other.Cache();
    }

    // Who comes back has taken note of the transaction as one under way, and locks it when it has just been published.
    [Test]
    public void Locks_that_come_after_the_publication_end_too()
    {
        var gates = new[] { new Gate(), new Gate() };
        var settled = 0;
        using var node = FailingNode(method =>
        {
            // What the background asks for: that what is owed is settled, to join, that what is owed by then is settled.
            if (method == "ScriptEvaluateAsync" && settled++ is var call and (0 or 2))
                gates[call / 2].Pass();
        });
        _failures = 1;
        node.Publish(node.Announce(s_oslo), s_oslo);
        gates[0].Arrived();
        var token = node.Announce(s_oslo);
        gates[0].Open();
        gates[1].Arrived();
        Assert.That(node.Store.IsBroken, Is.False);
        node.Publish(token, s_oslo);
        gates[1].Open();
        node.ReadWhenBack();

        Other.Cache();
    }

    [Test]
    public void What_one_store_owes_while_another_settles_is_settled_before_anybody_reads()
    {
        var calls = 0;
        Debts? ofStore = null, ofEvery = null;
        using var node = FailingNode(method =>
        {
            // It joins at once, and once more after the pause; then comes what is owed by then.
            if (method == "ScriptEvaluateAsync")
                (calls++ switch { 1 => ofStore, 2 => ofEvery, _ => null })?.Incur();
        });
        (ofStore, ofEvery) = (node.Store.Debts, ((IRecoverable)node.OfEveryDatabase).Debts);
        _failures = 1;
        node.Read();
        node.ReadWhenBack();

        Assert.That((ofStore.AreAny, ofEvery.AreAny), Is.EqualTo((false, false)));
        Assert.That(calls, Is.GreaterThan(3));
    }

    // With each a debt, and the next one there before it is settled, there would be no end to it.
    [Test]
    public void Node_that_changes_something_all_the_time_comes_back()
    {
        CutOff();
        _way.Delay = TimeSpan.FromMilliseconds(30);
        var isOver = false;
        var thread = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
                Node.ChangeRome();
        });
        thread.Start();
        try
        {
            ComeBack();
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            thread.Join();
        }
    }

    [Test]
    public void Look_up_that_fails_keeps_no_commit_from_being_told()
    {
        using var node = FailingNode();
        _failures = 1;
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));
        node.ChangeRome();

        Assert.That(Other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable), "looking up waits for the pause");
    }

    [Test]
    public void Commit_that_could_not_be_told_is_told_as_soon_as_the_server_answers_whatever_the_pause()
    {
        using var node = FailingNode();
        _failures = 1;
        node.ChangeRome();

        Assert.That(() => Other.Read().Reason, Is.EqualTo(MissReason.Invalidated).After(10_000, 5));
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));
        Assert.That(() => Changed(node), Is.True.After(10_000, 5), "commits are told again");
    }

    [Test]
    public void Outages_and_transactions_that_the_others_were_not_told_of_in_time_are_counted()
    {
        using var counts = new Counts();
        CutOff();
        Node.ChangeRome();
        var token = Node.Announce(s_oslo);
        Node.Store.Announce(RedisScene.AnnouncementOf(token, RedisScene.Rome) with { IsAddition = true });
        Assert.That(counts.All, Is.EqualTo("granular.redis.outages 1, granular.untold 2"));
        ComeBack();
        Node.Publish(token, s_oslo);

        Assert.That(counts.All, Is.EqualTo("granular.redis.outages 1, granular.told_late 2, granular.untold 2"));
    }

    private bool Changed(RedisScene node)
    {
        Other.Cache();
        node.ChangeRome();
        return !node.Store.Debts.AreAny && Other.Read().Reason == MissReason.Invalidated;
    }

    private void CutOff()
    {
        _way.Refuses = true;
        _way.Cut();
        // The connection is lost before it is known to be.
        Assert.That(() => Node.Read().Reason, Is.EqualTo(MissReason.Unavailable).After(10_000, 5));
        Assert.That(() => Node.Store.IsBroken, Is.True.After(10_000, 5));
    }

    private void ComeBack()
    {
        _way.Refuses = false;
        Node.ReadWhenBack();
    }

    /// <summary>How a result stands that was read when the node was back.</summary>
    private MissReason ReadAfterPut()
    {
        Other.Put(Other.Read().Sequence);
        return Other.Read().Reason;
    }

    /// <summary>A node of which calls can be made to fail, and whose look-ups wait for long then.</summary>
    private RedisScene FailingNode(System.Action<string>? before = null) =>
        new(Server.ConnectionString, pause: before is null ? s_longPause : null, wrap: connection => FailingClient.Wrap(connection, method =>
        {
            if (_failures > 0 && method == "ScriptEvaluate" && _failures-- > 0)
                throw new TimeoutException("It took too long, says the test.");
            before?.Invoke(method);
        }));

    /// <summary>Where the one side waits for the other.</summary>
    private sealed class Gate
    {
        private readonly TaskCompletionSource _arrived = new(), _open = new();

        public void Pass()
        {
            _arrived.SetResult();
            Assert.That(_open.Task.Wait(TimeSpan.FromSeconds(30)), "nobody lets it pass");
        }

        public void Arrived() => Assert.That(_arrived.Task.Wait(TimeSpan.FromSeconds(30)), "nobody comes");

        public void Open() => _open.SetResult();
    }

    /// <summary>What the meter has counted of outages.</summary>
    private sealed class Counts : IDisposable
    {
        private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
        private readonly MeterListener _listener = new();

        public Counts()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name is "granular.redis.outages" or "granular.untold" or "granular.told_late")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, count, _, _) =>
            {
                lock (_counts)
                    _counts[instrument.Name] = _counts.GetValueOrDefault(instrument.Name) + count;
            });
            _listener.Start();
        }

        public string All
        {
            get
            {
                lock (_counts)
                    return string.Join(", ", _counts.Select(count => $"{count.Key} {count.Value}"));
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
