using System.Diagnostics;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>
/// Servers that have lost what they were told: nothing that was cached before is valid afterwards, and nothing of a change that is lost shows
/// later. See "one life" in <c>stamps.lua</c>.
/// </summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisEpochTests : OwnServerFixture
{
    [Test]
    public async Task Server_that_was_restarted_empty_has_nothing_and_is_used_again()
    {
        using var node = new RedisScene(Server.ConnectionString);
        node.Cache();
        await Server.RestartAsync();

        Assert.That(node.ReadWhenBack().Entry, Is.Null);
        node.Cache();
    }

    [Test]
    public async Task Nothing_is_valid_of_a_snapshot_from_before_a_change()
    {
        using var node = new RedisScene(Server.ConnectionString);
        node.Cache();
        var snapshot = await Server.SaveSnapshotAsync();
        node.ChangeRome();
        await Server.RestartAsync(snapshot);

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.OtherEpoch));
        node.Cache();
    }

    [Test]
    public async Task Nothing_is_valid_of_a_snapshot_for_a_node_that_is_new()
    {
        using (var node = new RedisScene(Server.ConnectionString))
        {
            node.Cache();
            var snapshot = await Server.SaveSnapshotAsync();
            node.ChangeRome();
            await Server.RestartAsync(snapshot);
        }
        using var other = new RedisScene(Server.ConnectionString);

        Assert.That(other.Read().Reason, Is.EqualTo(MissReason.OtherEpoch));
    }

    [Test]
    public async Task Server_that_was_emptied_under_a_transaction_hides_what_was_read_before_its_publish()
    {
        using var writer = new RedisScene(Server.ConnectionString);
        using var reader = new RedisScene(Server.ConnectionString);
        reader.Cache();
        var token = writer.Announce(RedisScene.Rome);
        await Server.ExecuteAsync("FLUSHALL");
        Assert.That(reader.Read().Entry, Is.Null);
        reader.Cache();
        writer.Publish(token, RedisScene.Rome);

        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public async Task Any_of_the_stamps_hashes_evicted_alone_ends_the_life_of_all([Range(0, 6)] int which)
    {
        using var node = new RedisScene(Server.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        node.Cache();
        var late = node.Store.Current;
        Assert.That((await Server.ExecuteAsync("DEL", node.StampKeys[which])).Text, Is.EqualTo("1"));

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.OtherEpoch));
        node.Put(late);
        Assert.That((node.Read().Reason, other.Read().Reason), Is.EqualTo((MissReason.OtherEpoch, MissReason.OtherEpoch)), "what was read before is put too late");
        node.Cache();
    }

    [Test]
    public async Task Replica_that_missed_the_last_publish_has_nothing_valid_when_it_is_promoted()
    {
        await using var replica = await LocalRedisServer.StartAsync();
        await using var proxy = RedisProxy.Start(Server);
        await replica.ReplicateFromAsync(Server); // its first replica begins another life of a master's stamps
        using var node = new RedisScene(proxy.ConnectionString);
        node.Cache();
        await InStepAsync(Server, replica);
        await replica.ExecuteAsync("REPLICAOF", "127.0.0.1", "1"); // nobody is there
        node.ChangeRome();
        await replica.PromoteAsync();
        (proxy.Target, proxy.Refuses) = (replica.EndPoint, false);
        proxy.Cut();

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.OtherEpoch));
        node.Cache();
    }

    // An old master takes writes for a while after the failover, and loses them. Who was connected to it believes to have published.
    [Test]
    public async Task Change_published_to_a_master_that_is_none_any_more_is_made_up_for_on_the_new_one()
    {
        await using var promoted = await LocalRedisServer.StartAsync();
        await using var proxy = RedisProxy.Start(Server);
        await promoted.ReplicateFromAsync(Server);
        using var writer = new RedisScene(proxy.ConnectionString);
        writer.Cache();
        await InStepAsync(Server, promoted);
        await promoted.PromoteAsync();
        using var reader = new RedisScene(promoted.ConnectionString);
        reader.Cache();
        writer.ChangeRome();
        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.None), "the limit: while there are two masters, they know nothing of each other");
        proxy.Target = promoted.EndPoint;
        proxy.Cut();

        Assert.That(writer.ReadWhenBack().Reason, Is.EqualTo(MissReason.Invalidated), "it would miss its own change");
        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        reader.Cache();
        Assert.That((writer.Read().Reason, reader.Read().Reason), Is.EqualTo((MissReason.None, MissReason.None)), "it is made up for once");
    }

    // The locks are gone, and the publish does not come through: who read before the commit must not be believed after it.
    [Test]
    public async Task Strict_stamps_begin_a_life_locked_because_a_commit_may_be_under_way()
    {
        var lease = TimeSpan.FromSeconds(30);
        var strict = new RedisStoreOptions { IsStrict = true, Seclusion = lease };
        await using var proxy = RedisProxy.Start(Server);
        using var writer = new RedisScene(proxy.ConnectionString, options: strict);
        using var reader = new RedisScene(Server.ConnectionString, options: strict);
        reader.Pass(lease);
        reader.Cache();
        var token = writer.Announce(RedisScene.Rome);
        await Server.ExecuteAsync("FLUSHALL");
        var before = reader.Read().Sequence;
        proxy.Refuses = true;
        proxy.Cut();
        writer.Publish(token, RedisScene.Rome);
        reader.Put(before, "from before the commit, which has returned");

        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.Locked));
        reader.Pass(lease);
        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        reader.Cache();
    }

    // The stamps it gets back name it as their server, so that only the history in which they were written tells them from its own.
    [Test]
    public async Task Server_that_takes_its_old_data_back_from_its_replica_has_nothing_valid()
    {
        await using var replica = await LocalRedisServer.StartAsync();
        await replica.ReplicateFromAsync(Server);
        using var node = new RedisScene(Server.ConnectionString);
        node.Cache();
        await InStepAsync(Server, replica);
        await replica.PromoteAsync();
        node.ChangeRome();
        await Server.ReplicateFromAsync(replica);
        await Server.PromoteAsync();

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.OtherEpoch));
        node.Cache();
    }

    [Test]
    public async Task Shapes_known_from_another_life_are_outdated_whatever_their_version()
    {
        using var writer = new RedisScene(Server.ConnectionString);
        using var reader = new RedisScene(Server.ConnectionString);
        writer.Cache();
        writer.Read(new NamedKey("other"));
        var outdated = writer.Store.FetchShapes([RedisScene.People]).Version;
        await Server.ExecuteAsync("FLUSHALL");
        reader.Store.Read(new NamedKey("people of 7"), () => [new Shape(RedisScene.People, ["age"], ColumnSet.Of(["age"]))], null);

        Assert.That(writer.Store.Announce(RedisScene.AnnouncementOf(Token.Create(), RedisScene.Rome) with { ShapesVersion = outdated }).Outcome, Is.EqualTo(AnnounceOutcome.NewShapes));
    }

    [Test]
    public async Task Loaded_state_of_another_life_is_not_trusted_although_its_sequence_is_higher()
    {
        using var node = new RedisScene(Server.ConnectionString);
        var row = new Shape(RedisScene.People, ["id"], ColumnSet.All);
        for (var i = 0; i < 20; i++)
            node.ChangeRome();
        var at = node.Store.Read(new NamedKey("person 7"), () => [row], null).Sequence;
        var loaded = new LoadedState(ImmutableDictionary<string, ColumnValue>.Empty, RedisScene.DependOn(row, row.Conjunction([ColumnValue.Integer(7)])), at);
        await Server.ExecuteAsync("FLUSHALL");

        Assert.That(node.Store.Announce(RedisScene.AnnouncementOf(Token.Create()) with { RowShapes = [row], Loaded = [loaded] }).Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
    }

    [TestCase("publish")]
    [TestCase("move")]
    [TestCase("announce")]
    public async Task First_call_of_a_node_that_comes_from_another_life_moves_the_scope_whatever_it_is(string call)
    {
        await using var proxy = RedisProxy.Start(Server);
        using var writer = new RedisScene(proxy.ConnectionString);
        await Server.ExecuteAsync("FLUSHALL");
        using var reader = new RedisScene(Server.ConnectionString);
        reader.Cache();
        StampKey oslo = RedisScene.ByCity.Conjunction([ColumnValue.Text("Oslo")]);
        if (call == "announce")
            writer.Announce(oslo);
        else if (call == "move")
            writer.Store.Move(oslo);
        else
            writer.Publish(Token.Create(), oslo);

        Assert.That(reader.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    // What was published before may be lost, and whoever announced meanwhile was believed what it had loaded of the rows in question.
    [Test]
    public async Task Node_that_comes_from_another_life_has_the_tables_of_writers_in_flight_moved_whole()
    {
        using var late = new RedisScene(Server.ConnectionString);
        await Server.ExecuteAsync("FLUSHALL");
        using var node = new RedisScene(Server.ConnectionString);
        node.Read();
        StampKey oslo = RedisScene.ByCity.Conjunction([ColumnValue.Text("Oslo")]);
        var token = node.Announce(oslo);
        late.Read();
        node.Put(node.Read().Sequence);

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Locked));
        node.Publish(token, oslo);
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        node.Cache();
    }

    [Test]
    public void Later_timeline_of_the_database_ends_the_life_of_the_stamps_and_an_earlier_one_does_not()
    {
        using var first = new RedisScene(Server.ConnectionString, timeline: "0000000A");
        first.Cache();
        using var same = new RedisScene(Server.ConnectionString, timeline: "0000000A");
        Assert.That(same.Read().Reason, Is.EqualTo(MissReason.None));
        using var late = new RedisScene(Server.ConnectionString, timeline: "00000009");
        Assert.That(first.Read().Reason, Is.EqualTo(MissReason.None), "who is late does not turn it back");

        using var failedOver = new RedisScene(Server.ConnectionString, timeline: "00000010");
        Assert.That(failedOver.Read().Reason, Is.EqualTo(MissReason.OtherEpoch));
        failedOver.Cache();
        using var lateAgain = new RedisScene(Server.ConnectionString, timeline: "0000000A");
        Assert.That(failedOver.Read().Reason, Is.EqualTo(MissReason.None));
        using var unknown = new RedisScene(Server.ConnectionString);
        Assert.That(failedOver.Read().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public async Task Database_that_nobody_can_identify_reaches_all_stamps_also_after_the_server_was_emptied()
    {
        using var node = new RedisScene(Server.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        await Server.ExecuteAsync("FLUSHALL");
        node.Cache();
        node.Store.Drain();
        other.OfEveryDatabase.Move(RedisScene.Rome);

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    private static async Task InStepAsync(LocalRedisServer master, LocalRedisServer replica)
    {
        for (var since = Stopwatch.StartNew(); await OffsetAsync(replica) != await OffsetAsync(master); await Task.Delay(10))
            Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "the replica does not catch up");
    }

    private static async Task<string?> OffsetAsync(LocalRedisServer server) => await server.InfoAsync("master_repl_offset");
}
