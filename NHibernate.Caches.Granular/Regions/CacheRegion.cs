using System.Collections.Concurrent;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// A cache region. For entities and collections it is the cache that NHibernate's concurrency strategies use; what it returns
/// has been validated against the stamps of its rows, as a query result is (I12). A query region is cleared here and otherwise
/// used by the query cache alone. Thread-safe.
/// </summary>
internal sealed class CacheRegion : CacheBase, IDisposable
{
    private readonly RegionName _name;
    private readonly StampKey _stamp;
    private readonly SoftLocks _softLocks;
    private readonly LoadTemplates _templates;
    private readonly ForeignEntries _foreign;

    // Keys that a put, or an update's lock, is working on: their Get answers with a fence instead of an item.
    private readonly ConcurrentDictionary<object, PutFence> _fences = new();

    public CacheRegion(string name, FactoryScope scope)
    {
        _name = new RegionName(name);
        Scope = scope;
        _stamp = StampKey.Region(name);
        _softLocks = new SoftLocks(scope.Clock);
        _templates = new LoadTemplates(scope.Factory);
        var options = scope.Options;
        Own = options.Regions.TryGetValue(scope.WithoutPrefix(name), out var region) ? region : new RegionOptions();
        IsSliding = Own.UseSlidingExpiration ?? options.UseSlidingExpiration;
        _foreign = new ForeignEntries(options.MaxEntries, Own.Expiration ?? options.Expiration, IsSliding, scope.IsShared);
    }

    public FactoryScope Scope { get; }

    public override string RegionName => _name.Text;

    /// <summary>What is set for this region alone.</summary>
    public RegionOptions Own { get; }

    public bool IsSliding { get; }

    /// <summary>The SELECTs of the mapping, as far as this region has asked for them.</summary>
    public LoadTemplates Templates => _templates;

    // In timestamps, which are sequence numbers here: no soft lock times out by NHibernate's reckoning.
    public override int Timeout => int.MaxValue;

    // Then NHibernate looks the other uninitialized proxies or collections of a batch up together with the one that it needs.
    public override bool PreferMultipleGet => Scope.IsShared;

    /// <summary>Everything an entry of this region depends on.</summary>
    /// <param name="shown">What its SQL shows.</param>
    /// <param name="more">Tables of which any change counts.</param>
    public Dependencies Dependencies(Dependencies shown, IEnumerable<TableId> more)
    {
        var shapes = more.Select(Shape.Any).Except(shown.Uses.Select(use => use.Shape)).ToImmutableArray();
        var keys = shown.Keys.Union(shapes.Select(shape => StampKey.Table(shape.Table)));
        return new Dependencies([_stamp, .. keys], [.. shown.Uses, .. shapes.Select(shape => new ShapeUse(shape, []))]);
    }

    public override object? Get(object key)
    {
        if (IsAnsweredHere(key, out var answer) || Begin(key, out var asOf) is not { } entry)
            return answer;
        return Found(entry, entry.Database.Store.Read(entry.Key(_name), entry.Shapes, asOf));
    }

    public override async Task<object?> GetAsync(object key, CancellationToken cancellationToken)
    {
        if (IsAnsweredHere(key, out var answer) || Begin(key, out var asOf) is not { } entry)
            return answer;
        return Found(entry, await entry.Database.Store.ReadAsync(entry.Key(_name), entry.Shapes, asOf, cancellationToken).ConfigureAwait(false));
    }

    public override object?[] GetMany(object[] keys)
    {
        // To ask for one after the other costs nothing in this process.
        if (!Scope.IsShared)
            return base.GetMany(keys);
        var answers = new object?[keys.Length];
        if (Begin(keys, answers, out var asOf) is [var first, ..] asked)
            Found(asked, first.Entry.Database.Store.ReadMany(LookUps(asked), asOf), answers);
        return answers;
    }

