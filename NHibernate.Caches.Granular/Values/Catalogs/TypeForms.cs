namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>
/// The form of a column from its type, length and collation. What is not on this list has no form: numeric, floats, times, zoned or
/// not, intervals, JSON, arrays, ranges, bytes, types of extensions (citext) and users. A domain is its base type.
/// Thread-safe: immutable.
/// </summary>
internal sealed class TypeForms
{
    // Object ids of built-in types, which are the same in every PostgreSQL.
    private const long Bool = 16, Int8 = 20, Int2 = 21, Int4 = 23, Text = 25, Oid = 26, BpChar = 1042, VarChar = 1043, Date = 1082, Uuid = 2950;

    // The modifier of a character type is its length and four bytes of header.
    private const int ModifierHeader = 4;

    private readonly CatalogRows _rows;
    private readonly bool _asciiOnly;
    private readonly TextForm _unlimited;

    public TypeForms(CatalogRows rows)
    {
        _rows = rows;
        _asciiOnly = rows.Encoding != "UTF8";
        _unlimited = new TextForm(null, _asciiOnly);
    }

    public ColumnInfo Describe(CatalogRows.Column column)
    {
        var (type, modifier, hasDefault, isRedefined) = (column.Type, column.Modifier, column.HasDefault, _rows.RedefinedTypes.Contains(column.Type));
        while (_rows.Types.TryGetValue(type, out var domain) && domain.Kind == "d")
        {
            hasDefault |= domain.HasDefault;
            if (modifier < 0)
                modifier = domain.Modifier;
            type = domain.BaseType;
            isRedefined |= _rows.RedefinedTypes.Contains(type);
        }
        var form = isRedefined ? ValueForm.None : FormOf(type, modifier, column.IsDeterministic);
        return new ColumnInfo(column.Name, form, column.IsGenerated, hasDefault);
    }

    private ValueForm FormOf(long type, int modifier, bool isDeterministic) => type switch
    {
        Int2 => IntegerForm.Int16,
        Int4 => IntegerForm.Int32,
        Int8 => IntegerForm.Int64,
        Oid => IntegerForm.Oid,
        Bool => BooleanForm.Instance,
        Uuid => UuidForm.Instance,
        Date => DateForm.Instance,
        Text when isDeterministic => _unlimited,
        VarChar when isDeterministic => Length(modifier) is { } length ? new TextForm(length, _asciiOnly) : _unlimited,
        BpChar when isDeterministic => new BlankPaddedTextForm(Length(modifier), _asciiOnly),
        _ when _rows.Types.TryGetValue(type, out var user) && user.Kind == "e" => _unlimited,
        _ => ValueForm.None,
    };

    private static int? Length(int modifier) => modifier < ModifierHeader ? null : modifier - ModifierHeader;
}
