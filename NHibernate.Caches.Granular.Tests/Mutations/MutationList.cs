namespace NHibernate.Caches.Granular.Tests.Mutations;

/// <summary>
/// <c>guards.mutations</c>, the list of the library's guards. An entry is a line <c>name: invariant file</c> and below it lines that
/// begin with <c>-</c> (the guard), <c>+</c> (what replaces it, if anything) and <c>!</c> (a test that must then fail). Lines that
/// begin with <c>#</c> are headings. Thread-safe: stateless.
/// </summary>
internal static class MutationList
{
    /// <summary>The list's path from the directory of the solution.</summary>
    public const string Path = "NHibernate.Caches.Granular.Tests/Mutations/guards.mutations";

    /// <exception cref="FormatException">A line is none of those above, or an entry lacks a part.</exception>
    public static ImmutableArray<Mutation> Parse(IEnumerable<string> lines)
    {
        var mutations = ImmutableArray.CreateBuilder<Mutation>();
        foreach (var entry in Entries(lines))
            mutations.Add(Parse(entry));
        return mutations.ToImmutable();
    }

    private static IEnumerable<List<string>> Entries(IEnumerable<string> lines)
    {
        var entry = new List<string>();
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] is not ('-' or '+' or '!') && entry.Count > 0)
            {
                yield return entry;
                entry = [];
            }
            entry.Add(line);
        }
        if (entry.Count > 0)
            yield return entry;
    }

    private static Mutation Parse(List<string> entry)
    {
        if (entry[0].Split(' ') is not [[.. var name, ':'], ['I', ..] invariant, var file])
            throw new FormatException($"An entry begins with \"name: invariant file\", not with: {entry[0]}");
        var (piece, tests) = (Marked(entry, '-'), Marked(entry, '!'));
        if (piece.IsEmpty || tests.IsEmpty)
            throw new FormatException($"{name} needs a piece of code behind '-' and a test behind '!'.");
        return new Mutation(name, invariant, file, string.Join('\n', piece), string.Join('\n', Marked(entry, '+')), tests);
    }

    private static ImmutableArray<string> Marked(List<string> entry, char mark) =>
        [.. entry.Skip(1).Where(line => line[0] == mark).Select(line => line[1..].Trim())];
}
