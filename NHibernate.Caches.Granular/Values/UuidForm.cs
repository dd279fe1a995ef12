using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// UUID columns: Guids, and their text in the two usual spellings. (A Guid in a character or binary column is text or bytes to the
/// database and has no form here.) Thread-safe: immutable.
/// </summary>
internal sealed class UuidForm : ValueForm
{
    public static readonly UuidForm Instance = new();

    private UuidForm()
    {
    }

    /// <summary>32 hexadecimal digits of any case, with hyphens in the four usual places or none at all.</summary>
    public override ColumnValue? ConvertLiteral(string text) =>
        text.All(c => char.IsAsciiHexDigit(c) || c == '-') && (Guid.TryParseExact(text, "D", out var value) || Guid.TryParseExact(text, "N", out value))
            ? ColumnValue.Uuid(value)
            : null;

    protected override ColumnValue? ConvertNotNull(object value) => value switch
    {
        Guid guid => ColumnValue.Uuid(guid),
        string text => ConvertLiteral(text),
        _ => null,
    };
}
