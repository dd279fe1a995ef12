using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>The corners of the commands that the scripts use.</summary>
public sealed class RedisCommandTests : RedisAssumptionFixture
{
    [Test]
    public async Task Hincrby_begins_at_nothing_and_says_the_new_value()
    {
        Assert.That(await Database.HashIncrementAsync("hash", "n"), Is.EqualTo(1));
        Assert.That(await Database.HashIncrementAsync("hash", "n", -3), Is.EqualTo(-2));
    }

    [Test]
    public async Task Hincrby_refuses_what_is_no_integer_or_would_overflow()
    {
        await Database.HashSetAsync("hash", [new("text", "x"), new("most", long.MaxValue)]);
        Assert.That(async () => await Database.HashIncrementAsync("hash", "text"), Throws.InstanceOf<RedisServerException>().With.Message.Contains("not an integer"));
        Assert.That(async () => await Database.HashIncrementAsync("hash", "most"), Throws.InstanceOf<RedisServerException>().With.Message.Contains("overflow"));
    }

    [Test]
    public async Task Hset_says_whether_the_field_is_new_and_leaves_the_expiry()
    {
        Assert.That(await Database.HashSetAsync("hash", "field", 1), Is.True);
        Assert.That(await Database.KeyExpireAsync("hash", TimeSpan.FromHours(1)), Is.True);
        Assert.That(await Database.HashSetAsync("hash", "field", 2), Is.False);
        Assert.That(await Database.HashIncrementAsync("hash", "field"), Is.EqualTo(3));
        Assert.That(await Database.KeyTimeToLiveAsync("hash"), Is.GreaterThan(TimeSpan.FromMinutes(59)));
    }

    [Test]
    public async Task Last_field_takes_the_hash_with_it_and_its_expiry()
    {
        await Database.HashSetAsync("hash", "field", 1);
        await Database.KeyExpireAsync("hash", TimeSpan.FromHours(1));
        await Database.HashDeleteAsync("hash", "field");
        Assert.That(await Database.KeyExistsAsync("hash"), Is.False);
        await Database.HashSetAsync("hash", "field", 1);
        Assert.That(await Database.KeyTimeToLiveAsync("hash"), Is.Null);
    }

    [Test]
    public async Task Pexpire_replaces_an_expiry_and_does_nothing_to_what_is_not_there()
    {
        Assert.That((long)await Database.ExecuteAsync("PEXPIRE", "none", 1000), Is.Zero);
        await Database.StringSetAsync("key", 1, TimeSpan.FromHours(1));
        Assert.That((long)await Database.ExecuteAsync("PEXPIRE", "key", 1000), Is.EqualTo(1));
        Assert.That(await Database.KeyTimeToLiveAsync("key"), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));
        Assert.That((long)await Database.ExecuteAsync("PEXPIRE", "key", 0), Is.EqualTo(1));
        Assert.That(await Database.KeyExistsAsync("key"), Is.False, "nothing left to live deletes");
    }

    [Test]
    public async Task Set_removes_an_expiry()
    {
        await Database.StringSetAsync("key", 1, TimeSpan.FromHours(1));
        await Database.ExecuteAsync("SET", "key", 2);
        Assert.That(await Database.KeyTimeToLiveAsync("key"), Is.Null);
    }

    [Test]
    public async Task Setrange_fills_up_with_zeroes_says_the_length_and_leaves_the_expiry()
    {
        Assert.That((long)await Database.StringSetRangeAsync("key", 3, "ab"), Is.EqualTo(5));
        Assert.That((byte[]?)await Database.StringGetAsync("key"), Is.EqualTo("\0\0\0ab"u8.ToArray()));
        await Database.KeyExpireAsync("key", TimeSpan.FromHours(1));
        Assert.That((long)await Database.StringSetRangeAsync("key", 1, "x"), Is.EqualTo(5));
        Assert.That((byte[]?)await Database.StringGetAsync("key"), Is.EqualTo("\0x\0ab"u8.ToArray()));
        Assert.That(await Database.KeyTimeToLiveAsync("key"), Is.GreaterThan(TimeSpan.FromMinutes(59)));
    }

    // Keys that a script sees do not run out while it runs, but one that has run out is gone for it.
    [Test]
    public async Task Key_does_not_expire_within_a_script()
    {
        const string script = "redis.call('SET', KEYS[1], 1, 'PX', 1); local n = 0; repeat n = n + 1 until n > 2000000; return redis.call('EXISTS', KEYS[1])";
        Assert.That((long)await Run(script, ["key"]), Is.EqualTo(1));
        Assert.That(await Database.KeyExistsAsync("key"), Is.False);
    }
}
