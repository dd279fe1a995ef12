using System.Diagnostics;
using System.Net.Sockets;
using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Servers;

[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class LocalRedisServerTests
{
    [Test]
    public async Task Server_answers_is_empty_and_is_gone_after_its_disposal()
    {
        string directory;
        LocalRedisServer server;
        await using (server = await LocalRedisServer.StartAsync())
        {
            directory = server.Directory;
            Assert.That((await server.ExecuteAsync("DBSIZE")).Text, Is.EqualTo("0"));
            Assert.That((await server.ExecuteAsync("CONFIG", "GET", "save")).Items[1].Text, Is.Empty);
        }
        Assert.That(Directory.Exists(directory), Is.False);
        Assert.That(async () => await server.ExecuteAsync("PING"), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task Arguments_reach_the_server_and_its_password_the_connection_string()
    {
        await using var server = await LocalRedisServer.StartAsync("--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru", "--requirepass", "secret", "--unixsocket", "redis.sock");
        Assert.That((await server.ExecuteAsync("CONFIG", "GET", "maxmemory-policy")).Items[1].Text, Is.EqualTo("allkeys-lru"));
        Assert.That(File.Exists(Path.Combine(server.Directory, "redis.sock")), Is.True);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        Assert.That(await connection.GetDatabase().StringSetAsync("key", "value"), Is.True);
    }

    [Test]
    public void What_the_server_says_when_it_does_not_start_is_the_message() =>
        Assert.That(async () => await LocalRedisServer.StartAsync("--no-such-option", "1"), Throws.InvalidOperationException.With.Message.Contains("no-such-option"));

    [Test]
    public async Task Killed_server_starts_again_on_its_port_without_what_it_knew()
    {
        await using var server = await LocalRedisServer.StartAsync();
        var (port, run) = (server.Port, await server.InfoAsync("run_id"));
        await server.ExecuteAsync("SET", "key", "value");
        await server.KillAsync();
        Assert.That(async () => await server.ExecuteAsync("PING"), Throws.InstanceOf<SocketException>());
        await server.StartAgainAsync();
        Assert.That(server.Port, Is.EqualTo(port));
        Assert.That(await server.InfoAsync("run_id"), Is.Not.EqualTo(run));
        Assert.That((await server.ExecuteAsync("GET", "key")).Text, Is.Null);
    }

    [Test]
    public async Task Server_starts_again_from_any_snapshot_also_an_old_one()
    {
        await using var server = await LocalRedisServer.StartAsync();
        await server.ExecuteAsync("SET", "key", "old");
        var old = await server.SaveSnapshotAsync();
        await server.ExecuteAsync("SET", "key", "new");
        var current = await server.SaveSnapshotAsync();
        await server.RestartAsync(old);
        Assert.That((await server.ExecuteAsync("GET", "key")).Text, Is.EqualTo("old"));
        await server.RestartAsync(current);
        Assert.That((await server.ExecuteAsync("GET", "key")).Text, Is.EqualTo("new"));
    }

    [Test]
    public async Task Paused_server_keeps_its_connections_and_answers_after_it_is_resumed()
    {
        await using var server = await LocalRedisServer.StartAsync();
        server.Pause();
        var answer = server.ExecuteAsync("PING");
        Assert.That(await Task.WhenAny(answer, Task.Delay(200)), Is.Not.SameAs(answer));
        server.Resume();
        Assert.That((await answer).Text, Is.EqualTo("PONG"));
    }

    [Test]
    public async Task Paused_server_can_be_ended()
    {
        var server = await LocalRedisServer.StartAsync();
        server.Pause();
        var since = Stopwatch.StartNew();
        await server.DisposeAsync();
        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Replica_follows_its_master_and_goes_on_alone_when_promoted()
    {
        await using var master = await LocalRedisServer.StartAsync();
        await using var replica = await LocalRedisServer.StartAsync();
        await master.ExecuteAsync("SET", "key", "value");
        await replica.ReplicateFromAsync(master);
        Assert.That((await replica.ExecuteAsync("GET", "key")).Text, Is.EqualTo("value"));
        Assert.That(async () => await replica.ExecuteAsync("SET", "key", "other"), Throws.InvalidOperationException.With.Message.StartsWith("READONLY"));
        await master.KillAsync();
        await replica.PromoteAsync();
        Assert.That(await replica.InfoAsync("role"), Is.EqualTo("master"));
        await replica.ExecuteAsync("SET", "key", "other");
    }
}
