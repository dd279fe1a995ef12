using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>The rules of the house that the compiler does not check; each is shown to notice what it forbids.</summary>
public sealed class SourceRuleTests
{
    private static readonly System.Type[] s_reasons = [typeof(MissReason), typeof(BypassReason), typeof(RejectedPutReason), typeof(CoarseReason)];

    // Plain carriers of values that do not say so yet. The list may only become shorter.
    private static readonly string[] s_silent =
        ["DmlAnalyzer", "SqlSyntaxException", "SqlParser", "Tokenizer", "ColumnInfo", "CatalogRows", "GateDecision", "LoadTemplate", "ReadResult", "ShapeList", "Announcement", "AnnounceResult", "Publication"];

    [Test]
    public void Every_type_says_what_threads_may_do_with_it() =>
        Assert.That(SourceRules.WithoutThreadSafety(string.Join("\n", LibrarySource.Files.Select(file => file.Text))).Except(s_silent), Is.Empty);

    [TestCase("/// <summary>A thing.</summary>\ninternal sealed class Thing\n{\n}\n", ExpectedResult = new[] { "Thing" })]
    [TestCase("internal readonly record struct Thing(int Number);\n", ExpectedResult = new[] { "Thing" })]
    [TestCase("/// <summary>A thing. Thread-safe: immutable.</summary>\n[Serializable]\ninternal sealed class Thing\n{\n}\n", ExpectedResult = new string[0])]
    [TestCase("/// <summary>Not thread-safe.</summary>\ninternal sealed partial class Thing;\n\ninternal sealed partial class Thing;\n", ExpectedResult = new string[0])]
    [TestCase("internal static class Thing\n{\n}\n", ExpectedResult = new string[0])]
    public string[] Type_that_does_not_say_is_noticed(string source) => [.. SourceRules.WithoutThreadSafety(source)];

    [Test]
    public void Every_await_is_configured() => AssertNone(SourceRules.UnconfiguredAwaits);

    [TestCase("await Task.Delay(1);", ExpectedResult = 1)]
    [TestCase("return a + await b(await c.ConfigureAwait(false));", ExpectedResult = 1)]
    [TestCase("f(await a, await b.ConfigureAwait(false));", ExpectedResult = 1)]
    [TestCase("await using var x = y;", ExpectedResult = 1)]
    [TestCase("await g(() => 1, [2, 3]).ConfigureAwait(false);", ExpectedResult = 0)]
    [TestCase("var awaited = 1; // those who await it", ExpectedResult = 0)]
    public int Await_that_is_not_configured_is_noticed(string source) => SourceRules.UnconfiguredAwaits(source).Count();

    [Test]
    public void Non_public_members_are_touched_in_one_file_only()
    {
        var touching = LibrarySource.Files.Where(file => SourceRules.NonPublicAccess(file.Text).Any()).Select(file => file.Path);
        Assert.That(touching, Is.EqualTo(new[] { "NHibernateInternals.cs" }));
    }

    [Test]
    public void Library_does_not_write_to_the_console() => AssertNone(SourceRules.ConsoleUses);

    [TestCase("Console.WriteLine(1);", ExpectedResult = 1)]
    [TestCase("System.Console . Error", ExpectedResult = 1)]
    [TestCase("MyConsole.WriteLine(1);", ExpectedResult = 0)]
    public int Console_is_noticed(string source) => SourceRules.ConsoleUses(source).Count();

    [TestCaseSource(nameof(s_reasons))]
    public void Every_reason_has_a_number_and_a_comment(System.Type reasons) =>
        Assert.That(SourceRules.UndocumentedMembers(File.ReadAllText(Path.Combine(LibrarySource.Directory, "Diagnostics", reasons.Name + ".cs"))), Is.Empty);

    [TestCaseSource(nameof(s_reasons))]
    public void Numbers_of_reasons_are_unique(System.Type reasons) =>
        Assert.That(Enum.GetValuesAsUnderlyingType(reasons).Cast<int>(), Is.Unique);

    [TestCase("enum E\n{\n    /// <summary>x</summary>\n    A = 1,\n    B = 2,\n}", ExpectedResult = new[] { "B = 2," })]
    [TestCase("enum E\n{\n    /// <summary>x</summary>\n    A,\n}", ExpectedResult = new[] { "A," })]
    [TestCase("enum E\n{\n    /// <summary>x</summary>\n    A = 1,\n}", ExpectedResult = new string[0])]
    public string[] Reason_without_number_or_comment_is_noticed(string source) => [.. SourceRules.UndocumentedMembers("internal " + source)];

    private static void AssertNone(Func<string, IEnumerable<string>> rule) =>
        Assert.That(LibrarySource.Files.SelectMany(file => rule(file.Text).Select(found => $"{file.Path}: {found}")), Is.Empty);
}
