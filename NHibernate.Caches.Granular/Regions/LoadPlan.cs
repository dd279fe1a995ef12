using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>All of a cached entity or collection that is the same for every key. Thread-safe: immutable.</summary>
internal sealed class LoadPlan
{
    private readonly Plans _plans;
    private readonly ImmutableHashSet<TableId> _byKey;
    private readonly ImmutableHashSet<TableId> _byRow;

    /// <param name="name">The root entity's name, or the collection's role.</param>
    /// <param name="template">The SELECT that loads one.</param>
    /// <param name="database">The database it is loaded from.</param>
    public LoadPlan(string name, LoadTemplate template, DatabaseScope database)
    {
        (Name, Template, Database, _plans) = (name, template, database, database.Plans);
        Plan = _plans.OfQuery(template.Sql, selectItemsCount: true);
        Shapes = () => Plan.Shapes;
        HasRowSecurity = Plan.HasRowSecurity;
        NeverPut = template.IsOfferedFromMemory ? RejectedPutReason.LazyProperties : Plan.NotCacheable is not null ? RejectedPutReason.NotCacheable : RejectedPutReason.None;
        _byKey = [.. Plan.Tables.Where(table => Plan.Occurrences.All(occurrence => occurrence.Table.Id != table || IsByKey(occurrence)))];
        _byRow = [.. _byKey.Where(table => Plan.Occurrences.All(occurrence => occurrence.Table.Id != table || IsByRow(occurrence)))];
    }

    public string Name { get; }

    public LoadTemplate Template { get; }

    public DatabaseScope Database { get; }

    /// <summary>The catalog that <see cref="Plan"/> was made from.</summary>
    public ISchema Schema => _plans.Schema;

    public QueryPlan Plan { get; }

    /// <summary>Whether row-level security decides who sees its rows. A key that does not say for whom it was read must not be put then.</summary>
    public bool HasRowSecurity { get; }

    /// <summary>Why nothing is ever put, whatever the key; <see cref="RejectedPutReason.None"/>: something may be.</summary>
    public RejectedPutReason NeverPut { get; }

    /// <summary>Makes the shapes of <see cref="Plan"/>.</summary>
    public Func<ImmutableArray<Shape>> Shapes { get; }

    /// <summary>Whether all that it reads of the table is the row whose primary key is the entity's key.</summary>
    public bool ReadsOneRowOf(TableId table) => _byRow.Contains(table);

    /// <summary>Whether all that it reads of the table are rows that have the entity's or collection's key in some column.</summary>
    public bool RestrictsByKey(TableId table) => _byKey.Contains(table);

    /// <summary>Whether it is of this database and of the catalog as it is now.</summary>
    public bool IsCurrent(DatabaseScope database) => ReferenceEquals(Database, database) && ReferenceEquals(_plans, database.Plans);

    // The template's parameters are the key, each of them.
    private static bool IsByKey(TableOccurrence occurrence) =>
        occurrence.Conjunctions.All(conjunction => conjunction.Terms.Any(term => term.Operands is [Operand.Parameter]));

    private static bool IsByRow(TableOccurrence occurrence) =>
        occurrence.Table.RowShape is { EqualityColumns: [var key] }
        && occurrence.Conjunctions.All(conjunction => conjunction.Terms.Any(term => term.Column.Name == key && term.Operands is [Operand.Parameter]));
}
