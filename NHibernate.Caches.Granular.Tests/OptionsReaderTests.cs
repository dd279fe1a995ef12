using NHibernate.Cache;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests;

public sealed class OptionsReaderTests
{
    private const string Known = "cache.granular.database_identity, cache.granular.enabled, cache.granular.layout, cache.granular.lease, cache.granular.max_changes, cache.granular.max_conjunctions, cache.granular.max_entries, cache.granular.max_in_values, cache.granular.max_rows, cache.granular.max_shapes_per_table, cache.granular.max_time_to_live, cache.granular.serializable, cache.granular.single_flight";

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
            Assert.That(options.MaxEntries, Is.EqualTo(100_000));
            Assert.That(options.MaxConjunctions, Is.EqualTo(64));
            Assert.That(options.MaxInValues, Is.EqualTo(128));
            Assert.That(options.MaxShapesPerTable, Is.EqualTo(256));
            Assert.That(options.MaxRows, Is.EqualTo(10_000));
            Assert.That(options.MaxChanges, Is.EqualTo(10_000));
            Assert.That(options.Regions, Is.Empty);
        });
    }

    [Test]
    public void Every_default_is_named_in_the_comment_of_its_option()
    {
        var source = File.ReadAllText(Path.Combine(Architecture.LibrarySource.Directory, "GranularCacheOptions.cs"));
        string[] defaults = ["Default true", "Default null", "Default 30 s", "Default 1 day", "Default 300 s", "Default false", "Default bypass", "Default 100,000", "Default 64", "Default 128", "Default 256", "Default 10,000"];
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
            ("cache.granular.layout", "auto"),
            ("cache.granular.single_flight", "off"),
            ("cache.granular.max_entries", "1"),
            ("cache.granular.max_conjunctions", "2"),
            ("cache.granular.max_in_values", "3"),
            ("cache.granular.max_shapes_per_table", "4"),
            ("cache.granular.max_rows", "5"),
            ("cache.granular.max_changes", "6"),
            ("cache.granular.region.Blog.Post.expiration", "7"),
            ("cache.granular.region.Blog.Post.use_sliding_expiration", "true"));
        Assert.Multiple(() =>
        {
            Assert.That((options.Enabled, options.DatabaseIdentity, options.UseSlidingExpiration), Is.EqualTo((false, "main", true)));
            Assert.That((options.Lease, options.MaxTimeToLive, options.Expiration), Is.EqualTo((TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5))));
            Assert.That(options.Serializable, Is.EqualTo(SerializableTransactions.Read));
            Assert.That((options.MaxEntries, options.MaxConjunctions, options.MaxInValues, options.MaxShapesPerTable, options.MaxRows, options.MaxChanges), Is.EqualTo((1, 2, 3, 4, 5, 6)));
            Assert.That((options.Regions["Blog.Post"].Expiration, options.Regions["Blog.Post"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)TimeSpan.FromSeconds(7), (bool?)true)));
        });
    }

    [Test]
    public void Default_expiration_counts_more_than_expiration() =>
        Assert.That(Read(("expiration", "5"), ("cache.default_expiration", "9")).Expiration, Is.EqualTo(TimeSpan.FromSeconds(9)));

    [Test]
    public void Blank_value_is_no_value() => Assert.That(Read(("cache.granular.max_rows", "  ")).MaxRows, Is.EqualTo(10_000));

    [Test]
    public void Properties_of_others_do_not_matter() => Assert.That(() => Read(("connection.isolation", "ReadCommitted"), ("cache.region_prefix", "my"), ("something", "else")), Throws.Nothing);

    [TestCase("cache.granular.enabled", "yes", "is \"yes\"; it takes true or false")]
    [TestCase("cache.use_sliding_expiration", "1", "is \"1\"; it takes true or false")]
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
    [TestCase("cache.granular.layout", "full", "is \"full\"; this version takes auto or shallow")]
    [TestCase("cache.granular.single_flight", "on", "is \"on\"; this version takes off")]
    [TestCase("cache.granular.max_entries", "0", "is \"0\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_conjunctions", "-3", "is \"-3\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_in_values", "1.5", "is \"1.5\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_shapes_per_table", "many", "is \"many\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_rows", "1e3", "is \"1e3\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.max_changes", "3000000000", "is \"3000000000\"; it takes a whole number from 1 to 2147483647")]
    [TestCase("cache.granular.region.Post.expiration", "0", "is \"0\"; it takes seconds from 0.001 to 2147483647")]
    [TestCase("cache.granular.region.Post.use_sliding_expiration", "no", "is \"no\"; it takes true or false")]
    [TestCase("cache.configuration", "localhost", "names a Redis server, which this version cannot use; remove it to cache in-process")]
    [TestCase("cache.granular.max_row", "5", "is not a property of the granular cache; it knows " + Known)]
    [TestCase("cache.granular.region.Post.ttl", "5", "is not a property of the granular cache; it knows " + Known)]
    public void Fault_is_told_with_the_property_its_value_and_what_it_takes(string property, string value, string what) =>
        Assert.That(() => Read((property, value)), Throws.TypeOf<CacheException>().With.Message.EqualTo($"The granular cache cannot start. Property \"{property}\" {what}."));

    [Test]
    public void All_faults_are_told_at_once() =>
        Assert.That(() => Read(("cache.granular.zzz", "1"), ("cache.granular.lease", "x"), ("cache.granular.enabled", "y"), ("cache.granular.max_rows", "0"), ("cache.configuration", "redis")), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. "
            + "Property \"cache.granular.enabled\" is \"y\"; it takes true or false. "
            + "Property \"cache.granular.lease\" is \"x\"; it takes seconds from 0.001 to 2147483647. "
            + "Property \"cache.granular.max_rows\" is \"0\"; it takes a whole number from 1 to 2147483647. "
            + "Property \"cache.configuration\" names a Redis server, which this version cannot use; remove it to cache in-process. "
            + $"Property \"cache.granular.zzz\" is not a property of the granular cache; it knows {Known}."));

    [TestCase("cache.serializer")]
    [TestCase("cache.region_strategy")]
    [TestCase("cache.database")]
    [TestCase("cache.key_prefix")]
    [TestCase("cache.environment_name")]
    [TestCase("cache.lock.key_timeout")]
    [TestCase("cache.granular.redis_timeout")]
    [TestCase("cache.granular.failure_policy")]
    [TestCase("cache.granular.max_bytes")]
    public void Property_without_meaning_here_is_accepted(string property) => Assert.That(() => Read((property, "anything")), Throws.Nothing);

    [Test]
    public void What_UseGranularCache_writes_is_what_is_read()
    {
        var configuration = new Configuration().UseGranularCache(Set);
        var expected = new GranularCacheOptions();
        Set(expected);
        var options = OptionsReader.Read(configuration.Properties);
        Assert.Multiple(() =>
        {
            foreach (var property in typeof(GranularCacheOptions).GetProperties().Where(property => property.Name != nameof(GranularCacheOptions.Regions)))
                Assert.That(property.GetValue(options), Is.EqualTo(property.GetValue(expected)), property.Name);
            Assert.That(options.Regions.Keys, Is.EquivalentTo(expected.Regions.Keys));
            Assert.That((options.Regions["A.B"].Expiration, options.Regions["A.B"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)TimeSpan.FromMinutes(2), (bool?)null)));
            Assert.That((options.Regions["C"].Expiration, options.Regions["C"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)null, (bool?)false)));
        });
    }

    [Test]
    public void Test_of_the_round_trip_sets_every_option_to_something_else()
    {
        var (defaults, other) = (new GranularCacheOptions(), new GranularCacheOptions());
        Set(other);
        Assert.That(typeof(GranularCacheOptions).GetProperties().Where(property => Equals(property.GetValue(defaults), property.GetValue(other))).Select(property => property.Name), Is.Empty);
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
        (options.MaxEntries, options.MaxConjunctions, options.MaxInValues, options.MaxShapesPerTable, options.MaxRows, options.MaxChanges) = (1, 2, 3, 4, 5, 6);
        options.Regions["A.B"] = new RegionOptions { Expiration = TimeSpan.FromMinutes(2) };
        options.Regions["C"] = new RegionOptions { UseSlidingExpiration = false };
    }

    private static GranularCacheOptions Read(params (string Name, string Value)[] properties) => OptionsReader.Read(properties.ToDictionary(pair => pair.Name, pair => pair.Value));
}
