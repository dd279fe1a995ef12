using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Support;

public sealed class TestRedisTests
{
    [Test]
    public async Task Shared_server_answers_and_prefixes_keep_fixtures_apart()
    {
        var (first, second) = (TestRedis.NewPrefix("same"), TestRedis.NewPrefix("same"));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(TestRedis.ConnectionString);
        var database = connection.GetDatabase();
        await database.StringSetAsync(first + "key", "value");
        Assert.That((string?)await database.StringGetAsync(first + "key"), Is.EqualTo("value"));
        Assert.That((string?)await database.StringGetAsync(second + "key"), Is.Null);
    }
}
