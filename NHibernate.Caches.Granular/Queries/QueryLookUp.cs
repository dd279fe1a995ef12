using System.Collections;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// One look-up of a query, from NHibernate's <c>Get</c> to its <c>Put</c>: what was decided, what to ask the store, and on a miss
/// the sequence that the result may be put with. Not thread-safe: belongs to one execution.
/// </summary>
internal sealed class QueryLookUp : ILookUp
{
    // NHibernate passes the same key object to Put that it passed to Get; that is what ties a result to the look-up before it.
    private static readonly ConditionalWeakTable<QueryKey, QueryLookUp> s_missed = [];

    private readonly QueryRegion _region;
    private readonly QueryKey _key;
    private readonly DatabaseScope _scope;
    private readonly ICacheAssembler[]? _types;
    private readonly ISessionImplementor _session;
    private readonly ConnectionWatch _watch;
    private readonly bool _willBePut;
    private Passage? _passage;

    // A hit does not ask for it.
    private ResultForm? _form;

    private readonly long _start = CacheMetrics.StartLookUp;

    // NHibernate throws when an entity is not found, unless its user has said otherwise.
    private readonly bool _mayLackRows;

    private QueryLookUp(QueryRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISet<string> spaces, ISessionImplementor session, GateDecision gate)
    {
        (_region, _key, _types, _session, _scope, _watch) = (region, key, types, session, gate.Scope!, gate.Watch!);
        (EntryKey, AsOf, Spaces, Terms) = (QueryEntryKey.Of(region.KeyName, key, parameters, types, session), gate.AsOf, spaces, region.TermsOf(key, types));
        _willBePut = parameters.CanPutToCache(session);
        _mayLackRows = region.Scope.Factory.EntityNotFoundDelegate.GetType().Assembly != typeof(ISession).Assembly;
    }

    public ICacheStore Store => _scope.Store;

    public DatabaseScope Scope => _scope;

    public QueryEntryKey EntryKey { get; }

    public Sequence? AsOf { get; }

    /// <summary>Who waits for whom when others miss the same entry.</summary>
    private SingleFlight SingleFlight => Terms.SingleFlight;

    /// <summary>What goes for the query besides the general options.</summary>
    public QueryTerms Terms { get; }

    /// <summary>What others may be waiting for since this look-up missed: it ends with the put.</summary>
    public Flight? Flight => _passage?.Led;

    EntryKey ILookUp.Key => EntryKey;

    Func<ImmutableArray<Shape>> ILookUp.Shapes => Shapes;

    /// <summary>The tables NHibernate says the query reads.</summary>
    private ISet<string> Spaces { get; }

    /// <summary>A sequence from before the SELECT; set by a miss.</summary>
    public Sequence Sequence { get; private set; }

    /// <summary>What the SELECT hydrates, if its result is to hold that; set by a miss.</summary>
    public Hydration? Hydration { get; private set; }

    private ResultForm Form => _form ??= ResultForm.Of(_region, Terms, _types);

    /// <summary>The look-up that missed with this key, if there was one; it is handed out once.</summary>
    public static QueryLookUp? TakeMissed(QueryKey key)
    {
        if (!s_missed.TryGetValue(key, out var missed))
            return null;
        s_missed.Remove(key);
        return missed;
    }

    /// <summary>The result is there: what is loaded from now on is not its SELECT's.</summary>
    public void EndHydration()
    {
        if (Hydration is not null)
            _watch.EndHydration(Hydration);
    }

    /// <summary>Null when the session may not use the cache for this query.</summary>
    public static QueryLookUp? Begin(QueryRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISet<string> spaces, ISessionImplementor session)
    {
        region.RefuseIfFaulty();
        if (StatementWitness.WatchOf(session) is { Capture: { } capture, Scope: { } captured })
        {
            var form = ResultForm.Of(region, region.TermsOf(key, types), types);
            capture.Expect(new CapturedLookUp(QueryEntryKey.Of(region.KeyName, key, parameters, types, session), sql => form.Plan(sql, captured.Plans), plan => Unseen(region, spaces, plan, captured)));
            return null;
        }
        var isForbidden = ForbiddenTables.AreIn(spaces, region.Scope);
        var gate = CacheGate.Decide(session, parameters);
        var bypass = isForbidden ? BypassReason.Forbidden : region.LeavesOut(key, types) ? BypassReason.OtherOperation : gate.Bypass;
        Explain(region, key, parameters, types, session, bypass);
        if (bypass != BypassReason.None)
            return Bypassed(bypass);
        var lookUp = new QueryLookUp(region, key, parameters, types, spaces, session, gate);
        gate.Watch!.BeginQuery();
        if (ForbiddenTables.AreIn(lookUp.Plan, gate.Scope!))
            return Bypassed(BypassReason.Forbidden);
        return gate.Watch.HasChanges && (gate.Watch.HasUncommitted(lookUp.Plan) || lookUp.Unseen(lookUp.Plan(), gate.Scope!).Any(gate.Watch.HasUncommitted)) ? Bypassed(BypassReason.OwnWrites) : lookUp;
    }

