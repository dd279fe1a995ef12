using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Mutations;

/// <summary>One guard of the library and how it is switched off. Thread-safe: immutable.</summary>
/// <param name="Name">What the library does without the guard, in words joined by hyphens; unique.</param>
/// <param name="Invariant">The invariant it breaks, as in <c>I2</c>.</param>
/// <param name="File">The file, from the library's directory.</param>
/// <param name="Piece">The code that is the guard; the blanks at the ends of its lines do not count.</param>
/// <param name="Replacement">What takes its place; may be empty.</param>
/// <param name="Tests">The tests expected to fail, as <c>Class.Method</c>, where the class declares the method or inherits it.</param>
internal sealed record Mutation(string Name, string Invariant, string File, string Piece, string Replacement, ImmutableArray<string> Tests)
{
    public int Number => int.Parse(Invariant.AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>Where the piece stands in a source text.</summary>
    public MatchCollection FindIn(string source) =>
        Regex.Matches(source, string.Join(@"[ \t]*\r?\n[ \t]*", Piece.Split('\n').Select(Regex.Escape)));

    /// <exception cref="InvalidOperationException">The piece does not occur exactly once.</exception>
    public string ApplyTo(string source)
    {
        var found = FindIn(source);
        if (found.Count != 1)
            throw new InvalidOperationException($"{Name}: {File} has the piece {found.Count} times, not once: {Piece}");
        return source[..found[0].Index] + Replacement + source[(found[0].Index + found[0].Length)..];
    }
}
