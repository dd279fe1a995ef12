using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// Integer columns: every integral .NET type, enums as their number, and decimals and floats that are whole. A value outside the
/// column's range has no form; booleans, characters and strings have none either. Thread-safe: immutable.
/// </summary>
internal sealed class IntegerForm : ValueForm
{
    public static readonly IntegerForm Int16 = new(short.MinValue, short.MaxValue);

    public static readonly IntegerForm Int32 = new(int.MinValue, int.MaxValue);

    public static readonly IntegerForm Int64 = new(long.MinValue, long.MaxValue);

    /// <summary>PostgreSQL's <c>oid</c>. The database reads -1 as 4294967295 here: negative numbers have no form.</summary>
    public static readonly IntegerForm Oid = new(uint.MinValue, uint.MaxValue);

    // From here on, comparing an integer column with a double makes different integers equal: 2^53 = 2^53 + 1.
    private const double FirstInexact = 1L << 53;

    private readonly long _minimum;
    private readonly long _maximum;

    private IntegerForm(long minimum, long maximum) => (_minimum, _maximum) = (minimum, maximum);

    /// <summary>Canonical decimals only: no sign but a minus, no leading zeros, no exponent, fraction, blanks or digit groups.</summary>
    public override ColumnValue? ConvertLiteral(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number.ToString(CultureInfo.InvariantCulture) == text
            ? InRange(number)
            : null;

    protected override ColumnValue? ConvertNotNull(object value) => value switch
    {
        int number => InRange(number),
        long number => InRange(number),
        short number => InRange(number),
        byte number => InRange(number),
        sbyte number => InRange(number),
        ushort number => InRange(number),
        uint number => InRange(number),
        ulong number => number <= long.MaxValue ? InRange((long)number) : null,
        Enum constant => ConvertNotNull(System.Convert.ChangeType(constant, constant.GetTypeCode(), CultureInfo.InvariantCulture)),
        decimal number => number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue ? InRange((long)number) : null,
        double number => Whole(number),
        float number => Whole(number),
        _ => null,
    };

    private ColumnValue? Whole(double number) => Math.Abs(number) < FirstInexact && number == Math.Truncate(number) ? InRange((long)number) : null;

    private ColumnValue? InRange(long number) => number >= _minimum && number <= _maximum ? ColumnValue.Integer(number) : null;
}
