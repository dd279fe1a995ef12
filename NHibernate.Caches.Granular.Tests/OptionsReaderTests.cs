using NHibernate.Cache;
using NHibernate.Cfg;
using NHibernate.Dialect;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests;

public sealed class OptionsReaderTests
{
    private const string Known = "cache.granular.database_identity, cache.granular.enabled, cache.granular.failure_policy, cache.granular.layout, cache.granular.lease, cache.granular.log_values, cache.granular.max_bytes, cache.granular.max_changes, cache.granular.max_conjunctions, cache.granular.max_entries, cache.granular.max_in_values, cache.granular.max_rows, cache.granular.max_shapes_per_table, cache.granular.max_time_to_live, cache.granular.redis_timeout, cache.granular.registration, cache.granular.serializable, cache.granular.single_flight, cache.granular.single_flight_wait";

    [Test]
    public void Defaults_are_the_documented_ones()
    {
        var options = Read();
        Assert.Multiple(() =>
        {
            Assert.That(options.Enabled, Is.True);
            Assert.That(options.DatabaseIdentity, Is.Null);
            Assert.That(options.Lease, Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That(options.MaxTimeToLive, Is.EqualTo(TimeSpan.FromDays(1)));
            Assert.That(options.Expiration, Is.EqualTo(TimeSpan.FromSeconds(300)));
            Assert.That(options.UseSlidingExpiration, Is.False);
            Assert.That(options.Serializable, Is.EqualTo(SerializableTransactions.Bypass));
            Assert.That(options.Layout, Is.EqualTo(ResultLayout.Auto));
            Assert.That(options.MaxEntries, Is.EqualTo(100_000));
            Assert.That(options.MaxConjunctions, Is.EqualTo(64));
            Assert.That(options.MaxInValues, Is.EqualTo(128));
            Assert.That(options.MaxShapesPerTable, Is.EqualTo(256));
            Assert.That(options.MaxRows, Is.EqualTo(10_000));
            Assert.That(options.MaxChanges, Is.EqualTo(10_000));
            Assert.That(options.Regions, Is.Empty);
            Assert.That((options.Redis.Configuration, options.Redis.Database, options.Redis.KeyPrefix, options.Redis.EnvironmentName), Is.EqualTo(((string?)null, (int?)null, (string?)null, (string?)null)));
            Assert.That((options.Redis.Timeout, options.Redis.FailurePolicy, options.Redis.MaxBytes), Is.EqualTo((TimeSpan.FromSeconds(1), FailurePolicy.Degrade, 4_194_304)));
            Assert.That((options.Redis.ConnectionMultiplexer, options.Redis.Connect, options.Redis.IsUsed), Is.EqualTo(((IConnectionMultiplexer?)null, (Func<ConfigurationOptions, IConnectionMultiplexer>?)null, false)));
        });
    }

    [Test]
    public void Every_default_is_named_in_the_comment_of_its_option()
    {
        var source = string.Concat(new[] { "GranularCacheOptions.cs", "RedisOptions.cs" }.Select(file => File.ReadAllText(Path.Combine(Architecture.LibrarySource.Directory, file))));
        string[] defaults = ["Default 1 s", "Default degrade", "Default 4,194,304", "Default true", "Default null", "Default 30 s", "Default 1 day", "Default 300 s", "Default off", "Default false", "Default bypass", "Default auto", "Default 100,000", "Default 64", "Default 128", "Default 256", "Default 10,000"];
        Assert.That(defaults.Where(text => !source.Contains(text, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Every_property_is_read()
    {
        var options = Read(
            ("cache.granular.enabled", "false"),
            ("cache.granular.database_identity", " main "),
            ("cache.granular.lease", "0.25"),
            ("cache.granular.max_time_to_live", "60"),
            ("cache.default_expiration", "5"),
            ("cache.use_sliding_expiration", "True"),
            ("cache.granular.serializable", "READ"),
            ("cache.granular.layout", "Full"),
            ("cache.granular.single_flight", "Nodes"),
            ("cache.granular.single_flight_wait", "0.75"),
            ("cache.granular.max_entries", "1"),
            ("cache.granular.max_conjunctions", "2"),
            ("cache.granular.max_in_values", "3"),
            ("cache.granular.max_shapes_per_table", "4"),
            ("cache.granular.max_rows", "5"),
            ("cache.granular.max_changes", "6"),
            ("cache.configuration", "one:6379,two,ssl=true"),
            ("cache.database", "3"),
            ("cache.key_prefix", "shop:"),
            ("cache.environment_name", "test:"),
            ("cache.granular.redis_timeout", "0.2"),
            ("cache.granular.failure_policy", "STRICT"),
            ("cache.granular.max_bytes", "7"),
            ("cache.granular.region.Blog.Post.expiration", "7"),
            ("cache.granular.region.Blog.Post.use_sliding_expiration", "true"),
            ("cache.granular.region.Blog.Post.layout", "shallow"));
        Assert.Multiple(() =>
        {
            Assert.That((options.SingleFlight, options.SingleFlightWait), Is.EqualTo((SingleFlight.Nodes, TimeSpan.FromSeconds(0.75))));
            Assert.That((options.Enabled, options.DatabaseIdentity, options.UseSlidingExpiration), Is.EqualTo((false, "main", true)));
            Assert.That((options.Lease, options.MaxTimeToLive, options.Expiration), Is.EqualTo((TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5))));
            Assert.That((options.Serializable, options.Layout), Is.EqualTo((SerializableTransactions.Read, ResultLayout.Full)));
            Assert.That((options.MaxEntries, options.MaxConjunctions, options.MaxInValues, options.MaxShapesPerTable, options.MaxRows, options.MaxChanges), Is.EqualTo((1, 2, 3, 4, 5, 6)));
            Assert.That((options.Redis.Configuration, options.Redis.Database, options.Redis.KeyPrefix, options.Redis.EnvironmentName), Is.EqualTo(("one:6379,two,ssl=true", (int?)3, "shop:", "test:")));
            Assert.That((options.Redis.Timeout, options.Redis.FailurePolicy, options.Redis.MaxBytes, options.Redis.IsUsed), Is.EqualTo((TimeSpan.FromSeconds(0.2), FailurePolicy.Strict, 7, true)));
            Assert.That((options.Regions["Blog.Post"].Expiration, options.Regions["Blog.Post"].UseSlidingExpiration, options.Regions["Blog.Post"].Layout), Is.EqualTo(((TimeSpan?)TimeSpan.FromSeconds(7), (bool?)true, (ResultLayout?)ResultLayout.Shallow)));
        });
    }

    [Test]
    public void Default_expiration_counts_more_than_expiration() =>
        Assert.That(Read(("expiration", "5"), ("cache.default_expiration", "9")).Expiration, Is.EqualTo(TimeSpan.FromSeconds(9)));

    [Test]
    public void Use_sliding_expiration_counts_more_than_sliding()
    {
        Assert.That(Read(("sliding", "true")).UseSlidingExpiration, Is.True);
        Assert.That(Read(("sliding", "true"), ("cache.use_sliding_expiration", "false")).UseSlidingExpiration, Is.False);
    }

    [Test]
    public void Database_minus_one_is_the_configuration_string_s() => Assert.That(Read(("cache.database", "-1")).Redis.Database, Is.Null);

    [Test]
    public void Blank_value_is_no_value() => Assert.That(Read(("cache.granular.max_rows", "  ")).MaxRows, Is.EqualTo(10_000));

    [Test]
    public void Properties_of_others_do_not_matter() => Assert.That(() => Read(("connection.isolation", "ReadCommitted"), ("cache.region_prefix", "my"), ("something", "else")), Throws.Nothing);

    [TestCase("cache.granular.enabled", "yes", "is \"yes\"; it takes true or false")]
    [TestCase("cache.use_sliding_expiration", "1", "is \"1\"; it takes true or false")]
    [TestCase("cache.granular.log_values", "some", "is \"some\"; it takes true or false")]
    [TestCase("cache.granular.lease", "0", "is \"0\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.lease", "-1", "is \"-1\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.lease", "00:00:30", "is \"00:00:30\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.lease", "1,5", "is \"1,5\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.lease", "NaN", "is \"NaN\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.lease", "99999999999", "is \"99999999999\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.max_time_to_live", "0.5", "is \"0.5\"; it takes seconds from 1 to 2147483647")]
    [TestCase("cache.default_expiration", "soon", "is \"soon\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("expiration", "0", "is \"0\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.serializable", "maybe", "is \"maybe\"; this version takes bypass or read")]
    [TestCase("cache.granular.layout", "deep", "is \"deep\"; this version takes auto or shallow or full")]
    [TestCase("cache.granular.region.Post.layout", "deep", "is \"deep\"; this version takes auto or shallow or full")]
    [TestCase("cache.granular.single_flight", "on", "is \"on\"; this version takes off or process or nodes")]
    [TestCase("cache.granular.single_flight_wait", "0", "is \"0\"; it takes seconds from 0.001 to 60")]
    [TestCase("cache.granular.max_entries", "0", "is \"0\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_conjunctions", "-3", "is \"-3\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_in_values", "1.5", "is \"1.5\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_shapes_per_table", "many", "is \"many\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_rows", "1e3", "is \"1e3\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_changes", "3000000000", "is \"3000000000\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.region.Post.expiration", "0", "is \"0\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.region.Post.use_sliding_expiration", "no", "is \"no\"; it takes true or false")]
    [TestCase("cache.database", "-2", "is \"-2\"; it takes a whole number from -1 to 2147483647, -1 being the one that cache.configuration names")]
    [TestCase("cache.database", "first", "is \"first\"; it takes a whole number from -1 to 2147483647, -1 being the one that cache.configuration names")]
    [TestCase("cache.key_prefix", "{shop}", "is \"{shop}\"; it takes any text without braces")]
    [TestCase("cache.environment_name", "a}", "is \"a}\"; it takes any text without braces")]
    [TestCase("cache.granular.redis_timeout", "0.009", "is \"0.009\"; it takes seconds from 0.01 to 60")]
    [TestCase("cache.granular.redis_timeout", "61", "is \"61\"; it takes seconds from 0.01 to 60")]
    [TestCase("cache.granular.failure_policy", "ignore", "is \"ignore\"; this version takes degrade or strict")]
    [TestCase("cache.granular.max_bytes", "0", "is \"0\"; it takes a whole number from 1 to 536870912")]
    [TestCase("cache.granular.max_bytes", "536870913", "is \"536870913\"; it takes a whole number from 1 to 536870912")]
    [TestCase("cache.granular.registration", "gone", "names objects that are not in this process, or no longer; call UseGranularCache on the configuration that the session factory is built from, or remove the property")]
    [TestCase("cache.configuration", "abortConnect=false", "names no server; it takes a configuration string of StackExchange.Redis, such as \"redis.example:6379\"")]
    [TestCase("cache.configuration", "redis://localhost/first", "is not understood: what stands behind the server is no number of a database")]
    [TestCase("cache.configuration", "redis://localhost/0?ssl=true", "is not understood: it is no URL such as redis://user:password@host:6379/0, without anything behind the database")]
    [TestCase("cache.configuration", "redis://:pass/word@localhost/0", "is not understood: it is no URL such as redis://user:password@host:6379/0, without anything behind the database")]
    [TestCase("cache.configuration", "localhost,abortConnect=perhaps", "is not understood by StackExchange.Redis: Keyword 'abortConnect' requires a boolean value; the value 'perhaps' is not recognised")]
    [TestCase("cache.configuration", "localhost,abortConect=false", "is not understood by StackExchange.Redis: Keyword 'abortConect' is not supported")]
    [TestCase("cache.configuration", "localhost,password=a,b=c", "is not understood by StackExchange.Redis: an unknown keyword, not shown since it may be the rest of a password with a comma in it")]
    [TestCase("cache.configuration", "localhost,password=a,syncTimeout=c", "is not understood by StackExchange.Redis: Keyword 'syncTimeout' requires an integer value; the value 'c' is not recognised")]
    [TestCase("cache.granular.max_row", "5", "is not a property of the granular cache; it knows " + Known)]
    [TestCase("cache.granular.region.Post.ttl", "5", "is not a property of the granular cache; it knows " + Known)]
    public void Fault_is_told_with_the_property_its_value_and_what_it_takes(string property, string value, string what) =>
        Assert.That(() => Read((property, value)), Throws.TypeOf<CacheException>().With.Message.EqualTo($"The granular cache cannot start. Property \"{property}\" {what}."));

    [Test]
    public void All_faults_are_told_at_once() =>
        Assert.That(() => Read(("cache.granular.zzz", "1"), ("cache.granular.lease", "x"), ("cache.granular.enabled", "y"), ("cache.granular.max_rows", "0"), ("cache.configuration", "ssl=true"), ("cache.database", "x")), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. "
            + "Property \"cache.granular.enabled\" is \"y\"; it takes true or false. "
            + "Property \"cache.granular.lease\" is \"x\"; it takes seconds from 0.001 to 2147483647. "
            + "Property \"cache.granular.max_rows\" is \"0\"; it takes a whole number from 1 to 2147483647. "
            + "Property \"cache.database\" is \"x\"; it takes a whole number from -1 to 2147483647, -1 being the one that cache.configuration names. "
            + "Property \"cache.configuration\" names no server; it takes a configuration string of StackExchange.Redis, such as \"redis.example:6379\". "
            + $"Property \"cache.granular.zzz\" is not a property of the granular cache; it knows {Known}."));

    [TestCaseSource(typeof(StackExchangeRedisProperties), nameof(StackExchangeRedisProperties.All))]
    public void Property_of_NHibernate_Caches_StackExchangeRedis_works_or_is_named_in_one_warning(KeyValuePair<string, string> property)
    {
        var (works, isNamed) = StackExchangeRedisProperties.Try(property.Key, property.Value);
        Assert.That(works, Is.Not.EqualTo(isNamed));
    }

    [Test]
    public void All_ignored_properties_are_named_in_one_warning()
    {
        using var log = new RecordedLog();
        Read(("cache.serializer", "a"), ("cache.lock.retry_times", "3"), ("cache.region_strategy", "b"), ("cache.region_strategy.default.use_pubsub", "true"));
        Assert.That(log.Messages, Is.EqualTo(new[] { "GC103 These properties have no meaning for the granular cache and are ignored: cache.lock.retry_times, cache.region_strategy, cache.region_strategy.default.use_pubsub, cache.serializer." }));
    }

    [Test]
    public void Settings_of_Redis_without_Redis_are_named_in_a_warning()
    {
        using var log = new RecordedLog();
        Read(("cache.database", "3"), ("cache.granular.failure_policy", "strict"));
        Assert.That(log.Messages, Is.EqualTo(new[] { "GC110 The cache is kept in this process and hears of no other process's changes, although these properties say how Redis is used: cache.database, cache.granular.failure_policy. Set cache.configuration to share it, or remove them." }));
    }

    [Test]
    public void Limit_of_Redis_must_be_shorter_than_the_lease()
    {
        Assert.That(() => Read(("cache.configuration", "localhost"), ("cache.granular.lease", "2"), ("cache.granular.redis_timeout", "2")), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.granular.redis_timeout\" is not shorter than cache.granular.lease; a lock could end before its commit is sent."));
        Assert.That(() => Read(("cache.granular.lease", "2"), ("cache.granular.redis_timeout", "2")), Throws.Nothing, "without Redis it has no meaning");
    }

    [Test]
    public void Redis_needs_a_name_for_a_database_that_is_not_asked_for_its_own()
    {
        var redis = new Dictionary<string, string> { ["cache.configuration"] = "localhost" };
        Assert.That(() => OptionsReader.Read(redis, new PostgreSQL83Dialect()), Throws.Nothing);
        Assert.That(() => OptionsReader.Read(new Dictionary<string, string>(), new MsSql2012Dialect()), Throws.Nothing);
        Assert.That(() => OptionsReader.Read(redis, new MsSql2012Dialect()), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.granular.database_identity\" is not set, and a database of MsSql2012Dialect is not asked which one it is; with Redis, set it to a name that all nodes on this database have and no others."));
        redis["cache.granular.database_identity"] = "shop";
        Assert.That(() => OptionsReader.Read(redis, new MsSql2012Dialect()), Throws.Nothing);
    }

    [Test]
    public void What_UseGranularCache_writes_is_what_is_read()
    {
        var configuration = new Configuration().UseGranularCache(Set);
        var expected = new GranularCacheOptions();
        Set(expected);
        var options = OptionsReader.Read(configuration.Properties);
        Assert.Multiple(() =>
        {
            foreach (var property in typeof(GranularCacheOptions).GetProperties().Where(property => property.Name is not (nameof(GranularCacheOptions.Regions) or nameof(GranularCacheOptions.Redis) or nameof(GranularCacheOptions.Profiles) or nameof(GranularCacheOptions.Payloads))))
                Assert.That(property.GetValue(options), Is.EqualTo(property.GetValue(expected)), property.Name);
            foreach (var property in typeof(RedisOptions).GetProperties())
                Assert.That(property.GetValue(options.Redis), Is.EqualTo(property.GetValue(expected.Redis)), property.Name);
            Assert.That(options.Regions.Keys, Is.EquivalentTo(expected.Regions.Keys));
            Assert.That((options.Regions["A.B"].Expiration, options.Regions["A.B"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)TimeSpan.FromMinutes(2), (bool?)null)));
            Assert.That((options.Regions["C"].Expiration, options.Regions["C"].UseSlidingExpiration, options.Regions["C"].Layout), Is.EqualTo(((TimeSpan?)null, (bool?)false, (ResultLayout?)ResultLayout.Auto)));
        });
    }

