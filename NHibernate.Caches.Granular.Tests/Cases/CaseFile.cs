namespace NHibernate.Caches.Granular.Tests.Cases;

/// <summary>
/// A text file of cases, one per line: <c>input ⇒ expected</c>, blanks around it free. Lines that begin with <c>#</c> are headings.
/// </summary>
internal static class CaseFile
{
    public static IEnumerable<TestCaseData> Read(string name)
    {
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", name)).Select(line => line.Trim()))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var parts = line.Split('⇒');
            var input = string.Join(' ', parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            var expected = parts.Length == 2 ? parts[1].Trim() : throw new FormatException($"{name}: a case needs one '⇒': {line}");
            yield return new TestCaseData(input, expected).SetArgDisplayNames(input, expected);
        }
    }
}
