namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>
/// A node of a statement's tree. Nodes print themselves as normalised SQL: for people and tests, not for a database.
/// Thread-safe: immutable.
/// </summary>
internal abstract class SqlNode
{
    private int _depth;

    /// <summary>Levels of the tree from here down, 1 for a leaf. The parser bounds it, so that passes may recurse.</summary>
    public int Depth => _depth != 0 ? _depth : _depth = 1 + Children.Select(child => child.Depth).DefaultIfEmpty().Max();

    /// <summary>The nodes directly below, in order of appearance.</summary>
    public abstract IEnumerable<SqlNode> Children { get; }

    /// <summary>This node and all below it.</summary>
    public IEnumerable<SqlNode> DescendantsAndSelf()
    {
        var open = new Stack<SqlNode>();
        open.Push(this);
        while (open.TryPop(out var node))
        {
            yield return node;
            foreach (var child in node.Children)
                open.Push(child);
        }
    }

    protected static string List(IEnumerable<object> items) => string.Join(", ", items);
}