    [Test]
    public void Test_of_the_round_trip_sets_every_option_to_something_else()
    {
        var (defaults, other) = (new GranularCacheOptions(), new GranularCacheOptions());
        Set(other);
        Assert.That(typeof(GranularCacheOptions).GetProperties().Where(property => Equals(property.GetValue(defaults), property.GetValue(other))).Select(property => property.Name), Is.Empty);
        // It takes the place of the configuration string.
        Assert.That(typeof(RedisOptions).GetProperties().Where(property => Equals(property.GetValue(defaults.Redis), property.GetValue(other.Redis))).Select(property => property.Name), Is.EqualTo(new[] { nameof(RedisOptions.ConnectionMultiplexer) }));
    }

    [Test]
    public void What_UseGranularCache_does_not_change_stays_as_the_properties_say()
    {
        var configuration = new Configuration().SetProperty("cache.granular.max_rows", "5").SetProperty("cache.key_prefix", "shop:").SetProperty("cache.granular.lease", "long").SetProperty("cache.database", "2");
        configuration.UseGranularCache(options =>
        {
            options.MaxChanges = 3;
            options.Redis.Database = null;
        });
        Assert.That(configuration.GetProperty("cache.granular.lease"), Is.EqualTo("long"), "what is wrong is told when the factory is built");
        configuration.UseGranularCache(options => options.Lease = TimeSpan.FromSeconds(9));

        var options = OptionsReader.Read(configuration.Properties);
        Assert.That((options.MaxRows, options.MaxChanges, options.Lease, options.Redis.KeyPrefix, options.Redis.Database), Is.EqualTo((5, 3, TimeSpan.FromSeconds(9), "shop:", (int?)null)));
        Assert.That(configuration.Properties.Keys, Does.Not.Contain("cache.granular.failure_policy").And.Not.Contain("cache.database"));
    }

