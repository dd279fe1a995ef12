using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// How values of one column type are brought to the form in which equality is the database's own. A value that does not convert
/// exactly has no form and may not be used for equality. Thread-safe: immutable.
/// </summary>
internal abstract class ValueForm
{
    /// <summary>Types whose equality is not proved to be plain: decimals, floats, times, nondeterministic collations, user types.</summary>
    public static readonly ValueForm None = new NoForm();

    /// <summary>The form of a value as a parameter or a written column carries it; null (no value) when it does not convert exactly.</summary>
    /// <param name="value">A value of a database parameter; <see cref="DBNull"/> and null are SQL NULL.</param>
    public ColumnValue? Convert(object? value) => value is null or DBNull ? ColumnValue.Null : ConvertNotNull(value);

    /// <summary>The form of a literal as SQL text spells it: a number, or the content of a quoted string.</summary>
    public abstract ColumnValue? ConvertLiteral(string text);

    protected abstract ColumnValue? ConvertNotNull(object value);

    private sealed class NoForm : ValueForm
    {
        public override ColumnValue? ConvertLiteral(string text) => null;

        // NULL is NULL in every type, and IS NULL needs no equality; see Convert.
        protected override ColumnValue? ConvertNotNull(object value) => null;
    }
}
