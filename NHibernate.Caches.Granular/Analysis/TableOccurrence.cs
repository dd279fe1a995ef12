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
internal sealed record TableOccurrence(TableInfo Table, ColumnSet Referenced, ImmutableArray<Conjunction> Conjunctions);

/// <summary>Equalities that hold together. Thread-safe: immutable.</summary>
/// <param name="Terms">At most one per column, ordered by column name.</param>
internal sealed record Conjunction(ImmutableArray<EqualityTerm> Terms);

/// <summary>A column that equals one of some operands (one: equality; several: IN). Thread-safe: immutable.</summary>
internal sealed record EqualityTerm(ColumnInfo Column, ImmutableArray<Operand> Operands);

/// <summary>A value in a template: a parameter, a literal, or the NULL of IS NULL. Thread-safe: immutable.</summary>
internal abstract record Operand
{
    /// <param name="Index">The position among the template's parameters, from 0 in order of appearance.</param>
    public sealed record Parameter(int Index) : Operand;

    /// <param name="Text">As <see cref="ValueForm.ConvertLiteral"/> takes it.</param>
    public sealed record Literal(string Text) : Operand;

    /// <summary>Matches NULL, as IS NULL does; <c>= NULL</c> matches nothing and leaves no operand.</summary>
    public sealed record IsNull : Operand;
}
