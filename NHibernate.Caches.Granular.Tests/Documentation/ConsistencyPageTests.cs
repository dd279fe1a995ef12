using System.Text.RegularExpressions;
using NHibernate.Caches.Granular.Tests.Scenarios;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>Every promise and every limit on the page names a test that shows it. That tests named in full exist is for all pages.</summary>
public sealed partial class ConsistencyPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/consistency.md");

    [TestCaseSource(nameof(Sentences))]
    public void Sentence_names_a_test(string sentence)
    {
        var tests = CodePattern().Matches(sentence).Select(match => match.Groups[1].Value).Where(code => NamePattern().IsMatch(code)).ToList();

        Assert.That(tests, Is.Not.Empty);
        Assert.That(tests.Where(test => IdPattern().IsMatch(test)).Except(CatalogueTests.Ids), Is.Empty, "cases of the catalogues");
    }

    private static IEnumerable<string> Sentences() =>
        ItemPattern().Matches(s_page.Text).Select(match => match.Value.ReplaceLineEndings(" "))
            .Concat(TablePattern().Matches(s_page.Text).SelectMany(table => table.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2)));

    [GeneratedRegex("^- .*(\n  .*)*", RegexOptions.Multiline)]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"^(\|.*\n)+", RegexOptions.Multiline)]
    private static partial Regex TablePattern();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^([A-Z]\d\d|\w+Tests(\.\w+)?)$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Z]\d\d$")]
    private static partial Regex IdPattern();
}