    public override async Task<object?[]> GetManyAsync(object[] keys, CancellationToken cancellationToken)
    {
        if (!Scope.IsShared)
            return await base.GetManyAsync(keys, cancellationToken).ConfigureAwait(false);
        var answers = new object?[keys.Length];
        if (Begin(keys, answers, out var asOf) is [var first, ..] asked)
            Found(asked, await first.Entry.Database.Store.ReadManyAsync(LookUps(asked), asOf, cancellationToken).ConfigureAwait(false), answers);
        return answers;
    }

    public override void Put(object key, object value)
    {
        if (key is not CacheKey)
        {
            _foreign.Put(key, value);
            return;
        }
        if (value is CacheLock softLock)
        {
            _softLocks.Set(key, softLock);
            return;
        }
        // The state a transaction has just written. What the database made of it (rounding, triggers, defaults) is not known; where it is, it is
        // put and counted when the transaction is published.
        var locked = _softLocks.Remove(key, out var isWrittenThrough);
        if (isWrittenThrough)
            return;
        var reason = locked ? RejectedPutReason.WrittenState : TryPut(key, value);
        if (reason == RejectedPutReason.None)
            CacheMetrics.Put(RegionName);
        else
            CacheMetrics.RejectedPut(RegionName, reason);
    }

    /// <summary>Whether it is to hold what sessions write of this entity.</summary>
    public bool WritesThrough(AbstractEntityPersister entity) => Scope.Profiles.Of(entity.EntityName).WritesThrough && _templates.IsReadAsWritten(entity);

    /// <summary>
    /// What it is to hold when the transaction has committed that has written this; null when nothing. It depends on what it would depend on if it
    /// had been read.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="item">What would be offered to it of the row as it is now.</param>
    /// <param name="database">The database that it was written to.</param>
    public WrittenState? Written(CacheKey key, CachedItem item, DatabaseScope? database)
    {
        if (RegionEntry.Of(key, Scope, _templates) is not { NeverPut: RejectedPutReason.None } entry || entry.Database != database)
            return null;
        _softLocks.WriteThrough(key);
        return new WrittenState(entry.Key(_name), NewEntry(entry, item, Sequence.None), RegionName);
    }

    /// <summary>
    /// Moves what a change of this row alone would move, so that a put under way is too old, and other factories that map the row
    /// alike forget it too, whether or not this one caches now (I9). NHibernate calls it for its users' evictions, before a refresh, and, of
    /// regions that are not read-write, around each update: that is the update's own publish's business, and would cost round trips.
    /// </summary>
    public override void Remove(object key)
    {
        _foreign.Remove(key);
        if (key is not CacheKey row || (Scope.IsShared && ActionCalls.IsRemoving()))
            return;
        foreach (var database in Scope.DatabasesOf(NHibernateInternals.Tenant(row)))
        {
            if (database.IsIdentified && RegionEntry.In(database, row, _templates).OwnUse is { } use)
                database.Store.Move(use);
            else
                database.Store.Move(_stamp);
        }
    }

    /// <summary>Moves the region's stamp. NHibernate calls it for its users' evictions, and for bulk statements where that is not forgone.</summary>
    public override void Clear()
    {
        _foreign.Clear();
        foreach (var database in Scope.MeetDatabases())
            database.Move(_stamp);
    }

    /// <summary>The other entries belong to the session factory, which disposes them when its provider stops.</summary>
    public override void Destroy() => Dispose();

    public void Dispose() => _foreign.Dispose();

    /// <summary>
    /// Never waits: of those who work on one key at a time, which NHibernate's own locks do not let happen and a user's
    /// <c>cache.read_write_lock_factory</c> may, none puts.
    /// </summary>
    public override object? Lock(object key)
    {
        while (true)
        {
            var fence = _fences.GetOrAdd(key, static (_, sessions) => new PutFence(sessions), Scope.OpenSessions);
            if (fence.Enter())
                return fence;
        }
    }

    public override void Unlock(object key, object lockValue)
    {
        var fence = (PutFence)lockValue;
        if (fence.Leave())
            _fences.TryRemove(KeyValuePair.Create(key, fence));
    }

    public override long NextTimestamp() => InProcessSequence.Next().Value;

