using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>Servers that refuse, hang, or answer when nobody listens any more.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisRefusalTests : OwnServerFixture
{
    [Test]
    public async Task Replica_answers_no_look_up()
    {
        using var node = new RedisScene(Server.ConnectionString);
        await using var replica = await LocalRedisServer.StartAsync();
        await replica.ReplicateFromAsync(Server);
        node.Cache();
        var read = node.Store.Calls.Read([node.Store.EntryKey([1])], node.Store.Shapes.Known, null, []);
        string[] command = ["EVAL", read.Script.Text, read.Keys.Length.ToString(CultureInfo.InvariantCulture), .. read.Keys.Select(key => (string)key!), .. read.Arguments.Select(argument => System.Text.Encoding.Latin1.GetString((byte[])argument!))];

        Assert.That((await Server.ExecuteAsync(command)).Items[5].Text, Is.EqualTo("NotFound"));
        Assert.That(async () => await replica.ExecuteAsync(command), Throws.InvalidOperationException.With.Message.Contains("READONLY"));
    }

    [Test]
    public async Task Master_that_becomes_a_replica_under_its_clients_gives_no_hits()
    {
        using var node = new RedisScene(Server.ConnectionString);
        node.Cache();
        await using var other = await LocalRedisServer.StartAsync();
        await Server.ReplicateFromAsync(other);

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));
    }

    [Test]
    public async Task User_without_info_is_named_and_gets_nothing_for_a_restored_server_could_not_be_told_from_the_one_before()
    {
        using var other = new RedisScene(Server.ConnectionString);
        other.Cache();
        await Server.ExecuteAsync("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-info");
        using var log = new RecordedLog();
        using var node = new RedisScene(Server.ConnectionString + ",user=limited,password=secret");

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));
        Assert.That(log.Messages, Has.Some.StartsWith("GC120"));
        Assert.That(log.Exceptions.Select(exception => exception.Message), Has.Some.Contains("NOINFO").And.Some.Contains("+info"));
        Assert.That(other.Read().Reason, Is.EqualTo(MissReason.None));
    }

    // The client is refused the database in silence, and goes on in another.
    [TestCase(3, "-select", "run this command")]
    [TestCase(3, "-select +select|0", "run this command")]
    [TestCase(99, "-config", "out of range")]
    public async Task Database_of_the_server_that_cannot_be_chosen_is_named_and_no_other_is_used(int number, string permission, string reason)
    {
        await Server.ExecuteAsync(["ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", .. permission.Split(' ')]);
        using var log = new RecordedLog();
        using var node = new RedisScene(string.Create(CultureInfo.InvariantCulture, $"{Server.ConnectionString},user=limited,password=secret,defaultDatabase={number}"));

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));
        Assert.That(log.Messages, Has.Some.StartsWith("GC120"));
        Assert.That(log.Exceptions.Select(exception => exception.Message), Has.Some.Contains($"SELECT database {number}").And.Some.Contains(reason));
        Assert.That((await Server.ExecuteAsync("DBSIZE")).Text, Is.EqualTo("0"));
    }

    [Test]
    public async Task Database_of_the_server_is_used_that_was_chosen()
    {
        using var node = new RedisScene(Server.ConnectionString + ",defaultDatabase=3");
        using var other = new RedisScene(Server.ConnectionString);
        node.Cache();
        other.Cache();
        node.ChangeRome();
        Assert.That((node.Read().Reason, other.Read().Reason), Is.EqualTo((MissReason.Invalidated, MissReason.None)));
    }

    [Test]
    public async Task User_with_info_keeps_what_is_cached_when_the_connection_comes_back()
    {
        await using var proxy = RedisProxy.Start(Server);
        using var node = new RedisScene(proxy.ConnectionString);
        node.Cache();
        proxy.Cut();

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public async Task Put_that_arrives_after_a_change_is_never_valid()
    {
        await using var proxy = RedisProxy.Start(Server);
        using var slow = new RedisScene(proxy.ConnectionString);
        using var fast = new RedisScene(Server.ConnectionString);
        var read = slow.Read();
        var (arriving, mayArrive) = (NewSource(), NewSource());
        proxy.BeforeRequest = async request =>
        {
            if (request.Has(RedisScript.Put.Text) || request.Name == "EVAL")
            {
                arriving.TrySetResult();
                await mayArrive.Task;
            }
        };
        Assert.That(slow.Store.Put(RedisScene.PeopleOfRome, new CacheEntry("old", RedisScene.DependOnRome, read.Sequence, TimeSpan.FromHours(1), IsSliding: false)), Is.EqualTo(RejectedPutReason.None));
        await arriving.Task;
        fast.ChangeRome();
        mayArrive.SetResult();
        slow.Store.Drain();

        Assert.That((slow.Read().Reason, fast.Read().Reason), Is.EqualTo((MissReason.Invalidated, MissReason.Invalidated)));
    }

    // The shape of what was bound is another one than the look-up asked for, so the put must ask for it first.
    [TestCase(false)]
    [TestCase(true)]
    public async Task Look_up_does_not_overtake_a_put_of_its_process_that_must_ask_first(bool isAsynchronous)
    {
        await using var proxy = RedisProxy.Start(Server);
        using var node = new RedisScene(proxy.ConnectionString);
        var looking = NewSource();
        var missed = node.Store.Read(RedisScene.PeopleOfRome, () => [], asOf: null);
        proxy.BeforeRequest = request =>
        {
            if (request.Name == "EVALSHA")
                looking.TrySetResult();
            return Task.CompletedTask;
        };
        // A look-up that does not wait has been sent before the put can be.
        proxy.BeforeReply = request => request.Has(RedisScript.Register.Text) ? Task.WhenAny(looking.Task, Task.Delay(300)) : Task.CompletedTask;
        node.Store.Put(RedisScene.PeopleOfRome, new CacheEntry("result", RedisScene.DependOnRome, missed.Sequence, TimeSpan.FromHours(1), IsSliding: false));

        var found = isAsynchronous ? await node.Store.ReadAsync(RedisScene.PeopleOfRome, () => [], null, default) : node.Store.Read(RedisScene.PeopleOfRome, () => [], null);
        Assert.That(found.Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public async Task Strict_store_refuses_what_it_cannot_announce_and_says_so()
    {
        using var node = new RedisScene(Server.ConnectionString, options: new RedisStoreOptions { IsStrict = true });
        await Server.KillAsync();

        var refusal = Assert.Throws<CacheException>(() => node.Announce(RedisScene.Rome));
        Assert.That(refusal!.Message, Does.Contain("strict"));
        Assert.That(() => node.Store.Move(RedisScene.Rome), Throws.InstanceOf<CacheException>());
        Assert.That(() => node.OfEveryDatabase.Announce(RedisScene.AnnouncementOf(Token.Create())), Throws.InstanceOf<CacheException>());
        Assert.That(() => node.Publish(Token.Create(), RedisScene.Rome), Throws.Nothing);
        await Server.StartAgainAsync();
        node.ReadWhenBack();
        node.Cache();
    }

    [Test]
    public async Task Degrading_store_goes_on_and_makes_up_for_it_when_the_server_is_back()
    {
        await using var proxy = RedisProxy.Start(Server);
        using var node = new RedisScene(proxy.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        other.Cache();
        proxy.Refuses = true;
        proxy.Cut();
        node.ChangeRome();
        Assert.That((node.Read().Reason, other.Read().Reason), Is.EqualTo((MissReason.Unavailable, MissReason.None)), "the limit of degrade: the other is not cut off");
        proxy.Refuses = false;

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [TestCase("publish")]
    [TestCase("move")]
    public async Task What_a_node_cannot_say_moves_the_scope_when_the_server_is_back(string call)
    {
        await using var proxy = RedisProxy.Start(Server);
        using var node = new RedisScene(proxy.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        var oslo = RedisScene.ByCity.Conjunction([ColumnValue.Text("Oslo")]);
        other.Cache();
        var token = node.Announce(oslo);
        proxy.Refuses = true;
        proxy.Cut();
        if (call == "publish")
            node.Publish(token, oslo);
        else
            node.Store.Move(oslo);
        proxy.Refuses = false;

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(other.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    // It refuses to write, and goes on reading for the others.
    [Test]
    public async Task Server_without_memory_forgets_what_it_cannot_mark_as_changed()
    {
        using var node = new RedisScene(Server.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        other.Cache();
        await Server.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.That(other.Read().Reason, Is.EqualTo(MissReason.None));
        node.ChangeRome();

        Assert.That(() => other.Read().Reason, Is.Not.EqualTo(MissReason.None).After(5_000, 20));
    }

    [Test]
    public async Task Server_without_memory_forgets_all_that_a_database_nobody_can_identify_may_have_changed()
    {
        using var node = new RedisScene(Server.ConnectionString);
        using var other = new RedisScene(Server.ConnectionString);
        other.Cache();
        await Server.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        node.OfEveryDatabase.Publish(new Publication(Token.Create(), Proven: true, [], []));

        Assert.That(() => other.Read().Reason, Is.Not.EqualTo(MissReason.None).After(5_000, 20));
    }

    // Not all of what a client throws is its own: a connection that is lost cancels what waits for it.
    [Test]
    public void Client_that_cancels_what_it_was_asked_costs_nobody_an_exception_and_the_cache_comes_back()
    {
        var failures = 0;
        using var node = new RedisScene(Server.ConnectionString, wrap: connection => FailingClient.Wrap(connection, method =>
        {
            if (failures > 0 && (method is "PingAsync" or "ScriptEvaluate" or "ScriptEvaluateAsync"))
            {
                failures--;
                throw new TaskCanceledException();
            }
        }));
        node.Cache();
        failures = 3;
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Unavailable));

        Assert.That(node.ReadWhenBack().Reason, Is.EqualTo(MissReason.None));
        Assert.That(failures, Is.Zero);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
