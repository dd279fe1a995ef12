using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// Which stamps a row change moves. Unknown values widen, nothing else does. A stamp that is not moved is one that no value of the
/// changed row, before or after, could have matched (I5, I6).
/// </summary>
internal static class ChangeMatcher
{
    /// <param name="change">One change.</param>
    /// <param name="shapesOfTable">Every registered shape of its table, and its row-key shape; shapes of other tables are skipped.</param>
    /// <param name="trustLoaded">Whether <see cref="RowChange.Loaded"/> may serve as old values.</param>
    /// <param name="moved">Receives the stamps; <see cref="StampKey.AnyChange"/> is always among them.</param>
    public static void Match(RowChange change, IReadOnlyList<Shape> shapesOfTable, bool trustLoaded, MovedStamps moved)
    {
        moved.Add(StampKey.AnyChange);
        if (change.Kind == ChangeKind.Table)
        {
            moved.Add(StampKey.Table(change.Table));
            return;
        }
        var row = new RowValues(change, trustLoaded);
        foreach (var shape in shapesOfTable)
        {
            if (shape.Table != change.Table || !row.Touches(shape.Referenced))
                continue;
            var mover = new Mover(shape, change.Kind);
            if (change.Kind != ChangeKind.Insert)
                moved.Add(row.Conjunction(shape, before: true), mover);
            // What is told of a row holds on both sides of its change.
            if (change.Kind is not (ChangeKind.Delete or ChangeKind.Told))
                moved.Add(row.Conjunction(shape, before: false), mover);
        }
    }

    /// <summary>The columns whose values the change altered, or may have; all of them for what is no update.</summary>
    /// <param name="change">One change.</param>
    /// <param name="trustLoaded">As of <see cref="Match"/>.</param>
    public static ColumnSet Altered(RowChange change, bool trustLoaded)
    {
        if (change.Kind != ChangeKind.Update || change.Changed.IsAll)
            return ColumnSet.All;
        var row = new RowValues(change, trustLoaded);
        foreach (var column in change.Changed.Names)
        {
            if (row.IsUnchanged(column))
                return ColumnSet.Of(change.Changed.Names.Where(name => !row.IsUnchanged(name)));
        }
        return change.Changed;
    }

    /// <summary>The values of the row on both sides of the change, as far as they are known. Thread-safe: immutable.</summary>
    private readonly struct RowValues(RowChange change, bool trustLoaded)
    {
        /// <summary>Whether the change may have altered any of these columns. Inserts and deletes alter all.</summary>
        public bool Touches(ColumnSet referenced)
        {
            if (change.Kind != ChangeKind.Update || (referenced.IsAll && change.Changed.IsAll))
                return true;
            var (candidates, filter) = referenced.IsAll ? (change.Changed, referenced) : (referenced, change.Changed);
            foreach (var column in candidates.Names)
            {
                if (filter.Contains(column) && !IsUnchanged(column))
                    return true;
            }
            return false;
        }

        /// <summary>The stamp of the shape's conjunction that the row satisfied or satisfies; of the whole shape when a value is unknown.</summary>
        public StampKey Conjunction(Shape shape, bool before)
        {
            var values = new ColumnValue[shape.EqualityColumns.Length];
            for (var i = 0; i < values.Length; i++)
            {
                if ((before ? Old(shape.EqualityColumns[i]) : New(shape.EqualityColumns[i])) is not { } value)
                    return shape.Key;
                values[i] = value;
            }
            return shape.Conjunction(values);
        }

        public bool IsUnchanged(string column) =>
            change.New.TryGetValue(column, out var after) && Old(column) is { } before && before == after;

        private ColumnValue? Old(string column)
        {
            if (change.Old.TryGetValue(column, out var value))
                return value;
            return trustLoaded && change.Loaded is { } loaded && loaded.Values.TryGetValue(column, out value) ? value : null;
        }

        private ColumnValue? New(string column)
        {
            if (change.New.TryGetValue(column, out var value))
                return value;
            return change.Kind == ChangeKind.Update && !change.Changed.Contains(column) ? Old(column) : null;
        }
    }
}
