using System.Reflection;
using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>What all pages have in common: the types, tests and files they name exist, and the code they show compiles.</summary>
public sealed partial class PageTests
{
    private static readonly System.Type[] s_libraryTypes = typeof(GranularCacheProvider).Assembly.GetTypes();
    private static readonly System.Type[] s_testTypes = typeof(PageTests).Assembly.GetTypes();

    [TestCaseSource(typeof(DocumentPage), nameof(DocumentPage.All))]
    public void Links_lead_to_files_that_exist(string page) =>
        Assert.That(DocumentPage.Read(page).Links().Where(path => !Path.Exists(Path.Combine(DocumentPage.Root, path))), Is.Empty);

    [TestCaseSource(typeof(DocumentPage), nameof(DocumentPage.All))]
    public void Tests_that_are_named_exist(string page)
    {
        var named = DocumentPage.Read(page).Codes().Select(code => TestPattern().Match(code)).Where(match => match.Success);

        Assert.That(named.Where(match => !IsTest(match.Groups["type"].Value, match.Groups["method"].Value)).Select(match => match.Value), Is.Empty);
    }

    [TestCaseSource(typeof(DocumentPage), nameof(DocumentPage.All))]
    public void Code_that_is_shown_is_compiled_among_the_tests(string page)
    {
        var compiled = Directory.EnumerateFiles(Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular.Tests", "Documentation", "Snippets"), "*.cs")
            .SelectMany(path => RegionPattern().Matches(File.ReadAllText(path).ReplaceLineEndings("\n")))
            .Select(match => Unindented(match.Groups[1].Value));

        Assert.That(DocumentPage.Read(page).Blocks("csharp"), Is.SubsetOf(compiled));
    }

    [TestCase("## The read path")]
    [TestCase("## The write path")]
    public void Stations_of_a_path_are_types_of_the_library(string heading)
    {
        var section = Section(DocumentPage.Read("docs/design.md").Text, heading);
        var stations = StationPattern().Matches(section).Select(match => match.Groups[1].Value).ToList();

        Assert.That(stations, Has.Count.GreaterThanOrEqualTo(8));
        Assert.That(stations.Where(name => !s_libraryTypes.Any(type => type.Name == name)), Is.Empty);
    }

    [Test]
    public void Stations_of_the_contributors_guide_are_files_or_folders_of_the_library()
    {
        var named = DocumentPage.Read("CONTRIBUTING.md").Codes().Where(code => FilePattern().IsMatch(code))
            .Select(code => Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular", code.Split('.')[0])).ToList();

        Assert.That(named, Has.Count.GreaterThanOrEqualTo(8));
        Assert.That(named.Where(path => !File.Exists(path + ".cs") && !Directory.Exists(path)), Is.Empty);
    }

    [Test]
    public void Every_invariant_has_an_interleaving_and_a_word_about_its_tests()
    {
        var text = DocumentPage.Read("docs/design.md").Text;
        for (var number = 1; number <= 13; number++)
        {
            var section = Section(text, $"### I{number} ");
            Assert.That(section, Does.Contain("Relied on by"), $"I{number}");
            Assert.That(section, Does.Contain("Without").And.Contain("\n3. "), $"I{number}");
            Assert.That(section, Does.Contain("Guarded").Or.Contain("No test yet."), $"I{number}");
        }
    }

    [Test]
    public void Files_of_assumptions_exist_once_there_are_any()
    {
        var directory = Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular.Tests", "Assumptions");
        if (!Directory.Exists(directory))
            return;
        var named = DocumentPage.Read("docs/design.md").Codes().Where(code => AssumptionPattern().IsMatch(code));

        Assert.That(named.Where(path => !File.Exists(Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular.Tests", path + ".cs"))), Is.Empty);
    }

    private static bool IsTest(string type, string method) => s_testTypes.Any(candidate =>
        candidate.Name == type && (method.Length == 0 || candidate.GetMethod(method, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public) is not null));

    private static string Section(string text, string heading)
    {
        var start = text.IndexOf(heading, StringComparison.Ordinal);
        Assert.That(start, Is.GreaterThanOrEqualTo(0), heading);
        var end = text.IndexOf("\n##", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static string Unindented(string region)
    {
        var lines = region.TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length < indent ? "" : line[indent..].TrimEnd()));
    }

    [GeneratedRegex(@"^(?<type>\w+Tests)(\.(?<method>\w+))?$")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"^ *#region[^\n]*\n(.*?)^ *#endregion", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(@"^\d+\. `(\w+)`", RegexOptions.Multiline)]
    private static partial Regex StationPattern();

    [GeneratedRegex(@"^(Queries|Analysis|Stores|Invalidation|Stamps|Regions|Scopes|Values|Diagnostics)/\w+(\.\w+)?$")]
    private static partial Regex FilePattern();

    [GeneratedRegex(@"^Assumptions/\w+$")]
    private static partial Regex AssumptionPattern();
}
