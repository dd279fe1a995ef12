using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>A page of the documentation, taken apart as far as tests compare it with the code. Thread-safe: immutable.</summary>
internal sealed partial class DocumentPage
{
    private DocumentPage(string name, string text) => (Name, Text) = (name, text);

    /// <summary>The directory that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every page that is written for users and contributors, by its path from the root.</summary>
    public static IEnumerable<string> All =>
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal)];

    public string Name { get; }

    public string Text { get; }

    /// <param name="name">The path from the root.</param>
    public static DocumentPage Read(string name) => new(name, File.ReadAllText(Path.Combine(Root, name)).ReplaceLineEndings("\n"));

    /// <summary>The rows of the one table whose first heading is this, as cells without the marks of code.</summary>
    public IReadOnlyList<string[]> Table(string firstHeading)
    {
        var lines = Text.Split('\n').SkipWhile(line => !line.StartsWith('|') || Cells(line)[0] != firstHeading).TakeWhile(line => line.StartsWith('|')).ToList();
        if (lines.Count < 3)
            throw new InvalidOperationException($"{Name} has no table whose first heading is \"{firstHeading}\".");
        return [.. lines.Skip(2).Select(Cells)];
    }

    /// <summary>The fenced blocks in this language.</summary>
    public IEnumerable<string> Blocks(string language) =>
        Regex.Matches(Text, $"^```{language}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value.TrimEnd());

    /// <summary>What stands between single marks of code, outside fenced blocks.</summary>
    public IEnumerable<string> Codes() => CodePattern().Matches(FencePattern().Replace(Text, "")).Select(match => match.Groups[1].Value);

    /// <summary>Targets of links to other files of the repository, as paths from the root, without the place in the file.</summary>
    public IEnumerable<string> Links() => LinkPattern().Matches(Text)
        .Select(match => match.Groups[1].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
        .Select(target => Path.Combine(Path.GetDirectoryName(Name)!, target.Split('#')[0]));

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim().Trim('`'))];

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Granular.sln")))
                return directory.FullName;
        }
        throw new InvalidOperationException("The tests of the documentation must run below the directory of Granular.sln.");
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FencePattern();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();
}
