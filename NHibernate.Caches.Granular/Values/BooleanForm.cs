using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// Boolean columns. Yes/no and true/false types of NHibernate are character columns to the database and have a text form.
/// Thread-safe: immutable.
/// </summary>
internal sealed class BooleanForm : ValueForm
{
    public static readonly BooleanForm Instance = new();

    private BooleanForm()
    {
    }

    /// <summary>A few of the spellings that the database reads; the rest (<c>'yes'</c>, <c>' on '</c>, prefixes) have no form.</summary>
    public override ColumnValue? ConvertLiteral(string text) =>
        text.ToUpperInvariant() switch
        {
            "TRUE" or "T" or "1" => ColumnValue.Boolean(true),
            "FALSE" or "F" or "0" => ColumnValue.Boolean(false),
            _ => null,
        };

    protected override ColumnValue? ConvertNotNull(object value) => value is bool boolean ? ColumnValue.Boolean(boolean) : null;
}
