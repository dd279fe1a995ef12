using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// One occurrence of a table in a query and the disjunction of conjunctions that restricts it there. A table that occurs twice
/// has two occurrences. An empty list of conjunctions: no row of the table can ever matter. Thread-safe: immutable.
/// </summary>
/// <param name="Table">The table.</param>
/// <param name="Referenced">Every column of this occurrence the result depends on.</param>
/// <param name="Conjunctions">The disjunction; a conjunction without terms matches every row.</param>
/// <remarks>
/// The meaning, which every rule of the analysis must keep: the query's result stays the same when this occurrence reads, instead of
/// the table, only those of its rows that satisfy a conjunction, and of them only the referenced columns.
/// </remarks>
internal sealed record TableOccurrence(TableInfo Table, ColumnSet Referenced, ImmutableArray<Conjunction> Conjunctions)
{
    /// <summary><c>public.post[cat_id=?0 &amp; visible=true | id=?1; cat_id, id, title, visible]</c>; <c>*</c> for every row or column, <c>none</c> for no row.</summary>
    public override string ToString() =>
        $"{Table.Id}[{(Conjunctions.IsEmpty ? "none" : string.Join(" | ", Conjunctions))}; {Referenced}]";
}

/// <summary>Equalities that hold together. Thread-safe: immutable.</summary>
/// <param name="Terms">At most one per column, ordered by column name.</param>
internal sealed record Conjunction(ImmutableArray<EqualityTerm> Terms)
{
    /// <summary>Matches every row.</summary>
    public static readonly Conjunction Any = new([]);

    public override string ToString() => Terms.IsEmpty ? "*" : string.Join(" & ", Terms);
}

/// <summary>A column that equals one of some operands (one: equality; several: IN). Thread-safe: immutable.</summary>
internal sealed record EqualityTerm(ColumnInfo Column, ImmutableArray<Operand> Operands)
{
    /// <summary>Further lists, of each of which the column equals one operand too (<c>a = 1 and a in (1, 2)</c>).</summary>
    public ImmutableArray<ImmutableArray<Operand>> Also { get; init; } = [];

    /// <summary>How many values the column can have at most.</summary>
    public int FewestOperands => Also.Aggregate(Operands.Length, (fewest, list) => Math.Min(fewest, list.Length));

    public override string ToString() => string.Join(" & ", Also.Insert(0, Operands).Select(Print));

    private string Print(ImmutableArray<Operand> operands) =>
        operands.Length == 1 ? $"{Column.Name}{(operands[0] is Operand.IsNull ? " is " : "=")}{operands[0]}" : $"{Column.Name} in ({string.Join(", ", operands)})";
}
