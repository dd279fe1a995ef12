using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Pass: what is known of one table's rows as a disjunction of conjunctions over its own columns, weaker where it must be. A value
/// given to a column that equals one of the table's (an inner join) counts as given to that. Not thread-safe: one per table.
/// </summary>
internal sealed class NormalForm
{
    private readonly TableSource _source;
    private readonly AnalysisState _state;

    private NormalForm(TableSource source, AnalysisState state) => (_source, _state) = (source, state);

    private static ImmutableArray<Conjunction> Everything => [Conjunction.Any];

    public static ImmutableArray<Conjunction> Of(TableSource source, AnalysisState state)
    {
        var form = new NormalForm(source, state);
        return Reduce([.. form.Of(Formula.All(source.Restriction), Equivalence.None).Select(form.Narrow)]);
    }

    private ImmutableArray<Conjunction> Of(Formula formula, Equivalence equivalence)
    {
        if (!_state.Spend(1))
            return Everything;
        return formula switch
        {
            Formula.AllOf all => All(all, equivalence),
            Formula.AnyOf any => Any(any, equivalence),
            Formula.Equal equal => [new Conjunction(Terms(equal, equivalence))],
            _ => Everything,
        };
    }

    private ImmutableArray<Conjunction> All(Formula.AllOf all, Equivalence equivalence)
    {
        var inside = equivalence.With(all.Parts.OfType<Formula.Same>());
        var result = Everything;
        foreach (var part in all.Parts)
        {
            var next = Of(part, inside);
            if (result.Length * next.Length > _state.Limits.MaxConjunctions)
                next = Widen(next);
            if (!_state.Spend(result.Length * next.Length))
                return Everything;
            result = Reduce([.. result.SelectMany(a => next.Select(b => Merge(a, b)))]);
        }
        return result;
    }

    private ImmutableArray<Conjunction> Any(Formula.AnyOf any, Equivalence equivalence)
    {
        var result = Reduce(JoinLists(any.Parts.SelectMany(part => Of(part, equivalence))));
        return result.Length > _state.Limits.MaxConjunctions ? Widen(result) : result;
    }

    /// <summary>The columns of this table that the value is given to, directly or through an equality of columns.</summary>
    private ImmutableArray<EqualityTerm> Terms(Formula.Equal equal, Equivalence equivalence) =>
    [
        .. equivalence.Of(equal.Column, _state)
            .Where(column => column.Source == _source && IsComparable(column.Info, equal.Operands))
            .OrderBy(column => column.Info.Name, StringComparer.Ordinal)
            .Select(column => new EqualityTerm(column.Info, equal.Operands)),
    ];

    /// <summary>Without a form no value converts, but NULL is NULL in every type.</summary>
    private static bool IsComparable(ColumnInfo column, ImmutableArray<Operand> operands) =>
        column.Form != ValueForm.None || operands.All(operand => operand is Operand.IsNull);

    /// <summary>Leaves out columns, those with most values first, until their combinations are few enough.</summary>
    private Conjunction Narrow(Conjunction conjunction)
    {
        while (conjunction.Terms.Aggregate(1.0, (product, term) => product * term.FewestOperands) > _state.Limits.MaxInValues)
        {
            var widest = conjunction.Terms.MaxBy(term => term.FewestOperands)!;
            _state.Note(CoarseReason.TooManyValues, $"{_source.Table.Id}.{widest.Column.Name}");
            conjunction = new Conjunction(conjunction.Terms.Remove(widest));
        }
        return conjunction;
    }

    /// <summary>One conjunction that every one of these implies: the columns they have in common, each with all their operands.</summary>
    private ImmutableArray<Conjunction> Widen(ImmutableArray<Conjunction> conjunctions)
    {
        _state.Note(CoarseReason.TooManyConjunctions, _source.Table.Id.Name);
        return [Common(conjunctions)];
    }

    /// <summary>The conjunction of the columns that all of these compare, each with all their operands.</summary>
    public static Conjunction Common(ImmutableArray<Conjunction> conjunctions)
    {
        var lists = new Dictionary<string, (ColumnInfo Column, HashSet<Operand> Operands, int Count)>(StringComparer.Ordinal);
        foreach (var term in conjunctions.SelectMany(conjunction => conjunction.Terms))
        {
            if (!lists.TryGetValue(term.Column.Name, out var list))
                list = (term.Column, [], 0);
            list.Operands.UnionWith(term.Operands);
            lists[term.Column.Name] = list with { Count = list.Count + 1 };
        }
        return new Conjunction(
        [
            .. lists.Values.Where(list => list.Count == conjunctions.Length)
                .OrderBy(list => list.Column.Name, StringComparer.Ordinal)
                .Select(list => new EqualityTerm(list.Column, [.. list.Operands])),
        ]);
    }

    private static Conjunction Merge(Conjunction left, Conjunction right)
    {
        if (left.Terms.IsEmpty)
            return right;
        if (right.Terms.IsEmpty)
            return left;
        var terms = left.Terms.ToDictionary(term => term.Column.Name, StringComparer.Ordinal);
        foreach (var term in right.Terms)
            terms[term.Column.Name] = terms.TryGetValue(term.Column.Name, out var other) ? Intersect(other, term) : term;
        return new Conjunction([.. terms.Values.OrderBy(term => term.Column.Name, StringComparer.Ordinal)]);
    }

    /// <summary>Both lists must match; which values they share is known only when they are bound.</summary>
    private static EqualityTerm Intersect(EqualityTerm left, EqualityTerm right)
    {
        var lists = left.Also.Insert(0, left.Operands);
        foreach (var list in right.Also.Insert(0, right.Operands))
        {
            if (lists.Length < AnalysisLimits.MaxListsPerColumn && !lists.Any(known => known.SequenceEqual(list)))
                lists = lists.Add(list);
        }
        return left with { Operands = lists[0], Also = lists[1..] };
    }

    /// <summary><c>a = 1 or a = 2</c> is <c>a in (1, 2)</c>.</summary>
    private static ImmutableArray<Conjunction> JoinLists(IEnumerable<Conjunction> conjunctions)
    {
        var result = ImmutableArray.CreateBuilder<Conjunction>();
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        var lists = new Dictionary<int, HashSet<Operand>>();
        foreach (var conjunction in conjunctions)
        {
            if (conjunction.Terms is [{ Also.IsEmpty: true } term])
            {
                if (positions.TryGetValue(term.Column.Name, out var position))
                {
                    lists[position].UnionWith(term.Operands);
                    continue;
                }
                positions[term.Column.Name] = result.Count;
                lists[result.Count] = [.. term.Operands];
            }
            result.Add(conjunction);
        }
        foreach (var (position, operands) in lists)
            result[position] = new Conjunction([result[position].Terms[0] with { Operands = [.. operands] }]);
        return result.ToImmutable();
    }

    /// <summary>Drops repetitions, and everything where one matches every row.</summary>
    private static ImmutableArray<Conjunction> Reduce(ImmutableArray<Conjunction> conjunctions)
    {
        if (conjunctions.Any(conjunction => conjunction.Terms.IsEmpty))
            return Everything;
        return conjunctions.Length < 2 ? conjunctions : [.. conjunctions.DistinctBy(conjunction => conjunction.ToString(), StringComparer.Ordinal)];
    }
}
