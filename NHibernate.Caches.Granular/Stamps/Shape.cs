
namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// One conjunction of a query without its values: the table, the columns that are compared with a value, and every column the
/// cached result depends on (the former included). A change that touches none of the referenced columns, or whose old and new
/// values satisfy none of the shape's conjunctions in use, leaves the result alone. Equality is by content.
/// Thread-safe: immutable.
/// </summary>
internal sealed class Shape : IEquatable<Shape>
{
    private readonly string _canonical;

    public Shape(TableId table, IEnumerable<string> equalityColumns, ColumnSet referenced)
    {
        Table = table;
        EqualityColumns = equalityColumns.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        Referenced = referenced.Union(ColumnSet.Of(EqualityColumns));
        _canonical = string.Join('\u0001', [table.Name, string.Join('\u0002', EqualityColumns), Referenced.IsAll ? "*" : string.Join('\u0002', Referenced.Names)]);
        Key = StampKey.OfShape(_canonical);
    }

    public TableId Table { get; }

    /// <summary>In ordinal order; a conjunction's values are given in this order.</summary>
    public ImmutableArray<string> EqualityColumns { get; }

    public ColumnSet Referenced { get; }

    /// <summary>
    /// The stamp of the shape as a whole. It starts at the shape's birth (the sequence of its table's last publish) and moves when
    /// a change's values for the equality columns are not known. Without equality columns it is the only stamp of the shape.
    /// </summary>
    public StampKey Key { get; }

    /// <summary>Depends on every change of the table.</summary>
    public static Shape Any(TableId table) => new(table, [], ColumnSet.All);

    /// <summary>The stamp of the conjunction with these values; <see cref="Key"/> when there are no equality columns.</summary>
    /// <param name="values">One value per equality column, in the order of <see cref="EqualityColumns"/>.</param>
    public StampKey Conjunction(ReadOnlySpan<ColumnValue> values)
    {
        if (values.Length != EqualityColumns.Length)
            throw new ArgumentException($"The shape {this} takes {EqualityColumns.Length} values, not {values.Length}.", nameof(values));
        return values.IsEmpty ? Key : StampKey.OfConjunction(Key, values);
    }

    public bool Equals(Shape? other) => other is not null && _canonical == other._canonical;

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode() => Key.GetHashCode();

    public override string ToString() => $"{Table}({string.Join(", ", EqualityColumns)}; {Referenced})";
}
