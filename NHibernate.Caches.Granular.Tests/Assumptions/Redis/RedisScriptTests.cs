using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Redis;

/// <summary>What a script may ask, and what comes of its values on the way.</summary>
public sealed class RedisScriptTests : RedisAssumptionFixture
{
    private const string Field = "local function field(section, name) return string.match(redis.call('INFO', section), name .. ':([^\\r\\n]+)') end ";

    [Test]
    public async Task Script_may_ask_which_run_of_which_server_it_is_in_and_what_part_that_plays()
    {
        var told = (string?[]?)await Run(Field + "return {field('server', 'run_id'), field('replication', 'master_replid'), field('replication', 'role')}");
        Assert.That(told, Is.EqualTo(new[] { await Server.InfoAsync("run_id"), await Server.InfoAsync("master_replid"), "master" }));
        Assert.That(told![..2].Select(id => id!.Length), Is.All.EqualTo(40));
    }

    [Test]
    public async Task Script_may_write_after_it_asked_for_the_time()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await Run("local t = redis.call('TIME'); redis.call('SET', KEYS[1], t[1])", ["time"]);
        Assert.That((long)await Database.StringGetAsync("time"), Is.InRange(before, before + 30));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase((1L << 53) - 1)]
    [TestCase(1L << 53)]
    public async Task Struct_packs_integers_exactly_up_to_what_a_double_holds(long number)
    {
        var packed = (byte[]?)await Run("return struct.pack('>I8', ARGV[1])", null, number);
        Assert.That(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(packed), Is.EqualTo(number));
        Assert.That((long)await Run("return struct.unpack('>I8', ARGV[1])", null, packed), Is.EqualTo(number));
    }

    [Test]
    public async Task Beyond_what_a_double_holds_only_text_is_exact()
    {
        const long number = (1L << 53) + 1;
        Assert.That((long)await Run("return tonumber(ARGV[1])", null, number), Is.Not.EqualTo(number));
        await Run("redis.call('HSET', KEYS[1], 'n', ARGV[1])", ["hash"], number - 1);
        Assert.That((long)await Run("return redis.call('HINCRBY', KEYS[1], 'n', 1)", ["hash"]), Is.Not.EqualTo(number), "its reply became a double");
        Assert.That((string?)await Run("return redis.call('HGET', KEYS[1], 'n')", ["hash"]), Is.EqualTo(number.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task Arguments_keys_and_results_may_be_any_bytes()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        Assert.That((byte[]?)await Run("redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])", [bytes], bytes), Is.EqualTo(bytes));
        Assert.That((byte[]?)await Database.StringGetAsync(bytes), Is.EqualTo(bytes));
    }

    [Test]
    public async Task What_a_script_wrote_before_it_failed_stays_written()
    {
        Assert.That(async () => await Run("redis.call('SET', KEYS[1], 'half'); error('broken')", ["key"]), Throws.InstanceOf<RedisServerException>());
        Assert.That((string?)await Database.StringGetAsync("key"), Is.EqualTo("half"));
    }

    [Test]
    public async Task Missing_value_is_false_and_a_fraction_is_cut_off()
    {
        Assert.That((bool)await Run("return redis.call('HGET', KEYS[1], 'no') == false", ["hash"]), Is.True);
        Assert.That((long)await Run("return 3.99"), Is.EqualTo(3));
        Assert.That(((RedisResult[]?)await Run("return {1, nil, 3}"))!, Has.Length.EqualTo(1), "a list ends at its first nil");
    }

    [Test]
    public async Task Unpack_has_a_limit_that_a_loop_has_not()
    {
        const string fill = "local t = {}; for i = 1, 10000 do t[i] = i end; ";
        Assert.That(async () => await Run(fill + "return #{unpack(t)}"), Throws.InstanceOf<RedisServerException>().With.Message.Contains("too many results to unpack"));
        Assert.That((long)await Run(fill + "local n = 0; for _ in ipairs(t) do n = n + 1 end; return n"), Is.EqualTo(10000));
    }
}
