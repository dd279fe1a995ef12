using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// Columns of type <c>date</c>. A <see cref="DateTime"/> counts only at midnight, and not when it is UTC: that is sent with a zone,
/// and the database turns it into a date by its session's zone, not ours. (Declared as a date it is cut before it is sent, whatever
/// its kind: see <see cref="ValueForm.Convert(System.Data.Common.DbParameter)"/>.) The first and the last date of .NET have no form:
/// Npgsql sends them as minus and plus infinity, which the same dates written as literals are not. Thread-safe: immutable.
/// </summary>
internal sealed class DateForm : ValueForm
{
    public static readonly DateForm Instance = new();

    private DateForm()
    {
    }

    /// <summary><c>yyyy-MM-dd</c> only, which every <c>DateStyle</c> reads alike, from the year 1000.</summary>
    public override ColumnValue? ConvertLiteral(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year >= 1000 ? Finite(date) : null;

    protected override ColumnValue? ConvertNotNull(object value) => value switch
    {
        DateOnly date => Finite(date),
        DateTime { Kind: not DateTimeKind.Utc } time when time.TimeOfDay == TimeSpan.Zero => Finite(DateOnly.FromDateTime(time)),
        _ => null,
    };

    private static ColumnValue? Finite(DateOnly date) => date == DateOnly.MinValue || date == DateOnly.MaxValue ? null : ColumnValue.Date(date);
}
