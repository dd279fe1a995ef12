namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about moving over says of every setting of the other packages what becomes of it here.</summary>
public sealed class MovingOverPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/moving-over.md");

    private static IEnumerable<TestCaseData> Properties => s_page.Table("Property").Select(row => new TestCaseData(row[0], row[1]).SetArgDisplayNames(row[0]));

    private static IEnumerable<TestCaseData> SettingsOfOthers => s_page.Table("Setting").Select(row => new TestCaseData(row[0], row[1]).SetArgDisplayNames(row[0]));

    [Test]
    public void Every_property_is_listed_and_no_other() =>
        Assert.That(s_page.Table("Property").Select(row => row[0]), Is.EquivalentTo(StackExchangeRedisProperties.All.Keys));

    [TestCaseSource(nameof(Properties))]
    public void Property_does_what_the_table_says(string property, string what) =>
        Assert.That(StackExchangeRedisProperties.Try(property, StackExchangeRedisProperties.All[property]), Is.EqualTo(what == "same" ? (true, false) : (false, true)), what);

    [TestCaseSource(nameof(SettingsOfOthers))]
    public void Setting_of_the_packages_for_one_process_does_what_the_table_says(string property, string what) =>
        Assert.That(
            StackExchangeRedisProperties.Try(property, StackExchangeRedisProperties.All.GetValueOrDefault(property, "any")),
            Is.EqualTo(what == "same" ? (true, false) : (false, true)),
            what);

    [Test]
    public void Settings_of_a_region_are_those_of_its_section()
    {
        Assert.That(s_page.Table("Attribute").Select(row => row[0]), Is.EqualTo(new[] { "expiration", "sliding", "database", "strategy", "append-hashcode" }));
        var options = OptionsReader.Read(new Dictionary<string, string> { [s_page.Table("Attribute")[0][1]] = "7", [s_page.Table("Attribute")[1][1]] = "true" });
        Assert.That((options.Regions["NAME"].Expiration, options.Regions["NAME"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)TimeSpan.FromSeconds(7), (bool?)true)));
    }

    [Test]
    public void Options_that_take_the_place_of_settings_in_code_exist()
    {
        var options = typeof(GranularCacheOptions).GetProperties().Select(property => property.Name).Concat(typeof(RedisOptions).GetProperties().Select(property => $"Redis.{property.Name}"));
        var named = s_page.Table("RedisCacheConfiguration").Where(row => !row[1].StartsWith("not needed", StringComparison.Ordinal)).SelectMany(row => row[1].Split("`, `"));
        Assert.That(named, Is.SubsetOf(options));
    }

    [Test]
    public void Every_member_of_their_configuration_is_listed() =>
        Assert.That(s_page.Table("RedisCacheConfiguration").Select(row => row[0]), Is.EquivalentTo(new[]
        {
            "Serializer", "CacheKeyPrefix", "EnvironmentName", "RegionPrefix", "DefaultUseSlidingExpiration", "DefaultAppendHashcode", "DefaultExpiration", "DefaultDatabase",
            "RegionStrategyFactory", "ConnectionMultiplexerProvider", "DatabaseProvider", "DefaultRegionStrategy", "LockConfiguration",
        }));

    [Test]
    public void Line_to_change_names_the_provider()
    {
        var line = s_page.Text.Split('\n').Single(line => line.Contains("<property", StringComparison.Ordinal)).Trim();
        Assert.That(System.Type.GetType(System.Xml.Linq.XElement.Parse(line).Value), Is.EqualTo(typeof(GranularCacheProvider)));
    }

    [Test]
    public void Expiration_is_the_one_they_have() => Assert.That(new GranularCacheOptions().Expiration, Is.EqualTo(TimeSpan.FromSeconds(300)));
}
