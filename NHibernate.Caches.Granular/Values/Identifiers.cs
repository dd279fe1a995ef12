namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// Names as a mapping spells them, folded as the database does: lower case unless quoted. Thread-safe: stateless.
/// </summary>
internal static class Identifiers
{
    /// <summary>One name, quoted or not.</summary>
    public static string Fold(string name) => name switch
    {
        ['"', .., '"'] => name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal),
        ['`', .., '`'] or ['[', .., ']'] => name[1..^1],
        _ => name.ToLowerInvariant(),
    };

    /// <summary>The last two parts of a qualified name: the schema, if it is named, and the table.</summary>
    public static (string? Schema, string Name) Qualified(string text)
    {
        var parts = new List<string>();
        var start = 0;
        var closing = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (closing != '\0')
                closing = text[i] == closing ? '\0' : closing;
            else if (text[i] is '"' or '`' or '[')
                closing = text[i] == '[' ? ']' : text[i];
            else if (text[i] == '.')
            {
                parts.Add(Fold(text[start..i]));
                start = i + 1;
            }
        }
        parts.Add(Fold(text[start..]));
        return (parts.Count > 1 ? parts[^2] : null, parts[^1]);
    }
}
