using System.Collections;
using System.Runtime.CompilerServices;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// One look-up of a query, from NHibernate's <c>Get</c> to its <c>Put</c>: what was decided, what to ask the store, and on a miss
/// the sequence that the result may be put with. Not thread-safe: belongs to one execution.
/// </summary>
internal sealed class QueryLookUp
{
    // NHibernate passes the same key object to Put that it passed to Get; that is what ties a result to the look-up before it.
    private static readonly ConditionalWeakTable<QueryKey, QueryLookUp> s_missed = [];

    private readonly CacheRegion _region;
    private readonly QueryKey _key;
    private readonly DatabaseScope _scope;
    private readonly bool _selectItemsCount;

    private QueryLookUp(CacheRegion region, QueryKey key, QueryEntryKey entryKey, GateDecision gate, bool selectItemsCount, ISet<string> spaces)
    {
        (_region, _key, _scope, _selectItemsCount) = (region, key, gate.Scope!, selectItemsCount);
        (EntryKey, AsOf, Spaces) = (entryKey, gate.AsOf, spaces);
    }

    public ICacheStore Store => _scope.Store;

    public DatabaseScope Scope => _scope;

    public QueryEntryKey EntryKey { get; }

    public Sequence? AsOf { get; }

    /// <summary>The tables NHibernate says the query reads.</summary>
    public ISet<string> Spaces { get; }

    /// <summary>A sequence from before the SELECT; set by a miss.</summary>
    public Sequence Sequence { get; private set; }

    /// <summary>The look-up that missed with this key, if there was one; it is handed out once.</summary>
    public static QueryLookUp? TakeMissed(QueryKey key)
    {
        if (!s_missed.TryGetValue(key, out var missed))
            return null;
        s_missed.Remove(key);
        return missed;
    }

    /// <summary>Whether results of these types hold more than the identifiers of entities.</summary>
    public static bool SelectItemsCount(ICacheAssembler[]? types) => types is null || !Array.TrueForAll(types, static type => type is EntityType);

    /// <summary>Null when the session may not use the cache for this query.</summary>
    public static QueryLookUp? Begin(CacheRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISet<string> spaces, ISessionImplementor session)
    {
        Explain(key, types, session);
        var gate = CacheGate.Decide(session, parameters);
        if (!gate.IsOpen)
            return Bypassed(gate.Bypass);
        var lookUp = new QueryLookUp(region, key, QueryEntryKey.Of(region.RegionName, key, parameters, types, session), gate, SelectItemsCount(types), spaces);
        gate.Watch!.BeginQuery();
        return gate.Watch.HasChanges && gate.Watch.HasUncommitted(lookUp.Plan) ? Bypassed(BypassReason.OwnWrites) : lookUp;
    }

    /// <summary>The shapes of the query's plan, as far as the SQL is known before it is executed.</summary>
    public ImmutableArray<Shape> Shapes() => Plan().Shapes;

    /// <summary>The payload of a hit. On a miss the sequence is kept for the put.</summary>
    public object? Found(ReadResult read)
    {
        if (read.Entry is { } entry)
            return entry.Payload;
        Missed(read.Reason, read.Sequence);
        return null;
    }

    /// <param name="result">Null when NHibernate could not assemble a natural-id look-up, which is a miss.</param>
    public IList? Hit(IList? result)
    {
        if (result is null)
            return Vanished();
        CacheMetrics.Hit(_region.RegionName);
        return result;
    }

    /// <summary>A listed row was gone when it was loaded, because it was deleted meanwhile: then this is a miss.</summary>
    public IList? Vanished()
    {
        Store.Remove(EntryKey);
        Missed(MissReason.VanishedRow, Store.Current);
        return null;
    }

    /// <summary>A query that is only explained stops here, whether or not its session may use the cache.</summary>
    private static void Explain(QueryKey key, ICacheAssembler[]? types, ISessionImplementor session)
    {
        if (StatementWitness.WatchOf(session) is { Explaining: { } explain, Scope: { } scope })
            explain(scope.Plans.OfQuery(NHibernateInternals.Sql(key).ToString(), SelectItemsCount(types)));
    }

    private static QueryLookUp? Bypassed(BypassReason reason)
    {
        CacheMetrics.Bypass(reason);
        return null;
    }

    private QueryPlan Plan() => _scope.Plans.OfQuery(NHibernateInternals.Sql(_key).ToString(), _selectItemsCount);

    private void Missed(MissReason reason, Sequence sequence)
    {
        CacheMetrics.Miss(_region.RegionName, reason);
        Sequence = sequence;
        s_missed.AddOrUpdate(_key, this);
    }
}
