using System.Text;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// <c>text</c>, <c>varchar(n)</c> and enum types under a deterministic collation: equal means the same characters, nothing is
/// folded, trimmed or normalized. Text that the database cannot hold as it is has no form: longer than the column (it would be
/// refused, or lose trailing blanks), with a NUL, or with half a surrogate pair (which an encoder may replace). A parameter that
/// ends in a blank has none either: it may be declared as <c>char(n)</c>, which does not show, and then arrives without its blanks.
/// Thread-safe: immutable.
/// </summary>
internal sealed class TextForm : ValueForm
{
    private readonly int? _maximum;
    private readonly bool _asciiOnly;

    /// <param name="maximum">The longest value in characters (code points, as the database counts), or null for no limit.</param>
    /// <param name="asciiOnly">
    /// The database is not encoded in UTF-8: its conversion may map two characters to one, so only ASCII is known to arrive as it is.
    /// </param>
    public TextForm(int? maximum = null, bool asciiOnly = false) => (_maximum, _asciiOnly) = (maximum, asciiOnly);

    public override ColumnValue? ConvertLiteral(string text) => CanHold(text, _maximum, _asciiOnly) ? ColumnValue.Text(text) : null;

    protected override ColumnValue? ConvertNotNull(object value) => value switch
    {
        string text when !text.EndsWith(' ') => ConvertLiteral(text),
        char character and not ' ' => ConvertLiteral(character.ToString()),
        _ => null,
    };

    internal static bool CanHold(string text, int? maximum, bool asciiOnly)
    {
        var length = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty; length++)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done || rune.Value == 0)
                return false;
            if (asciiOnly && !rune.IsAscii)
                return false;
            rest = rest[used..];
        }
        return length <= (maximum ?? int.MaxValue);
    }
}
