using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// One call of a cached function, from the look-up to the put: what was decided, what to ask the store, and the sequence that the result may
/// be put with. Not thread-safe: belongs to one call.
/// </summary>
internal sealed class FunctionLookUp : ILookUp
{
    private readonly FunctionCall _call;
    private readonly QueryRegion _region;
    private readonly FunctionForm _form;
    private readonly ConnectionWatch _watch;
    private readonly DatabaseScope? _scope;
    private readonly Lazy<FunctionDependencies> _dependencies;
    private readonly FunctionEntryKey _key;
    private readonly long _changesBefore;

    // What the session holds it may have read long ago, and the function may use it.
    private bool _holdsState;

    // Whether it was found out, before the function ran, what the session held then.
    private bool _isPrepared;
    private ImmutableArray<string> _unknown = [];
    private Sequence _sequence = FactoryScope.CurrentSequence;
    private Passage? _passage;

    /// <param name="call">What the caller said.</param>
    /// <param name="region">The region.</param>
    /// <param name="form">How results of the type are stored.</param>
    /// <param name="templates">The SELECTs that load single entities.</param>
    /// <param name="watch">The session's connection.</param>
    public FunctionLookUp(FunctionCall call, QueryRegion region, FunctionForm form, LoadTemplates templates, ConnectionWatch watch)
    {
        (_call, _region, _form, _watch) = (call, region, form, watch);
        var gate = CacheGate.Decide(Session, null);
        _scope = gate.Bypass == BypassReason.SnapshotNotTaken ? watch.Scope : gate.Scope;
        _dependencies = new Lazy<FunctionDependencies>(() => Named(templates), LazyThreadSafetyMode.None);
        _holdsState = HeldState.MayBeIn(Session);
        _changesBefore = watch.ChangesMade;
        _key = new FunctionEntryKey(region.Name, call.Key, form, Session);
        AsOf = gate.AsOf;
        if (!gate.IsOpen)
            CacheMetrics.Bypass(gate.Bypass);
        else if (!Session.CacheMode.HasFlag(CacheMode.Get))
            return;
        else if (SeesUncommitted())
            CacheMetrics.Bypass(BypassReason.OwnWrites);
        else
            MayRead = true;
    }

    /// <summary>Whether the cache may answer.</summary>
    public bool MayRead { get; }

    public ICacheStore Store => _scope!.Store;

    public EntryKey Key => _key;

    // Where they are sent with each look-up, a hit would pay for finding them out; there they are registered with the put.
    public Func<ImmutableArray<Shape>> Shapes => () => _region.Scope.IsShared && !_dependencies.IsValueCreated ? [] : _dependencies.Value.Shapes;

    public Sequence? AsOf { get; }

    private ISessionImplementor Session => _call.Session;

    private bool WillBePut => _scope is not null && !_region.Scope.IsReadOnly && Session.CacheMode.HasFlag(CacheMode.Put);

    /// <inheritdoc/>
    public Passage? Board()
    {
        var mode = _call.SingleFlight ?? _region.TermsOfFunctions.SingleFlight;
        if (mode == SingleFlight.Off || AsOf is not null || _dependencies.Value.Plans.Any(plan => plan.NotCacheable is not null))
            return null;
        var rules = new FlightRules(mode == SingleFlight.Nodes, _region.Scope.Options.SingleFlightWait, WillBePut, !_watch.HasChanges && !_watch.Flights.Any, !_region.Scope.IsShared) { EndsWithCall = true };
        return _passage = new Passage(_scope!.Flights, Store, _key, _watch.Flights, rules);
    }

    /// <summary>Whether the cache has answered.</summary>
    /// <param name="read">What it said.</param>
    /// <param name="result">The result.</param>
    public bool Found(ReadResult read, out object? result)
    {
        result = null;
        var reason = read.Entry is not { } entry ? read.Reason : _form.TryRead(entry.Payload, out result) ? MissReason.None : MissReason.Foreign;
        if (reason == MissReason.None)
            CacheMetrics.Hit(_region.Name);
        else
            CacheMetrics.Miss(_region.Name, reason);
        _region.Scope.Observers.OnRead(_region.Name, CachedKind.Function, reason);
        _sequence = read.Sequence;
        return reason == MissReason.None;
    }