    [Test]
    public void UseGranularCache_sets_provider_second_level_cache_and_query_cache()
    {
        var configuration = new Configuration().UseGranularCache();
        Assert.Multiple(() =>
        {
            Assert.That(System.Type.GetType(configuration.GetProperty(Cfg.Environment.CacheProvider)), Is.EqualTo(typeof(GranularCacheProvider)));
            Assert.That(configuration.GetProperty(Cfg.Environment.UseSecondLevelCache), Is.EqualTo("true"));
            Assert.That(configuration.GetProperty(Cfg.Environment.UseQueryCache), Is.EqualTo("true"));
        });
    }

    private static void Set(GranularCacheOptions options)
    {
        options.Enabled = false;
        options.DatabaseIdentity = "db";
        options.Lease = TimeSpan.FromMilliseconds(1500);
        options.MaxTimeToLive = TimeSpan.FromHours(2);
        options.Expiration = TimeSpan.FromSeconds(7);
        options.UseSlidingExpiration = true;
        options.Serializable = SerializableTransactions.Read;
        options.LogValues = true;
        options.SingleFlight = SingleFlight.Nodes;
        options.SingleFlightWait = TimeSpan.FromMilliseconds(1250);
        options.Layout = ResultLayout.Full;
        (options.MaxEntries, options.MaxConjunctions, options.MaxInValues, options.MaxShapesPerTable, options.MaxRows, options.MaxChanges) = (1, 2, 3, 4, 5, 6);
        options.Redis.Configuration = "localhost";
        (options.Redis.Database, options.Redis.KeyPrefix, options.Redis.EnvironmentName) = (2, "shop:", "test:");
        (options.Redis.Timeout, options.Redis.FailurePolicy, options.Redis.MaxBytes) = (TimeSpan.FromMilliseconds(250), FailurePolicy.Strict, 7);
        options.Redis.Connect = NoConnection;
        options.Regions["A.B"] = new RegionOptions { Expiration = TimeSpan.FromMinutes(2) };
        options.Regions["C"] = new RegionOptions { UseSlidingExpiration = false, Layout = ResultLayout.Auto };
    }

    private static IConnectionMultiplexer NoConnection(ConfigurationOptions prepared) => throw new NotSupportedException();

    private static GranularCacheOptions Read(params (string Name, string Value)[] properties) => OptionsReader.Read(properties.ToDictionary(pair => pair.Name, pair => pair.Value));
}
