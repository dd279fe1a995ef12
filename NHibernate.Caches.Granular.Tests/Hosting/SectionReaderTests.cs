using System.Text;
using Microsoft.Extensions.Configuration;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Hosting;
using NHibernate.Caches.Granular.Tests.Documentation;

namespace NHibernate.Caches.Granular.Tests.Hosting;

/// <summary>A section of an application's configuration says what the properties say.</summary>
public sealed class SectionReaderTests
{
    /// <summary>What is said in code only holds objects.</summary>
    private static IEnumerable<TestCaseData> Options => DocumentPage.Read("docs/configuration.md").Table("Property")
        .Where(row => row.Length == 7 && row[0] != "cache.granular.registration" && !row[1].StartsWith("Profiles", StringComparison.Ordinal))
        .Select(row => new TestCaseData(row[1].Replace("[\"NAME\"].", ":NAME:", StringComparison.Ordinal).Replace('.', ':'), row[0]).SetArgDisplayNames(row[1]));

    [TestCaseSource(nameof(Options))]
    public void Every_option_is_named_as_in_code_and_means_the_property(string path, string property) =>
        Assert.That(Read((path, "1")), Is.EqualTo(new Dictionary<string, string> { [property] = "1" }));

    [TestCase("expiration", "60", "cache.default_expiration", "60")]
    [TestCase("Expiration", "0.5", "cache.default_expiration", "0.5")]
    [TestCase("Expiration", "00:05:00", "cache.default_expiration", "300")]
    [TestCase("Expiration", "1.00:00:00", "cache.default_expiration", "86400")]
    [TestCase("Redis:Configuration", "redis.example:6379", "cache.configuration", "redis.example:6379")]
    [TestCase("Regions:Shop.Product:Expiration", "7", "cache.granular.region.Shop.Product.expiration", "7")]
    [TestCase("Profiles:Shop.Domain.*:Operations", "get, fetch", "cache.granular.profile.Shop.Domain.*.operations", "get, fetch")]
    [TestCase("Profiles:Default:SingleFlight", "process", "cache.granular.profile.*.single_flight", "process")]
    [TestCase("Profiles:Shop.Domain.Order:Expiration:Count", "00:00:05", "cache.granular.profile.Shop.Domain.Order.expiration.count", "5")]
    public void Names_and_values_are_translated(string path, string value, string property, string expected) =>
        Assert.That(Read((path, value)), Is.EqualTo(new Dictionary<string, string> { [property] = expected }));

    [Test]
    public void List_is_names_with_commas_between_them() =>
        Assert.That(
            Read(("Profiles:*:Operations:0", "get"), ("Profiles:*:Operations:1", "fetch")),
            Is.EqualTo(new Dictionary<string, string> { ["cache.granular.profile.*.operations"] = "get, fetch" }));

    [Test]
    public void Value_and_what_is_below_it_are_both_read()
    {
        const string json = """{ "Granular": { "Profiles": { "Default": { "Expiration": 60 }, "A.*": { "Operations": "get" }, "7": { "Layout": "full" } } } }""";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var environment = new Dictionary<string, string?> { ["Granular:Profiles:Default:Expiration:Count"] = "10", ["Granular:Profiles:A.*:Operations:0"] = "fetch" };
        var section = new ConfigurationBuilder().AddJsonStream(stream).AddInMemoryCollection(environment).Build().GetSection("Granular");
        Assert.That(SectionReader.Read(section).ToDictionary(), Is.EqualTo(new Dictionary<string, string>
        {
            ["cache.granular.profile.*.expiration"] = "60",
            ["cache.granular.profile.*.expiration.count"] = "10",
            ["cache.granular.profile.A.*.operations"] = "fetch",
            ["cache.granular.profile.7.layout"] = "full",
        }));
    }

    [Test]
    public void What_has_no_value_is_no_property()
    {
        const string json = """{ "Granular": { "MaxRows": null, "Redis": {}, "Profiles": { "Default": { "Expiration": null, "Layout": {} }, "A": {} } } }""";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Assert.That(SectionReader.Read(new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Granular")), Is.Empty);
    }

    [Test]
    public void Json_is_read_with_its_own_kinds_of_values()
    {
        const string json = """{ "Cache": { "Enabled": false, "MaxRows": 5, "Redis": { "FailurePolicy": "Strict" }, "Profiles": { "A.*": { "Operations": [ "get", "count" ] } } } }""";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var section = new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Cache");
        var options = SectionReader.Read(section).ToDictionary();
        Assert.That(OptionsReader.Read(options).Enabled, Is.False);
        Assert.That(OptionsReader.Read(options).MaxRows, Is.EqualTo(5));
        Assert.That(OptionsReader.Read(options).Redis.FailurePolicy, Is.EqualTo(FailurePolicy.Strict));
        Assert.That(OptionsReader.Read(options).Profiles.ByPattern["A.*"].Operations, Is.EqualTo(CachedOperations.Get | CachedOperations.Count));
    }

    [Test]
    public void What_is_no_option_is_an_error_that_names_all_of_it() =>
        Assert.That(
            () => Read(("Expiraton", "60"), ("Redis:Timeot", "1"), ("Regions:A:Weather", "fine"), ("MaxRows", "5"), ("Payloads", "x"), ("Profiles:A", "x")),
            Throws.TypeOf<CacheException>().With.Message.StartsWith("The granular cache cannot start. The configuration holds what is no option of it: Granular:Expiraton, Granular:Payloads, Granular:Profiles:A, Granular:Redis:Timeot, Granular:Regions:A:Weather. It knows "));

    private static Dictionary<string, string> Read(params (string Path, string Value)[] values) =>
        SectionReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => "Granular:" + value.Path, value => (string?)value.Value)).Build().GetSection("Granular")).ToDictionary();
}