    /// <inheritdoc/>
    public Passage? Board()
    {
        // What was read as of a snapshot is of little use to others, and theirs is too new for it.
        if (SingleFlight == SingleFlight.Off || AsOf is not null || Plan().NotCacheable is not null)
            return null;
        var factory = _region.Scope;
        // Others may be waiting for a database's lock that this connection holds.
        var rules = new FlightRules(SingleFlight == SingleFlight.Nodes, factory.Options.SingleFlightWait, _willBePut && !factory.IsReadOnly, !_watch.HasChanges && !_watch.Flights.Any, !factory.IsShared);
        return _passage = new Passage(_scope.Flights, Store, EntryKey, _watch.Flights, rules);
    }

    /// <summary>The shapes of what the result will depend on, as far as the SQL is known before it is executed.</summary>
    public ImmutableArray<Shape> Shapes()
    {
        var plan = Plan();
        return [.. plan.Shapes, .. Unseen(plan, _scope).Select(Shape.Any)];
    }

    /// <summary>
    /// Tables that the mapping says the query reads and its SQL does not show, and those its user has named: any change of them counts.
    /// </summary>
    public IEnumerable<TableId> Unseen(QueryPlan plan, DatabaseScope scope) =>
        Unseen(_region, Spaces, plan, scope);

    /// <inheritdoc cref="Unseen(QueryPlan, DatabaseScope)"/>
    public static IEnumerable<TableId> Unseen(QueryRegion region, ISet<string> spaces, QueryPlan plan, DatabaseScope scope) =>
        spaces.SelectMany(scope.TablesOf).Where(table => !plan.Tables.Contains(table)).Concat(region.AlsoReads(scope)).Distinct();

    /// <summary>The payload of a hit. On a miss the sequence is kept for the put.</summary>
    public object? Found(ReadResult read)
    {
        if (read.Entry is { } entry)
            return entry.Payload;
        Missed(read.Reason, read.Sequence);
        return null;
    }

    /// <summary>
    /// Whether a hit failed because a row was not found. What is thrown then is the business of the factory's delegate, which may be
    /// its user's; whatever else goes wrong while rows are loaded is no miss.
    /// </summary>
    public bool IsVanishedRow(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is UnresolvableObjectException || (_mayLackRows && new StackTrace(cause).GetFrames().Any(IsOfDelegate)))
                return true;
        }
        return false;
    }

    /// <param name="payload">What was cached.</param>
    /// <param name="result">Null when NHibernate could not assemble a natural-id look-up, which is a miss.</param>
    public IList? Hit(object payload, IList? result)
    {
        if (result is null || (_mayLackRows && LacksRows(FullResult.RowsOf(payload), result)))
            return Vanished();
        CacheMetrics.Hit(_region.Name);
        Observe(MissReason.None);
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
    private static void Explain(QueryRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISessionImplementor session, BypassReason bypass)
    {
        if (StatementWitness.WatchOf(session) is not { Explaining: { } explain, Scope: { } scope } watch)
            return;
        var plan = ResultForm.Of(region, region.TermsOf(key, types), types).Plan(NHibernateInternals.Sql(key).ToString(), scope.Plans);
        if (bypass == BypassReason.None && watch.HasUncommitted(() => plan))
            bypass = BypassReason.OwnWrites;
        var (entry, invalidated) = scope.Peek(QueryEntryKey.Of(region.KeyName, key, parameters, types, session));
        explain(new ExplainedQuery(plan, bypass, entry, invalidated));
    }

    /// <summary>Whether something that was cached has become null: a row that was not found, and nobody objected.</summary>
    private static bool LacksRows(IList cachedRows, IList result)
    {
        // Before the rows stands what NHibernate notes of the result.
        for (var i = 0; i < result.Count; i++)
        {
            var (cached, row) = (cachedRows[i + 1], result[i]);
            if (cached is object[] values && row is object[] items && values.Length == items.Length ? values.Zip(items).Any(pair => pair is { First: not null, Second: null }) : cached is not null && row is null)
                return true;
        }
        return false;
    }

    private static bool IsOfDelegate(StackFrame frame) =>
        frame.GetMethod() is { DeclaringType: { } type } method
        && typeof(IEntityNotFoundDelegate).IsAssignableFrom(type)
        && method.Name.EndsWith(nameof(IEntityNotFoundDelegate.HandleEntityNotFound), StringComparison.Ordinal);

    private static QueryLookUp? Bypassed(BypassReason reason)
    {
        CacheMetrics.Bypass(reason);
        return null;
    }

    private QueryPlan Plan() => Form.Plan(NHibernateInternals.Sql(_key).ToString(), _scope.Plans);

    private void Missed(MissReason reason, Sequence sequence)
    {
        CacheMetrics.Miss(_region.Name, reason);
        Observe(reason);
        Sequence = sequence;
        if (_willBePut && Form.HoldsStates)
            Hydration = _watch.BeginHydration(_session);
        s_missed.AddOrUpdate(_key, this);
    }

    private void Observe(MissReason reason)
    {
        CacheMetrics.LookUp(_region.Name, _start, isHit: reason == MissReason.None);
        _region.Scope.Observers.OnRead(_region.Name, CachedKind.Query, reason);
    }
}
