using System.Reflection;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>The catalogue is complete: every scenario of sections A to H and M, and every race of section R, is a test or says why not.</summary>
public sealed class CatalogueTests
{
    private static readonly (char Section, int Count)[] s_sections = [('A', 40), ('B', 17), ('C', 28), ('D', 26), ('E', 23), ('F', 27), ('G', 16), ('H', 18), ('M', 15), ('R', 23)];

    private static readonly System.Type[] s_fixtures = [.. typeof(ScenarioFixture).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ScenarioFixture)) || type == typeof(TransactionScenarios) || type == typeof(RaceScenarios) || type == typeof(ApiScenarios) || type == typeof(ControlScenarios))];

    /// <summary>The cases of all catalogues that are tests.</summary>
    internal static IEnumerable<string> Ids => s_fixtures.Concat([typeof(Queries.KeyScenarios), typeof(Scopes.DatabaseScenarios)]).SelectMany(Names).Select(name => name[..3]).Distinct();

    [Test]
    public void Every_scenario_is_a_test_or_left_out_for_a_reason()
    {
        var all = s_sections.SelectMany(section => Enumerable.Range(1, section.Count).Select(number => $"{section.Section}{number:00}"));
        Assert.That(TestNames().Select(name => name[..3]).Where(IsOfCatalogue).Distinct().Concat(LeftOut()).Order(StringComparer.Ordinal), Is.EqualTo(all));
    }

    [TestCase(typeof(Queries.KeyScenarios), 'K')]
    [TestCase(typeof(Scopes.DatabaseScenarios), 'T')]
    public void Ids_of_a_catalogue_of_its_own_are_numbered_from_one_and_unique(System.Type fixture, char section)
    {
        var ids = Names(fixture).Select(name => name[..3]).ToList();
        Assert.That(ids, Is.Not.Empty);
        Assert.That(ids.Order(StringComparer.Ordinal), Is.EqualTo(Enumerable.Range(1, ids.Count).Select(number => $"{section}{number:00}")));
    }

    [Test]
    public void No_two_scenarios_of_a_fixture_have_one_name() =>
        Assert.That(s_fixtures.Select(fixture => Names(fixture).GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key)), Is.All.Empty);

    private static bool IsOfCatalogue(string id) => s_sections.Any(section => section.Section == id[0]);

    private static IEnumerable<string> TestNames() => s_fixtures.SelectMany(Names);

    private static IEnumerable<string> Names(System.Type fixture)
    {
        var cases = (IEnumerable<TestCaseData>?)fixture.GetProperty("Cases", BindingFlags.Static | BindingFlags.Public | BindingFlags.FlattenHierarchy)?.GetValue(null) ?? [];
        var written = fixture.GetMethods().SelectMany(method => method.GetCustomAttributes<TestCaseAttribute>()).Select(test => test.TestName).OfType<string>();
        return cases.Select(data => data.TestName!).Concat(written);
    }

    /// <summary>The ids of the table, each with its reason after a bar.</summary>
    private static IEnumerable<string> LeftOut()
    {
        var lines = File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Scenarios", "LeftOut.cases"));
        foreach (var line in lines.Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.That(cells, Has.Length.EqualTo(2).And.All.Not.Empty, line);
            yield return cells[0];
        }
    }
}
