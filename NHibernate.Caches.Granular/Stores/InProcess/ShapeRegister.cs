using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The shapes that queries of this process have asked for, by table. A shape and its own stamp live and die together.
/// Not thread-safe: the <see cref="StampTable"/>'s lock guards it.
/// </summary>
internal sealed class ShapeRegister(StampGenerations stamps, int maxShapesPerTable)
{
    private readonly Dictionary<TableId, TableStamps> _tables = [];
    private long _version;
    private long _substituted;

    /// <summary>How often a shape was replaced by the whole table because the table had too many. May be read without the lock.</summary>
    public long Substituted => Volatile.Read(ref _substituted);

    public TableStamps Table(TableId table)
    {
        if (!_tables.TryGetValue(table, out var known))
            _tables.Add(table, known = new TableStamps(table, stamps.Horizon));
        return known;
    }

    /// <summary>
    /// The shape's own cell; registers the shape if it is new. A new shape's stamp starts at its birth, the table's last publish:
    /// changes up to then were matched without it. Changes in flight were matched without it too, so each of them locks the stamp
    /// and moves it whole (I5). When the table has too many shapes, this is the cell of <see cref="Shape.Any"/> instead, which
    /// does not count among them.
    /// </summary>
    public StampCell Register(Shape shape)
    {
        var cell = stamps.ForReader(shape.Key);
        if (cell.Shape is not null && cell.Shape.Equals(shape))
            return cell;
        var table = Table(shape.Table);
        // Another shape under the same key is a collision of hashes; what comes second depends on every change.
        if (cell.Shape is not null)
            return stamps.ForReader(StampKey.AnyChange);
        if (table.ShapeCount >= maxShapesPerTable && !IsAny(shape))
            return Substitute(shape);
        table.Add(shape, ++_version);
        cell.Shape = shape;
        cell.MoveTo(table.LastPublish);
        foreach (var token in table.InFlight)
            token.Lock(cell);
        return cell;
    }

    public ShapeList List(IReadOnlyCollection<TableId> tables)
    {
        var shapes = tables.Count == 1 ? Find(tables.First()) : [.. tables.Distinct().SelectMany(t => Find(t))];
        return new ShapeList(shapes, _version);
    }

    /// <summary>Whether a shape of these tables was registered after that version.</summary>
    public bool HasNewer(IReadOnlyCollection<TableId> tables, long version)
    {
        foreach (var table in tables)
        {
            if (_tables.TryGetValue(table, out var known) && known.ShapesVersion > version)
                return true;
        }
        return false;
    }

    /// <summary>Drops forgotten shapes, and tables of which nothing is worth remembering. The stamps were retired by the rotation.</summary>
    public void Forget(IReadOnlyList<Shape> forgotten)
    {
        foreach (var shape in forgotten)
            Table(shape.Table).Remove(shape);
        foreach (var table in _tables.Values)
        {
            if (table.ShapeCount == 0 && table.InFlight.Count == 0 && table.LastPublish <= stamps.Horizon)
                _tables.Remove(table.Table);
        }
    }

    private static bool IsAny(Shape shape) => shape.EqualityColumns.IsEmpty && shape.Referenced.IsAll;

    private StampCell Substitute(Shape shape)
    {
        Volatile.Write(ref _substituted, _substituted + 1);
        return Register(Shape.Any(shape.Table));
    }

    private ImmutableArray<Shape> Find(TableId table) => _tables.TryGetValue(table, out var known) ? known.Shapes : [];
}
