using System.Data;
using System.Data.Common;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// How values of one column type are brought to the form in which equality is the database's own: two values that the database
/// calls equal in that column have equal forms, or one of them has none; and two that it tells apart, or stores so that they read
/// differently, have different forms. A value that does not convert exactly has no form and may not be used for equality.
/// Thread-safe: immutable.
/// </summary>
internal abstract class ValueForm
{
    /// <summary>Types whose equality is not proved to be plain: decimals, floats, times, nondeterministic collations, user types.</summary>
    public static readonly ValueForm None = new NoForm();

    /// <summary>The form of a value as a parameter or a written column carries it; null (no value) when it does not convert exactly.</summary>
    /// <param name="value">
    /// The database parameter itself, where there is one: then as <see cref="Convert(DbParameter)"/> has it. Otherwise a value of its
    /// own type, or one that was read; <see cref="DBNull"/> and null are SQL NULL.
    /// </param>
    public ColumnValue? Convert(object? value) => value switch
    {
        null or DBNull => ColumnValue.Null,
        DbParameter parameter => Convert(parameter),
        _ => ConvertNotNull(value),
    };

    /// <summary>
    /// The form of what the database receives for a parameter; null when its declared type may change the value on the way (a date
    /// cut out of a time, a double sent as a float, a string that is parsed as something else, or cut to a size).
    /// </summary>
    public ColumnValue? Convert(DbParameter parameter)
    {
        var value = parameter.Value;
        if (value is DateTime dateTime && parameter.DbType == DbType.Date)
            return Convert(DateOnly.FromDateTime(dateTime));
        if (value is string text && parameter.Size > 0 && text.Length > parameter.Size)
            return null;
        return value is null or DBNull || Arrives(value, parameter.DbType) ? Convert(value) : null;
    }

    /// <summary>
    /// The form of a literal as SQL text spells it: a number, the content of a quoted string without a type name of its own, or the
    /// words <c>true</c> and <c>false</c>. Whether it was quoted does not show: a number compared with a text column is no literal of
    /// that column's, and the caller must not ask.
    /// </summary>
    public abstract ColumnValue? ConvertLiteral(string text);

    protected abstract ColumnValue? ConvertNotNull(object value);

    /// <summary>Whether a value reaches the database as it is when it is declared so.</summary>
    private static bool Arrives(object value, DbType type) => value switch
    {
        string or char => type is DbType.String or DbType.AnsiString or DbType.StringFixedLength or DbType.AnsiStringFixedLength,
        bool => type == DbType.Boolean,
        Guid => type == DbType.Guid,
        DateOnly => type == DbType.Date,
        // DateTime without the 2 may be sent with a zone.
        DateTime => type == DbType.DateTime2,
        double => type == DbType.Double,
        float => type is DbType.Single or DbType.Double,
        decimal => type is DbType.Decimal or DbType.VarNumeric,
        byte or sbyte or short or ushort or int or uint or long or ulong or Enum =>
            type is DbType.Byte or DbType.SByte or DbType.Int16 or DbType.UInt16 or DbType.Int32 or DbType.UInt32 or DbType.Int64 or DbType.UInt64
                or DbType.Decimal or DbType.VarNumeric,
        _ => false,
    };

    private sealed class NoForm : ValueForm
    {
        public override ColumnValue? ConvertLiteral(string text) => null;

        // NULL is NULL in every type, and IS NULL needs no equality; see Convert.
        protected override ColumnValue? ConvertNotNull(object value) => null;
    }
}
