using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>An entry of a query, and what it depends on, whether or not it is there. Thread-safe: immutable.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Plan">The plan of its SQL.</param>
/// <param name="Shown">What it depends on as its SQL shows.</param>
/// <param name="Unseen">What it depends on that its SQL does not show.</param>
internal sealed record FoundEntry(EntryKey Key, QueryPlan Plan, ImmutableArray<ShapeUse> Shown, ImmutableArray<ShapeUse> Unseen)
{
    /// <summary>
    /// Of what it depends on, what fewest others depend on; moving that drops the entry, and one that is on its way. All there is where
    /// there is no such thing.
    /// </summary>
    public IEnumerable<ShapeUse> ToMove =>
        Shown.IsEmpty ? Unseen : [Shown.MaxBy(use => (use.Shape.EqualityColumns.Length, -use.Conjunctions.Length))!];

    /// <summary>The entries of a query with its present parameters; one of several hierarchies has an entry for each. It is not executed.</summary>
    /// <param name="session">The session, which is left as it was.</param>
    /// <param name="watch">Its connection.</param>
    /// <param name="list">Lists the query, which is cacheable.</param>
    public static IReadOnlyList<FoundEntry> Find(ISession session, ConnectionWatch watch, System.Action list) =>
        [.. QueryCapture.Of(session.GetSessionImplementation(), watch, list).Where(query => query.LookUp is not null).Select(query => Of(query, query.LookUp!))];

    private static FoundEntry Of(CapturedQuery query, CapturedLookUp lookUp)
    {
        var plan = lookUp.Plan(query.Sql);
        return new FoundEntry(lookUp.Key, plan, plan.Bind(query.Values).Uses, [.. lookUp.Unseen(plan).Select(table => new ShapeUse(Shape.Any(table), []))]);
    }
}
