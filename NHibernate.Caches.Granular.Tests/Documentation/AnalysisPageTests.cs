using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about analysis shows cases that are tested, and every reason there is.</summary>
public sealed class AnalysisPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/analysis.md");

    [Test]
    public void Every_example_is_a_line_of_a_case_file()
    {
        var examples = s_page.Blocks("cases").SelectMany(block => block.Split('\n')).Select(Normalized).ToList();
        var cases = Directory.EnumerateFiles(Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular.Tests", "Cases"), "*.cases")
            .SelectMany(File.ReadLines).Select(Normalized);

        Assert.That(examples, Has.Count.GreaterThan(20));
        Assert.That(examples, Is.SubsetOf(cases));
    }

    [Test]
    public void Table_of_reasons_lists_every_member_with_its_number() =>
        Assert.That(
            s_page.Table(nameof(CoarseReason)).Select(row => $"{row[0]} {row[1]}"),
            Is.EqualTo(Enum.GetValues<CoarseReason>().Order().Select(reason => $"{reason} {(int)reason}")));

    [Test]
    public void Passes_are_named_in_the_order_of_the_analyzer()
    {
        var section = s_page.Text[s_page.Text.IndexOf("The passes, in order.", StringComparison.Ordinal)..];
        var analyzer = File.ReadAllText(Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular", "Analysis", "QueryAnalyzer.cs"));
        string[] passes = ["Tokenizer", "SqlParser", "FunctionPass", "FromBinder", "ReferencePass", "FormulaBuilder", "JoinGroup", "NormalForm"];

        Assert.That(passes.Select(pass => section.IndexOf($"`{pass}`", StringComparison.Ordinal)), Is.Ordered.And.All.GreaterThan(0));
        Assert.That(passes.Select(pass => analyzer.IndexOf($"\"{pass}\"", StringComparison.Ordinal)), Is.Ordered.And.All.GreaterThan(0));
    }

    private static string Normalized(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
