using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Which columns equal which wherever a formula holds. Only columns of one family of types count: between types, equality may round, and what
/// equals a value under one need not under the other. Thread-safe: immutable.
/// </summary>
internal sealed class Equivalence
{
    public static readonly Equivalence None = new(null, []);

    private readonly Equivalence? _outer;
    private readonly Dictionary<SourceColumn, List<SourceColumn>> _neighbours = [];

    private Equivalence(Equivalence? outer, IEnumerable<Formula.Same> pairs)
    {
        _outer = outer;
        foreach (var pair in pairs)
        {
            Add(pair.Left, pair.Right);
            Add(pair.Right, pair.Left);
        }
    }

    /// <summary>This, and further pairs.</summary>
    public Equivalence With(IEnumerable<Formula.Same> pairs)
    {
        var exact = pairs.Where(pair => AreOneFamily(pair.Left.Info.Form, pair.Right.Info.Form)).ToList();
        return exact.Count == 0 ? this : new Equivalence(this, exact);
    }

    /// <summary>
    /// Whether columns of these forms compare exactly, whatever their lengths: the classes of forms are families of types, such as all
    /// integers, between whose members the database rounds nothing.
    /// </summary>
    public static bool AreOneFamily(ValueForm left, ValueForm right) => left != ValueForm.None && left.GetType() == right.GetType();

    /// <summary>The column and all it equals; only the column itself when the budget is used up.</summary>
    public IReadOnlyCollection<SourceColumn> Of(SourceColumn column, AnalysisState state)
    {
        var found = new HashSet<SourceColumn> { column };
        var open = new Queue<SourceColumn>(found);
        while (open.TryDequeue(out var next))
        {
            for (var level = this; level is not null; level = level._outer)
            {
                if (!level._neighbours.TryGetValue(next, out var neighbours))
                    continue;
                if (!state.Spend(neighbours.Count))
                    return [column];
                foreach (var neighbour in neighbours)
                {
                    if (found.Add(neighbour))
                        open.Enqueue(neighbour);
                }
            }
        }
        return found;
    }

    private void Add(SourceColumn from, SourceColumn to)
    {
        if (!_neighbours.TryGetValue(from, out var list))
            _neighbours[from] = list = [];
        list.Add(to);
    }
}
