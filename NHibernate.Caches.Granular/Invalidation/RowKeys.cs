using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The stamp of one row: the conjunction of the table's row shape with the row's primary key. Thread-safe: stateless.
/// </summary>
internal static class RowKeys
{
    /// <summary>The row a change concerns, if it is exactly one whose key is known.</summary>
    public static StampKey? Of(RowChange change, TableInfo table) =>
        table.RowShape is { } shape ? Of(shape, change.Kind == ChangeKind.Insert ? change.New : change.Old) : null;

    public static StampKey? Of(Shape rowShape, IEnumerable<KeyValuePair<string, ColumnValue>> values)
    {
        var known = values.ToDictionary(StringComparer.Ordinal);
        var key = new ColumnValue[rowShape.EqualityColumns.Length];
        for (var i = 0; i < key.Length; i++)
        {
            if (!known.TryGetValue(rowShape.EqualityColumns[i], out key[i]))
                return null;
        }
        return rowShape.Conjunction(key);
    }

    public static Dependencies DependenciesOf(TableId table, Shape rowShape, StampKey row) =>
        new([StampKey.Scope, StampKey.Table(table)], [new ShapeUse(rowShape, [row])]);
}