    /// <summary>Whether this process alone knows what a look-up finds: what it has locked itself, and what is no entity or collection.</summary>
    private bool IsAnsweredHere(object key, out object? answer)
    {
        answer = (object?)_softLocks.Find(key) ?? (_fences.TryGetValue(key, out var fence) ? fence : null);
        if (answer is null && key is not CacheKey)
            answer = _foreign.Get(key);
        return answer is not null || key is not CacheKey;
    }

    /// <summary>Null when nothing may be read under this key by the session that is loading, or is ever put there.</summary>
    private RegionEntry? Begin(object key, out Sequence? asOf)
    {
        asOf = null;
        return RegionEntry.Of(key, Scope, _templates) is { NeverPut: RejectedPutReason.None } entry && RestrictedReader.MayRead(entry, out asOf) ? entry : null;
    }

    /// <summary>Of these keys, what is to be asked of the store, with its place; <paramref name="answers"/> has the others' by then.</summary>
    private List<(int Place, RegionEntry Entry)> Begin(object[] keys, object?[] answers, out Sequence? asOf)
    {
        var asked = new List<(int Place, RegionEntry Entry)>(keys.Length);
        asOf = null;
        for (var i = 0; i < keys.Length; i++)
        {
            if (IsAnsweredHere(keys[i], out answers[i]) || Begin(keys[i], out var snapshot) is not { } entry)
                continue;
            // The keys are those of one session, which has one tenant and is in one transaction.
            asked.Add((i, entry));
            asOf = snapshot;
        }
        return asked;
    }

    private LookUp[] LookUps(List<(int Place, RegionEntry Entry)> asked) => [.. asked.Select(one => new LookUp(one.Entry.Key(_name), one.Entry.Shapes))];

    private void Found(List<(int Place, RegionEntry Entry)> asked, ReadResult[] reads, object?[] answers)
    {
        for (var i = 0; i < reads.Length; i++)
            answers[asked[i].Place] = Found(asked[i].Entry, reads[i]);
    }

    private object? Found(RegionEntry entry, ReadResult read)
    {
        Scope.Observers.OnRead(RegionName, entry.Kind, read.Reason);
        if (read.Entry is null)
            CacheMetrics.Miss(RegionName, read.Reason);
        else
            CacheMetrics.Hit(RegionName);
        return read.Entry?.Payload;
    }

    private TimeSpan ExpirationOf(string entityOrRole) => Own.Expiration ?? Scope.Profiles.ExpirationOf(entityOrRole) ?? Scope.Options.Expiration;

    private RejectedPutReason TryPut(object key, object value)
    {
        if (RegionEntry.Of(key, Scope, _templates) is not { } entry)
            return RejectedPutReason.Bypassed;
        if (Scope.IsReadOnly)
            return RejectedPutReason.ReadOnly;
        if (entry.NeverPut is var never and not RejectedPutReason.None)
            return never;
        if (entry.HasUncommittedChanges)
            return RejectedPutReason.UncommittedChanges;
        // Without a fence the strategy did not say which session puts: then as if it were the one that opened first.
        var isKnown = _fences.TryGetValue(key, out var fence);
        if (isKnown ? fence!.Session?.Withholds(entry.Name) == true : Scope.OpenSessions.AnyWithholds(entry.Name))
            return RejectedPutReason.Withheld;
        var sequence = isKnown ? fence!.Vouched : Scope.OpenSessions.Oldest;
        if (sequence is not { } known)
            return RejectedPutReason.NoSequence;
        return entry.Database.Store.Put(entry.Key(_name), NewEntry(entry, value, known));
    }

    private CacheEntry NewEntry(RegionEntry entry, object value, Sequence sequence)
    {
        var payload = value is CachedItem item ? new CachedItem { Value = item.Value, Version = item.Version, FreshTimestamp = long.MinValue } : value;
        return new CacheEntry(payload, Dependencies(entry.Bind(), []), sequence, ExpirationOf(entry.Name), IsSliding);
    }
}
