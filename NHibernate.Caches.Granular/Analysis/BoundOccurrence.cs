using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>Binds one table occurrence to values: a conjunction becomes a shape and the stamps of it that its values name. Thread-safe: immutable.</summary>
internal sealed class BoundOccurrence
{
    private readonly TableOccurrence _occurrence;
    private readonly AnalysisLimits _limits;

    public BoundOccurrence(TableOccurrence occurrence, AnalysisLimits limits)
    {
        (_occurrence, _limits) = (occurrence, limits);
        Shapes = [.. occurrence.Conjunctions.Select(conjunction => ShapeOf(conjunction.Terms))];
    }

    /// <summary>One per conjunction, with all its columns.</summary>
    public ImmutableArray<Shape> Shapes { get; }

    /// <summary>Adds the stamps of an execution.</summary>
    public void Bind(IReadOnlyList<object?> values, Dictionary<Shape, HashSet<StampKey>> uses)
    {
        for (var i = 0; i < Shapes.Length; i++)
        {
            var terms = _occurrence.Conjunctions[i].Terms;
            var bound = terms.Select(term => Values(term, values)).ToArray();
            // A column that can have no value: the conjunction matches no row.
            if (bound.Any(list => list is { Count: 0 }))
                continue;
            LeaveOutWidest(bound);
            var isWhole = bound.All(list => list is not null);
            var shape = isWhole ? Shapes[i] : ShapeOf(terms.Where((_, index) => bound[index] is not null));
            if (!uses.TryGetValue(shape, out var stamps))
                uses[shape] = stamps = [];
            if (!shape.EqualityColumns.IsEmpty)
                AddStamps(shape, [.. bound.OfType<HashSet<ColumnValue>>()], stamps);
        }
    }

    private Shape ShapeOf(IEnumerable<EqualityTerm> terms) => new(_occurrence.Table.Id, terms.Select(term => term.Column.Name), _occurrence.Referenced);

    /// <summary>The values the column can have; null when one of them has no exact form, so that nothing can be said.</summary>
    private static HashSet<ColumnValue>? Values(EqualityTerm term, IReadOnlyList<object?> values)
    {
        var result = Values(term, term.Operands, values);
        foreach (var list in term.Also)
        {
            if (Values(term, list, values) is not { } other)
                continue;
            if (result is null)
                result = other;
            else
                result.IntersectWith(other);
        }
        return result;
    }

    private static HashSet<ColumnValue>? Values(EqualityTerm term, ImmutableArray<Operand> operands, IReadOnlyList<object?> values)
    {
        var result = new HashSet<ColumnValue>();
        foreach (var operand in operands)
        {
            // Nothing equals NULL.
            if (operand is Operand.Parameter { Index: var index } && values[index] is null or DBNull)
                continue;
            if (ValueOf(operand, term, values) is not { } value)
                return null;
            result.Add(value);
        }
        return result;
    }

    private static ColumnValue? ValueOf(Operand operand, EqualityTerm term, IReadOnlyList<object?> values) => operand switch
    {
        Operand.Parameter parameter => term.Column.Form.Convert(values[parameter.Index]),
        Operand.Literal literal => term.Column.Form.ConvertLiteral(literal.Text),
        _ => ColumnValue.Null,
    };

    /// <summary>Leaves out columns, those with most values first, until the combinations are few enough.</summary>
    private void LeaveOutWidest(HashSet<ColumnValue>?[] bound)
    {
        while (Combinations(bound) > _limits.MaxInValues)
        {
            var widest = 0;
            for (var i = 1; i < bound.Length; i++)
            {
                if ((bound[i]?.Count ?? 0) > (bound[widest]?.Count ?? 0))
                    widest = i;
            }
            bound[widest] = null;
        }
    }

    private static double Combinations(HashSet<ColumnValue>?[] bound) => bound.Aggregate(1.0, (product, list) => product * (list?.Count ?? 1));

    /// <summary>One stamp for every combination of the columns' values.</summary>
    private static void AddStamps(Shape shape, ImmutableArray<HashSet<ColumnValue>> lists, HashSet<StampKey> stamps)
    {
        var combination = new ColumnValue[lists.Length];
        Add(0);

        void Add(int column)
        {
            if (column == lists.Length)
            {
                stamps.Add(shape.Conjunction(combination));
                return;
            }
            foreach (var value in lists[column])
            {
                combination[column] = value;
                Add(column + 1);
            }
        }
    }
}
