using NHibernate.Caches.Granular.Servers;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>
/// A Redis of the fixture's own and a client on it. What the tests here say of the server and of the client library is what the
/// store on Redis relies on: when a new version fails one, read the code that relies on it.
/// </summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public abstract class RedisAssumptionFixture
{
    private protected LocalRedisServer Server { get; private set; } = null!;

    private protected ConnectionMultiplexer Connection { get; private set; } = null!;

    private protected IDatabase Database => Connection.GetDatabase();

    private protected virtual string[] Arguments => [];

    [OneTimeSetUp]
    public async Task StartServer()
    {
        Server = await LocalRedisServer.StartAsync(Arguments);
        Connection = await ConnectionMultiplexer.ConnectAsync(Server.ConnectionString);
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (Connection is not null)
            await Connection.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
    }

    [SetUp]
    public Task ForgetAll() => Server.ExecuteAsync("FLUSHALL");

    private protected Task<RedisResult> Run(string script, RedisKey[]? keys = null, params RedisValue[] values) => Database.ScriptEvaluateAsync(script, keys, values);
}
