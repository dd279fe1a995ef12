using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// <c>char(n)</c> under a deterministic collation: values are stored padded with blanks to their length, and trailing blanks do not
/// count. Otherwise as <see cref="TextForm"/>. Thread-safe: immutable.
/// </summary>
internal sealed class BlankPaddedTextForm : ValueForm
{
    private readonly int? _length;
    private readonly bool _asciiOnly;

    /// <param name="length">
    /// The column's length, or null for <c>bpchar</c> without one: that stores what it is given but compares without trailing blanks,
    /// so that equal values read differently, and a value that ends in a blank has no form.
    /// </param>
    /// <param name="asciiOnly">See <see cref="TextForm(int?, bool)"/>.</param>
    public BlankPaddedTextForm(int? length, bool asciiOnly = false) => (_length, _asciiOnly) = (length, asciiOnly);

    public override ColumnValue? ConvertLiteral(string text)
    {
        var trimmed = text.TrimEnd(' ');
        if (_length is null && trimmed.Length != text.Length)
            return null;
        return TextForm.CanHold(trimmed, _length, _asciiOnly) ? ColumnValue.Text(trimmed) : null;
    }

    protected override ColumnValue? ConvertNotNull(object value) => value switch
    {
        string text => ConvertLiteral(text),
        char character => ConvertLiteral(character.ToString()),
        _ => null,
    };
}
