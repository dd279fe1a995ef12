using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>What a source text does against the rules of the house; each rule says where. Thread-safe: stateless.</summary>
internal static partial class SourceRules
{
    private const string Configured = ".Configured";

    /// <summary>
    /// Classes, structs and records that are not static and whose comment does not say what threads may do with them. A nested
    /// type lives as its outer type says.
    /// </summary>
    /// <param name="text">All files, so that the parts of a partial type are seen together.</param>
    public static IEnumerable<string> WithoutThreadSafety(string text)
    {
        var types = TypeDeclaration().Matches(text).Where(match => !match.Groups["modifiers"].Value.Contains("static", StringComparison.Ordinal)).ToLookup(match => match.Groups["name"].Value);
        return types
            .Where(parts => !parts.Any(part => part.Groups["doc"].Value.Contains("thread-safe", StringComparison.OrdinalIgnoreCase)))
            .Select(parts => parts.Key);
    }

    /// <summary>Awaits that would come back to the caller's synchronization context.</summary>
    public static IEnumerable<string> UnconfiguredAwaits(string text) =>
        UnconfiguredAwaitsIn(Comment().Replace(text, "").Replace(".ConfigureAwait(false)", Configured, StringComparison.Ordinal)
            .Replace(".ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)", Configured, StringComparison.Ordinal));

    public static IEnumerable<string> NonPublicAccess(string text) => NonPublic().Matches(text).Select(match => match.Value);

    public static IEnumerable<string> ConsoleUses(string text) => Console().Matches(text).Select(match => match.Value);

    /// <summary>Members of an enum that have no number of their own or no comment.</summary>
    public static IEnumerable<string> UndocumentedMembers(string text)
    {
        var body = text[(text.IndexOf('{', text.IndexOf(" enum ", StringComparison.Ordinal)) + 1)..text.LastIndexOf('}')];
        var documented = false;
        foreach (var line in body.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            if (line.StartsWith("///", StringComparison.Ordinal))
                documented = true;
            else if (!line.StartsWith("//", StringComparison.Ordinal) && !line.StartsWith('['))
            {
                if (!documented || !Numbered().IsMatch(line))
                    yield return line;
                documented = false;
            }
        }
    }

    private static IEnumerable<string> UnconfiguredAwaitsIn(string text) =>
        Await().Matches(text).Select(match => Expression(text, match.Index)).Where(expression => !expression.Contains(Configured, StringComparison.Ordinal));

    // To the end of the statement, or of the argument or parenthesis that the await stands in; without what is in parentheses.
    private static string Expression(string text, int start)
    {
        var depth = 0;
        var expression = new System.Text.StringBuilder();
        for (var at = start; at < text.Length; at++)
        {
            var c = text[at];
            if ((c is ')' or ']' or '}') && --depth < 0)
                break;
            if (depth == 0 && (c is ';' or ','))
                break;
            if (depth == 0)
                expression.Append(c);
            if (c is '(' or '[' or '{')
                depth++;
        }
        return expression.ToString();
    }

    [GeneratedRegex(@"(?<doc>(?:^[ \t]*///[^\n]*\n)*)(?:^[ \t]*(?:\[[^\n]*\]|\#[^\n]*)[ \t]*\n)*^(?<modifiers>(?:(?:public|internal|private|protected|static|sealed|abstract|readonly|partial|ref|file)[ \t]+)*)(?:record[ \t]+struct|record[ \t]+class|record|class|struct)[ \t]+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\bawait\s")]
    private static partial Regex Await();

    [GeneratedRegex("//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"BindingFlags\s*\.\s*NonPublic|UnsafeAccessor")]
    private static partial Regex NonPublic();

    [GeneratedRegex(@"\bConsole\s*\.\s*\w+")]
    private static partial Regex Console();

    [GeneratedRegex(@"^\w+\s*=\s*-?\d+,?$")]
    private static partial Regex Numbered();
}
