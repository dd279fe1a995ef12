using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>What a user who may not ask for INFO is told.</summary>
public sealed class RedisAccessTests : RedisAssumptionFixture
{
    [Test]
    public async Task User_without_info_connects_and_scripts_may_catch_the_refusal()
    {
        await Server.ExecuteAsync("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-info");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Server.ConnectionString + ",user=limited,password=secret,allowAdmin=true");
        var database = connection.GetDatabase();
        Assert.That(async () => await database.ExecuteAsync("INFO"), Throws.InstanceOf<RedisServerException>().With.Message.StartsWith("NOPERM"));
        Assert.That(async () => await database.ScriptEvaluateAsync("return redis.call('INFO', 'server')"), Throws.InstanceOf<RedisServerException>());
        var caught = (string?)await database.ScriptEvaluateAsync("local r = redis.pcall('INFO', 'server'); return type(r) == 'table' and r.err or 'none'");
        Assert.That(caught, Does.StartWith("ERR The user executing the script can't run this command").Or.StartsWith("NOPERM"), "which words depends on the server's version");
        await database.ScriptEvaluateAsync("redis.pcall('INFO', 'server'); redis.call('SET', KEYS[1], 'written')", ["key"]);
        Assert.That((string?)await database.StringGetAsync("key"), Is.EqualTo("written"));
    }
}