    /// <summary>The function is about to run: what it depends on is asked before.</summary>
    public void Prepare()
    {
        if (!WillBePut)
            return;
        _ = _dependencies.Value;
        _isPrepared = true;
        if (_holdsState)
            _unknown = [.. HeldState.TablesOfUnknown(Session, _watch).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The function has thrown.</summary>
    public void Failed() => _passage?.Led?.End(FlightEnd.Failed);

    /// <summary>Stores the result, if it may be.</summary>
    public void Put(object? result)
    {
        var how = FlightEnd.Failed;
        try
        {
            how = TryPut(result) ? FlightEnd.Stored : FlightEnd.Rejected;
        }
        finally
        {
            _passage?.Led?.End(how);
        }
    }

    private bool TryPut(object? result)
    {
        if (!Session.CacheMode.HasFlag(CacheMode.Put))
            return false;
        var gate = CacheGate.Decide(Session, null);
        var reason = Judge(gate);
        var payload = reason == RejectedPutReason.None ? Written(result) : null;
        if (payload is not null)
        {
            var known = _dependencies.Value.Bound;
            var dependencies = _region.Region.Dependencies(known with { Keys = known.Keys.Add(StampKey.Function(_region.Name, Session.GetTenantIdentifier(), _call.Key)) }, []);
            reason = Store.Put(_key, new CacheEntry(payload, dependencies, SequenceFor(gate.AsOf), _call.Expiration ?? _region.TermsOfFunctions.Expiration, _region.Region.IsSliding));
        }
        else if (reason == RejectedPutReason.None)
            reason = RejectedPutReason.NotSerializable;
        if (reason == RejectedPutReason.None)
            CacheMetrics.Put(_region.Name);
        else
            CacheMetrics.RejectedPut(_region.Name, reason);
        return reason is RejectedPutReason.None or RejectedPutReason.NewerEntry;
    }

    private RejectedPutReason Judge(GateDecision gate)
    {
        if (!gate.IsOpen || !ReferenceEquals(gate.Scope, _scope) || _dependencies.Value.IsForbidden)
            return RejectedPutReason.Bypassed;
        if (_region.Scope.IsReadOnly)
            return RejectedPutReason.ReadOnly;
        // It has begun when nothing was to be stored, and the function, or somebody else, has changed that meanwhile.
        if (!_isPrepared)
            return RejectedPutReason.Bypassed;
        if (_watch.IsOnStandby)
            return RejectedPutReason.Standby;
        // What it has changed and rolled back it may have read before.
        if (_watch.ChangesMade != _changesBefore || SeesUncommitted())
            return RejectedPutReason.UncommittedChanges;
        if (_unknown.Any(Concerns))
            return RejectedPutReason.UnprovenState;
        if (_dependencies.Value.Plans.Any(plan => plan.NotCacheable is not null))
            return RejectedPutReason.NotCacheable;
        return Session.GetTenantIdentifier() is null && _dependencies.Value.Plans.Any(plan => plan.HasRowSecurity) ? RejectedPutReason.RowSecurity : RejectedPutReason.None;
    }

    private object? Written(object? result)
    {
        var payload = _form.Write(result, out var failure);
        if (failure is not null && _form.IsToTell)
            Log.ResultNotStored(failure, _form.Name);
        return payload;
    }

    /// <summary>From before everything that the function can have read.</summary>
    private Sequence SequenceFor(Sequence? asOf)
    {
        var sequence = _sequence;
        if (_holdsState && _watch.SessionOpenedAt < sequence)
            sequence = _watch.SessionOpenedAt;
        return asOf is { } snapshot && snapshot < sequence ? snapshot : sequence;
    }

    /// <summary>Whether the session has changed anything that the function depends on, on the database or in memory, and nobody else may see it.</summary>
    private bool SeesUncommitted()
    {
        if (_watch.HasChanges && _dependencies.Value.Plans.Any(plan => _watch.HasUncommitted(() => plan)))
            return true;
        return HeldState.TablesOfChanges(Session).Distinct(StringComparer.Ordinal).Any(Concerns);
    }

    private bool Concerns(string space)
    {
        var tables = _scope!.TablesOf(space).ToHashSet();
        return tables.Count == 0 || _dependencies.Value.Plans.Any(plan => plan.DependsOnEverything || plan.Tables.Any(tables.Contains));
    }

    private FunctionDependencies Named(LoadTemplates templates)
    {
        var dependencies = new FunctionDependencies(Session, _watch, _scope!, templates);
        _call.DependsOn(dependencies);
        // What was loaded to name them may be older than a look-up that is still to come.
        _holdsState |= HeldState.MayBeIn(Session);
        return dependencies.Plans.Count > 0
            ? dependencies
            : throw new ArgumentException($"The function \"{_call.Key}\" depends on nothing that was named, and no change would drop its result. Name queries, entities or objects; for what depends on nothing in the database, use a cache that goes by time.");
    }
}
