namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// What a condition implies when it is TRUE, in negation normal form. A formula may be weaker than its condition and never
/// stronger: wherever the condition is TRUE, the formula holds. Thread-safe: immutable.
/// </summary>
internal abstract record Formula
{
    /// <summary>Always holds: nothing is known.</summary>
    public static readonly Formula True = new AllOf([]);

    /// <summary>Never holds.</summary>
    public static readonly Formula False = new AnyOf([]);

    /// <summary>Conjunction; the empty one is <see cref="True"/>.</summary>
    public sealed record AllOf(ImmutableArray<Formula> Parts) : Formula;

    /// <summary>Disjunction; the empty one is <see cref="False"/>.</summary>
    public sealed record AnyOf(ImmutableArray<Formula> Parts) : Formula;

    /// <summary>A column equals one of some operands.</summary>
    public sealed record Equal(SourceColumn Column, ImmutableArray<Operand> Operands) : Formula;

    /// <summary>Two columns equal each other, and so are not NULL.</summary>
    public sealed record Same(SourceColumn Left, SourceColumn Right) : Formula;

    /// <summary>
    /// A condition of which only this is known: it does not hold where one of these sources is absent, that is, all its columns are NULL.
    /// </summary>
    public sealed record Opaque(ImmutableArray<Source> Rejected) : Formula;

    public static Formula All(IEnumerable<Formula> parts)
    {
        var flat = parts.SelectMany(part => part is AllOf all ? all.Parts : [part]).ToImmutableArray();
        if (flat.Any(part => part is AnyOf { Parts.IsEmpty: true }))
            return False;
        return flat.Length == 1 ? flat[0] : new AllOf(flat);
    }

    public static Formula Any(IEnumerable<Formula> parts)
    {
        var flat = parts.SelectMany(part => part is AnyOf any ? any.Parts : [part]).ToImmutableArray();
        if (flat.Any(part => part is AllOf { Parts.IsEmpty: true }))
            return True;
        return flat.Length == 1 ? flat[0] : new AnyOf(flat);
    }

    /// <summary>The parts that hold together.</summary>
    public ImmutableArray<Formula> Conjuncts => this is AllOf all ? all.Parts : [this];

    /// <summary>Whether it cannot hold where all columns of these sources are NULL.</summary>
    public bool Rejects(IReadOnlySet<Source> absent) => this switch
    {
        AllOf all => all.Parts.Any(part => part.Rejects(absent)),
        AnyOf any => any.Parts.All(part => part.Rejects(absent)),
        Equal equal => absent.Contains(equal.Column.Source) && !equal.Operands.Any(operand => operand is Operand.IsNull),
        Same same => absent.Contains(same.Left.Source) || absent.Contains(same.Right.Source),
        Opaque opaque => opaque.Rejected.Any(absent.Contains),
        _ => false,
    };

    /// <summary>Replaces every atom; what the function weakens, the whole weakens.</summary>
    public Formula Map(Func<Formula, Formula> atom) => this switch
    {
        AllOf all => All(all.Parts.Select(part => part.Map(atom))),
        AnyOf any => Any(any.Parts.Select(part => part.Map(atom))),
        _ => atom(this),
    };

    /// <summary>What remains known when nothing is known of these sources.</summary>
    public Formula Without(IReadOnlySet<Source> sources) => Map(atom => atom switch
    {
        Equal equal when sources.Contains(equal.Column.Source) => True,
        Same same when sources.Contains(same.Left.Source) || sources.Contains(same.Right.Source) => True,
        Opaque opaque => opaque.Rejected.Any(sources.Contains) ? new Opaque([.. opaque.Rejected.Where(source => !sources.Contains(source))]) : opaque,
        _ => atom,
    });
}
