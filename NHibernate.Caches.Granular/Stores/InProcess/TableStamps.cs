using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// What is known of one table: its registered shapes, the changes in flight on it, its last publish.
/// Not thread-safe: the <see cref="StampTable"/>'s lock guards it.
/// </summary>
internal sealed class TableStamps(TableId table, Sequence lastPublish)
{
    private readonly HashSet<Shape> _shapes = [];
    private ImmutableArray<Shape>? _list;

    public TableId Table { get; } = table;

    /// <summary>The sequence of the last publish that named the table: the birth of a shape registered now.</summary>
    public Sequence LastPublish { get; set; } = lastPublish;

    /// <summary>Tokens that announced changes of the table and have not ended.</summary>
    public HashSet<TokenLocks> InFlight { get; } = [];

    /// <summary>The register's version when a shape was last added here; 0 when none was.</summary>
    public long ShapesVersion { get; private set; }

    public int ShapeCount => _shapes.Count;

    public ImmutableArray<Shape> Shapes => _list ??= [.. _shapes];

    public void Add(Shape shape, long version)
    {
        _shapes.Add(shape);
        (_list, ShapesVersion) = (null, version);
    }

    public void Remove(Shape shape)
    {
        _shapes.Remove(shape);
        _list = null;
    }
}
