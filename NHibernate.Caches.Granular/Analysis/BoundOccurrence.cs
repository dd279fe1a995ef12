using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>Binds one table occurrence to values: a conjunction becomes a shape and the stamps of it that its values name. Thread-safe: immutable.</summary>
internal sealed class BoundOccurrence
{
    private readonly TableOccurrence _occurrence;

    public BoundOccurrence(TableOccurrence occurrence)
    {
        _occurrence = occurrence;
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
            var isWhole = bound.All(list => list is not null);
            var shape = isWhole ? Shapes[i] : ShapeOf(terms.Where((_, index) => bound[index] is not null));
            if (!uses.TryGetValue(shape, out var stamps))
                uses[shape] = stamps = [];
            if (!shape.EqualityColumns.IsEmpty)
                AddStamps(shape, [.. bound.OfType<HashSet<ColumnValue>>()], stamps);
        }
    }

    /// <summary>
    /// What the rows have that satisfy a conjunction: one set of values for each combination. A column whose values are not known is
    /// left out.
    /// </summary>
    public IEnumerable<ImmutableDictionary<string, ColumnValue>> Rows(IReadOnlyList<object?> values)
    {
        foreach (var conjunction in _occurrence.Conjunctions)
        {
            IEnumerable<ImmutableDictionary<string, ColumnValue>> rows = [ImmutableDictionary.Create<string, ColumnValue>(StringComparer.Ordinal)];
            foreach (var term in conjunction.Terms)
            {
                if (Values(term, values) is { } known)
                    rows = rows.SelectMany(row => known.Select(value => row.SetItem(term.Column.Name, value)));
            }
            foreach (var row in rows)
                yield return row;
        }
    }

    private Shape ShapeOf(IEnumerable<EqualityTerm> terms) => new(_occurrence.Table.Id, terms.Select(term => term.Column.Name), _occurrence.Referenced);

    /// <summary>The values the column can have; null when one of them has no exact form, so that nothing can be said.</summary>
    private static HashSet<ColumnValue>? Values(EqualityTerm term, IReadOnlyList<object?> values)
    {
        var result = Values(term.Column, term.Operands, values);
        foreach (var list in term.Also)
        {
            if (Values(term.Column, list, values) is not { } other)
                return null;
            result?.IntersectWith(other);
        }
        return result;
    }

    private static HashSet<ColumnValue>? Values(ColumnInfo column, ImmutableArray<Operand> operands, IReadOnlyList<object?> values)
    {
        var result = new HashSet<ColumnValue>();
        foreach (var operand in operands)
        {
            if (operand.ValueFor(column, values) is not { } value)
                return null;
            // Nothing equals NULL.
            if (!value.IsNull || operand is Operand.IsNull)
                result.Add(value);
        }
        return result;
    }

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
