using System.Reflection;
using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about features has every row, and each has a test that shows it or a reason why it is not there.</summary>
public sealed partial class FeaturesPageTests
{
    private const int RowCount = 92;

    private static IEnumerable<string[]> Rows => DocumentPage.Read("docs/features.md").Text.Split('\n')
        .Where(line => RowPattern().IsMatch(line)).Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());

    [Test]
    public void Every_row_is_there_once_and_in_order() =>
        Assert.That(Rows.Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)), Is.EqualTo(Enumerable.Range(1, RowCount)));

    [Test]
    public void Row_says_yes_differs_or_no_and_how_or_why() => Assert.Multiple(() =>
    {
        foreach (var row in Rows)
        {
            Assert.That(row, Has.Length.EqualTo(5), row[0]);
            Assert.That(row[2], Is.EqualTo("yes").Or.EqualTo("differs").Or.EqualTo("no"), row[0]);
            Assert.That(row[3], Is.Not.Empty, row[0]);
        }
    });

    [Test]
    public void Row_that_is_there_names_a_test_and_no_other_does() => Assert.Multiple(() =>
    {
        foreach (var row in Rows)
            Assert.That(IsTest(row[4].Trim('`')), Is.EqualTo(row[2] != "no"), $"{row[0]}: {row[4]}");
    });

    [TestCase("FeatureTests.Futures_are_cached_one_by_one", ExpectedResult = true)]
    [TestCase("JoinScenarios.Run", ExpectedResult = true)]
    [TestCase("FeatureTests.Futures", ExpectedResult = false)]
    [TestCase("FeatureTests.ToString", ExpectedResult = false)]
    [TestCase("-", ExpectedResult = false)]
    public bool Test_is_told_from_what_is_none(string name) => IsTest(name);

    private static bool IsTest(string name) => name.Split('.') is [var type, var method]
        && typeof(FeaturesPageTests).Assembly.GetTypes().Any(each => each.Name == type && each.GetMethods().Any(one => one.Name == method && IsTest(one)));

    private static bool IsTest(MethodInfo method) => method.GetCustomAttributes().Any(each => each is TestAttribute or TestCaseAttribute or TestCaseSourceAttribute);

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex RowPattern();
}
