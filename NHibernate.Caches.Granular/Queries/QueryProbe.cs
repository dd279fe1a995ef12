using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Finds the entries of one query with its present parameters, and what they depend on: it is run like any cacheable query, up to the
/// moment when the database would be asked. Not thread-safe: belongs to one session.
/// </summary>
/// <param name="scope">The session's database.</param>
internal sealed class QueryProbe(DatabaseScope scope) : CommandProbe
{
    private readonly List<QueryEntryKey> _known = [];
    private ResultForm _form;
    private Func<QueryPlan, IEnumerable<TableId>>? _unseen;

    /// <summary>Finds the entries.</summary>
    /// <param name="session">The session, which is left as it was.</param>
    /// <param name="watch">Its connection.</param>
    /// <param name="scope">Its database.</param>
    /// <param name="query">Lists the query, which is cacheable.</param>
    public static IReadOnlyList<FoundEntry> Find(ISession session, ConnectionWatch watch, DatabaseScope scope, System.Action query)
    {
        var probe = new QueryProbe(scope);
        var found = new List<FoundEntry>();
        var cacheMode = session.CacheMode;
        session.CacheMode = CacheMode.Normal;
        try
        {
            // A query of several hierarchies has an entry for each: it is run until none is left that is not known.
            while (probe.Stops(session.GetSessionImplementation(), watch, query) && probe._unseen is { } unseen)
            {
                probe._unseen = null;
                var plan = probe._form.Plan(probe.Sql!, scope.Plans);
                found.Add(new FoundEntry(probe._known[^1], plan, plan.Bind(probe.Values).Uses, [.. unseen(plan).Select(table => new ShapeUse(Shape.Any(table), []))]));
            }
        }
        finally
        {
            session.CacheMode = cacheMode;
        }
        return found;
    }

    /// <summary>NHibernate asks for the query's entry.</summary>
    /// <returns>Whether it is known already, and is to be taken for an empty result.</returns>
    public bool Knows(QueryRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISet<string> spaces, ISessionImplementor session)
    {
        var entryKey = QueryEntryKey.Of(region.KeyName, key, parameters, types, session);
        if (_known.Contains(entryKey))
            return true;
        _known.Add(entryKey);
        _form = ResultForm.Of(region, types);
        _unseen = plan => QueryLookUp.Unseen(region, spaces, plan, scope);
        return false;
    }
}

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
}
