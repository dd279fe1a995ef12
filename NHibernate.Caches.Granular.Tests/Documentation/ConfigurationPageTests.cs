using System.Reflection;
using System.Xml;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Cfg;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about configuration says what the options and their reader do.</summary>
public sealed class ConfigurationPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/configuration.md");

    private static IEnumerable<string[]> Options => s_page.Table("Property").Where(row => row.Length == 7);

    private static Dictionary<string, string> Defaults => new(OptionsReader.Write(new GranularCacheOptions()), StringComparer.Ordinal);

    /// <summary>Every property there is, each with some value.</summary>
    private static IEnumerable<string> KnownProperties
    {
        get
        {
            var options = new GranularCacheOptions { DatabaseIdentity = "any" };
            options.Regions["NAME"] = new RegionOptions { Expiration = TimeSpan.FromSeconds(1), UseSlidingExpiration = true, Layout = ResultLayout.Full };
            (options.Redis.Configuration, options.Redis.Database, options.Redis.KeyPrefix, options.Redis.EnvironmentName) = ("localhost", 0, "any", "any");
            options.Redis.Connect = _ => throw new NotSupportedException();
            return OptionsReader.Write(options).Select(pair => pair.Key);
        }
    }

    private static IEnumerable<TestCaseData> Ranges => Options.Where(row => row[4].Contains(" to ", StringComparison.Ordinal))
        .Select(row => new TestCaseData(row[0], row[4].Split(" to ")[0], row[4].Split(" to ")[1]).SetArgDisplayNames(row[0]));

    private static IEnumerable<TestCaseData> Choices => Options.Where(row => row[4].Contains(" or ", StringComparison.Ordinal))
        .Select(row => new TestCaseData(row[0], row[4].Split(" or ")).SetArgDisplayNames(row[0]));

    [Test]
    public void Table_lists_every_option_and_no_other() =>
        Assert.That(Options.Select(row => row[0]), Is.EquivalentTo(KnownProperties));

    [Test]
    public void Table_names_every_property_of_the_options_class()
    {
        var properties = Public<GranularCacheOptions>().Where(name => name is not (nameof(GranularCacheOptions.Regions) or nameof(GranularCacheOptions.Redis) or nameof(GranularCacheOptions.Profiles)))
            .Concat(Public<RedisOptions>().Select(name => $"Redis.{name}"))
            .Concat(Public<RegionOptions>().Select(name => $"Regions[\"NAME\"].{name}"));

        Assert.That(Options.SelectMany(row => row[1].Split("`, `")), Is.EquivalentTo(properties));
    }

    [Test]
    public void Defaults_are_those_of_the_options_class()
    {
        foreach (var row in Options)
        {
            var expected = row[0].StartsWith("cache.granular.region.", StringComparison.Ordinal) ? "inherited" : Defaults.GetValueOrDefault(row[0], "none");
            Assert.That(row[3], Is.EqualTo(expected), row[0]);
        }
    }

    [TestCaseSource(nameof(Ranges))]
    public void Both_ends_of_a_range_are_accepted_and_what_is_below_or_above_is_refused(string property, string least, string most)
    {
        Assert.That(() => Read(property, least), Throws.Nothing);
        Assert.That(() => Read(property, most), Throws.Nothing);
        Assert.That(() => Read(property, least == "1" ? "0" : least == "-1" ? "-2" : "0.0001"), Throws.InstanceOf<CacheException>().With.Message.Contains($"from {least} to {most}"));
        Assert.That(() => Read(property, most + "0"), Throws.InstanceOf<CacheException>());
    }

    [TestCaseSource(nameof(Choices))]
    public void Choices_are_accepted_and_anything_else_is_refused(string property, string[] choices)
    {
        foreach (var choice in choices)
            Assert.That(() => Read(property, choice), Throws.Nothing);
        Assert.That(() => Read(property, "perhaps"), Throws.InstanceOf<CacheException>().With.Message.Contains(property));
    }

    [Test]
    public void Properties_of_other_packages_are_treated_as_the_table_says()
    {
        foreach (var (property, what) in Others())
        {
            if (what.StartsWith("refused", StringComparison.Ordinal))
                Assert.That(() => Read(property.Replace("*", "any", StringComparison.Ordinal), "any"), Throws.InstanceOf<CacheException>(), property);
            else if (what.StartsWith("ignored", StringComparison.Ordinal))
                Assert.That(() => Read(property.Replace("*", "any", StringComparison.Ordinal), "any"), Throws.Nothing, property);
        }
    }

    [Test]
    public void Every_ignored_property_is_listed()
    {
        Assert.That(Others().Where(row => row.What.StartsWith("ignored", StringComparison.Ordinal)).Select(row => row.Property), Is.EquivalentTo(OtherPackages.Ignored));
    }

    [Test]
    public void Later_of_two_names_of_the_expiration_counts()
    {
        var both = new Dictionary<string, string> { ["cache.default_expiration"] = "7", ["expiration"] = "5" };

        Assert.That(OptionsReader.Read(both).Expiration, Is.EqualTo(TimeSpan.FromSeconds(7)));
        both.Remove("cache.default_expiration");
        Assert.That(OptionsReader.Read(both).Expiration, Is.EqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public void Options_written_as_properties_read_as_the_same_options()
    {
        var options = new GranularCacheOptions { DatabaseIdentity = "here", Lease = TimeSpan.FromSeconds(0.5), Serializable = SerializableTransactions.Read, Layout = ResultLayout.Full, MaxRows = 7 };
        options.Regions["NAME"] = new RegionOptions { Expiration = TimeSpan.FromSeconds(3), UseSlidingExpiration = true, Layout = ResultLayout.Shallow };

        var read = OptionsReader.Read(new Dictionary<string, string>(OptionsReader.Write(options), StringComparer.Ordinal));

        Assert.That(OptionsReader.Write(read), Is.EquivalentTo(OptionsReader.Write(options)));
    }

    [Test]
    public void Settings_of_profiles_are_all_listed()
    {
        var rows = s_page.Table("Setting");
        Assert.That(rows.SelectMany(row => row[0].Split("`, `")), Is.EquivalentTo(ProfileSettings.Known.Split(", ")));
        Assert.That(rows.Select(row => row[1].Split('(')[0]), Is.EquivalentTo(Public<CacheProfile>().Append(nameof(CacheProfile.Expire))));
        Assert.That(rows[0][2], Does.StartWith(OperationNames.Known.Replace(", ", "`, `", StringComparison.Ordinal)));
    }

    [Test]
    public void Operations_are_all_listed() =>
        Assert.That(s_page.Table(nameof(CachedOperations)).Select(row => row[0]), Is.EquivalentTo(OperationNames.Single.Select(each => each.Operation.ToString())));

    [Test]
    public void Options_of_a_query_are_all_listed() =>
        Assert.That(s_page.Table("Option").Select(row => row[0].Split('<')[0]), Is.EquivalentTo(Public<QueryCacheOptions>().Append(nameof(QueryCacheOptions.DependsOn))));

    [Test]
    public void Xml_example_of_profiles_is_read()
    {
        using var reader = XmlReader.Create(new StringReader($"<hibernate-configuration xmlns=\"urn:nhibernate-configuration-2.2\"><session-factory>{s_page.Blocks("xml").ElementAt(1)}</session-factory></hibernate-configuration>"));

        var profiles = OptionsReader.Read(new Configuration().Configure(reader).Properties).Profiles.ByPattern;

        Assert.That(profiles.Keys, Is.EquivalentTo(new[] { "*", "Shop.Domain.*", "Blog.Post", "Shop.Domain.Payments.*" }));
        Assert.That(profiles["Shop.Domain.*"].Operations, Is.EqualTo(CachedOperations.Get | CachedOperations.Fetch | CachedOperations.Count));
    }

    [Test]
    public void Xml_example_is_a_valid_configuration()
    {
        var properties = s_page.Blocks("xml").First();
        using var reader = XmlReader.Create(new StringReader($"<hibernate-configuration xmlns=\"urn:nhibernate-configuration-2.2\"><session-factory>{properties}</session-factory></hibernate-configuration>"));

        var configuration = new Configuration().Configure(reader);

        Assert.That(System.Type.GetType(configuration.Properties[Environment.CacheProvider]), Is.EqualTo(typeof(GranularCacheProvider)));
        Assert.That(configuration.Properties[Environment.UseQueryCache], Is.EqualTo("true"));
        Assert.That(OptionsReader.Read(configuration.Properties).Expiration, Is.EqualTo(TimeSpan.FromMinutes(10)));
    }

    private static IEnumerable<(string Property, string What)> Others()
    {
        var text = s_page.Text[s_page.Text.IndexOf("## Properties of other packages", StringComparison.Ordinal)..];
        foreach (var line in text.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal) || line.StartsWith("| any", StringComparison.Ordinal)))
        {
            var cells = line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray();
            yield return (cells[0].Replace("any other ", "", StringComparison.Ordinal).Trim('`'), cells[1]);
        }
    }

    private static GranularCacheOptions Read(string property, string value) => OptionsReader.Read(new Dictionary<string, string> { [property] = value });

    private static IEnumerable<string> Public<T>() => typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Select(property => property.Name);
}
