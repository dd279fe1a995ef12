using System.Collections;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// The query cache of one region: the whole read path and the whole way back. Deciding is <see cref="QueryLookUp"/>'s and
/// <see cref="QueryPut"/>'s; here are the calls to the store and to NHibernate's assembler, in both forms. Thread-safe.
/// </summary>
internal sealed class GranularQueryCache(QueryRegion region) : IBatchableQueryCache
{
#pragma warning disable CS0618 // The interface of NHibernate 5 returns the obsolete type; what is returned is a CacheBase.
    public ICache Cache => region.Region;
#pragma warning restore CS0618

    public string RegionName => region.Name;

    public QueryRegion Region => region;

    /// <summary>Moves the region's stamp: everything cached in it is gone, at once and for everybody (I9).</summary>
    public void Clear() => region.Region.Clear();

    public Task ClearAsync(CancellationToken cancellationToken) => region.Region.ClearAsync(cancellationToken);

    public void Destroy()
    {
        // The region belongs to the session factory.
    }

    public IList? Get(QueryKey key, QueryParameters queryParameters, ICacheAssembler[]? returnTypes, ISet<string> spaces, ISessionImplementor session)
    {
        if (QueryLookUp.Begin(region, key, queryParameters, returnTypes, spaces, session) is not { } lookUp)
            return null;
        var read = FlightReading.Read(lookUp);
        if (lookUp.Found(read) is not { } payload)
            return null;
        try
        {
            return lookUp.Hit(payload, ResultAssembler.Assemble(payload, key, queryParameters, returnTypes!, session));
        }
        catch (Exception exception) when (lookUp.IsVanishedRow(exception))
        {
            return lookUp.Vanished();
        }
    }

    public async Task<IList?> GetAsync(QueryKey key, QueryParameters queryParameters, ICacheAssembler[]? returnTypes, ISet<string> spaces, ISessionImplementor session, CancellationToken cancellationToken)
    {
        if (QueryLookUp.Begin(region, key, queryParameters, returnTypes, spaces, session) is not { } lookUp)
            return null;
        var read = await FlightReading.ReadAsync(lookUp, cancellationToken).ConfigureAwait(false);
        if (lookUp.Found(read) is not { } payload)
            return null;
        try
        {
            return lookUp.Hit(payload, await ResultAssembler.AssembleAsync(payload, key, queryParameters, returnTypes!, session, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (lookUp.IsVanishedRow(exception))
        {
            return lookUp.Vanished();
        }
    }

    public bool Put(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, IList result, ISessionImplementor session)
    {
        if (QueryPut.Prepare(region, key, queryParameters, returnTypes, result, session) is not { } put)
            return false;
        return put.Store(ResultAssembler.Disassemble(key, queryParameters, returnTypes, result, session));
    }

    public async Task<bool> PutAsync(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, IList result, ISessionImplementor session, CancellationToken cancellationToken)
    {
        if (QueryPut.Prepare(region, key, queryParameters, returnTypes, result, session) is not { } put)
            return false;
        return put.Store(await ResultAssembler.DisassembleAsync(key, queryParameters, returnTypes, result, session, cancellationToken).ConfigureAwait(false));
    }

    public IList?[] GetMany(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, ISet<string>[] spaces, ISessionImplementor session)
    {
        var lookUps = BeginMany(keys, queryParameters, returnTypes, spaces, session);
        var payloads = FoundMany(lookUps, FlightReading.ReadMany(Together(lookUps)));
        if (payloads.All(payload => payload is null))
            return new IList?[keys.Length];
        try
        {
            return HitMany(lookUps, payloads, ResultAssembler.AssembleMany(payloads, keys, queryParameters, returnTypes, session));
        }
        catch (Exception exception) when (IsVanishedRow(lookUps, exception))
        {
            return VanishedMany(lookUps, payloads);
        }
    }

    public async Task<IList?[]> GetManyAsync(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, ISet<string>[] spaces, ISessionImplementor session, CancellationToken cancellationToken)
    {
        var lookUps = BeginMany(keys, queryParameters, returnTypes, spaces, session);
        var payloads = FoundMany(lookUps, await FlightReading.ReadManyAsync(Together(lookUps), cancellationToken).ConfigureAwait(false));
        if (payloads.All(payload => payload is null))
            return new IList?[keys.Length];
        try
        {
            return HitMany(lookUps, payloads, await ResultAssembler.AssembleManyAsync(payloads, keys, queryParameters, returnTypes, session, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (IsVanishedRow(lookUps, exception))
        {
            return VanishedMany(lookUps, payloads);
        }
    }

    public bool[] PutMany(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, IList[] results, ISessionImplementor session)
    {
        var stored = new bool[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            stored[i] = Put(keys[i], queryParameters[i], returnTypes[i], results[i], session);
        return stored;
    }

    public async Task<bool[]> PutManyAsync(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, IList[] results, ISessionImplementor session, CancellationToken cancellationToken)
    {
        var stored = new bool[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            stored[i] = await PutAsync(keys[i], queryParameters[i], returnTypes[i], results[i], session, cancellationToken).ConfigureAwait(false);
        return stored;
    }

    // NHibernate 5.7 calls these of query caches that are not batchable only; they know too little to be safe.
    bool IQueryCache.Put(QueryKey key, ICacheAssembler[] returnTypes, IList result, bool isNaturalKeyLookup, ISessionImplementor session) => false;

    IList? IQueryCache.Get(QueryKey key, ICacheAssembler[] returnTypes, bool isNaturalKeyLookup, ISet<string> spaces, ISessionImplementor session) => null;

    Task<bool> IQueryCache.PutAsync(QueryKey key, ICacheAssembler[] returnTypes, IList result, bool isNaturalKeyLookup, ISessionImplementor session, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    Task<IList?> IQueryCache.GetAsync(QueryKey key, ICacheAssembler[] returnTypes, bool isNaturalKeyLookup, ISet<string> spaces, ISessionImplementor session, CancellationToken cancellationToken) =>
        Task.FromResult<IList?>(null);

    private QueryLookUp?[] BeginMany(QueryKey[] keys, QueryParameters[] parameters, ICacheAssembler[][] types, ISet<string>[] spaces, ISessionImplementor session)
    {
        var lookUps = new QueryLookUp?[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            lookUps[i] = QueryLookUp.Begin(region, keys[i], parameters[i], types[i], spaces[i], session);
        return lookUps;
    }

    private static QueryLookUp[] Together(QueryLookUp?[] lookUps) => [.. lookUps.OfType<QueryLookUp>()];

    private static object?[] FoundMany(QueryLookUp?[] lookUps, ReadResult[] results)
    {
        var payloads = new object?[lookUps.Length];
        var next = 0;
        for (var i = 0; i < payloads.Length; i++)
            payloads[i] = lookUps[i]?.Found(results[next++]);
        return payloads;
    }

    private static IList?[] HitMany(QueryLookUp?[] lookUps, object?[] payloads, IList?[] results) =>
        [.. results.Select((result, i) => result is null ? null : lookUps[i]!.Hit(payloads[i]!, result))];

    private static bool IsVanishedRow(QueryLookUp?[] lookUps, Exception exception) => Array.Exists(lookUps, lookUp => lookUp?.IsVanishedRow(exception) == true);

    private static IList?[] VanishedMany(QueryLookUp?[] lookUps, object?[] payloads) =>
        [.. lookUps.Select((lookUp, i) => payloads[i] is null ? null : lookUp!.Vanished())];
}
