using System.Collections;
using System.Collections.Concurrent;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Turns results into their cached form and back. NHibernate's own query cache does the work (batched look-ups, fetched
/// collections, transformers, discovered types): it is given a cache of one call that hands over what we found, or receives what
/// we are to store. What a result holds of entities and collections is in the session by then. Thread-safe: each call rents an
/// assembler of its own.
/// </summary>
internal sealed class ResultAssembler
{
    private static readonly HashSet<string> s_noSpaces = [];

    private static readonly ConcurrentBag<ResultAssembler> s_idle = [];

    private readonly HandOver _handOver = new();
    private readonly StandardQueryCache _standard;

    private ResultAssembler() => _standard = new StandardQueryCache(null, _handOver);

    public static IList Assemble(object payload, QueryKey key, QueryParameters parameters, ICacheAssembler[] types, ISessionImplementor session)
    {
        Merge(payload, parameters, session);
        return Rented(assembler =>
        {
            assembler._handOver.Found = [FullResult.RowsOf(payload)];
            return assembler._standard.Get(key, parameters, types, s_noSpaces, session);
        });
    }

    public static async Task<IList> AssembleAsync(object payload, QueryKey key, QueryParameters parameters, ICacheAssembler[] types, ISessionImplementor session, CancellationToken cancellationToken)
    {
        await MergeAsync(payload, parameters, session, cancellationToken).ConfigureAwait(false);
        return await RentedAsync(assembler =>
        {
            assembler._handOver.Found = [FullResult.RowsOf(payload)];
            return assembler._standard.GetAsync(key, parameters, types, s_noSpaces, session, cancellationToken);
        }).ConfigureAwait(false);
    }

    /// <summary>Assembles several results at once, so that their entities are looked up together; a null payload gives a null result.</summary>
    public static IList[] AssembleMany(object?[] payloads, QueryKey[] keys, QueryParameters[] parameters, ICacheAssembler[][] types, ISessionImplementor session)
    {
        for (var i = 0; i < payloads.Length; i++)
            Merge(payloads[i], parameters[i], session);
        return Rented(assembler =>
        {
            assembler._handOver.Found = RowsOf(payloads);
            return assembler._standard.GetMany(keys, parameters, types, NoSpaces(keys), session);
        });
    }

    public static async Task<IList[]> AssembleManyAsync(object?[] payloads, QueryKey[] keys, QueryParameters[] parameters, ICacheAssembler[][] types, ISessionImplementor session, CancellationToken cancellationToken)
    {
        for (var i = 0; i < payloads.Length; i++)
            await MergeAsync(payloads[i], parameters[i], session, cancellationToken).ConfigureAwait(false);
        return await RentedAsync(assembler =>
        {
            assembler._handOver.Found = RowsOf(payloads);
            return assembler._standard.GetManyAsync(keys, parameters, types, NoSpaces(keys), session, cancellationToken);
        }).ConfigureAwait(false);
    }

    /// <summary>The cached form of a result; null when NHibernate does not cache it (an empty natural-id look-up).</summary>
    public static object? Disassemble(QueryKey key, QueryParameters parameters, ICacheAssembler[] types, IList result, ISessionImplementor session) =>
        Rented(assembler => assembler._standard.Put(key, parameters, types, result, session) ? assembler._handOver.Received : null);

    public static Task<object?> DisassembleAsync(QueryKey key, QueryParameters parameters, ICacheAssembler[] types, IList result, ISessionImplementor session, CancellationToken cancellationToken) =>
        RentedAsync(async assembler =>
            await assembler._standard.PutAsync(key, parameters, types, result, session, cancellationToken).ConfigureAwait(false) ? assembler._handOver.Received : null);

    private static void Merge(object? payload, QueryParameters parameters, ISessionImplementor session)
    {
        if (payload is FullResult full)
            StateMerger.Merge(full, parameters, session);
    }

    private static Task MergeAsync(object? payload, QueryParameters parameters, ISessionImplementor session, CancellationToken cancellationToken) =>
        payload is FullResult full ? StateMerger.MergeAsync(full, parameters, session, cancellationToken) : Task.CompletedTask;

    private static object?[] RowsOf(object?[] payloads) => [.. payloads.Select(payload => payload is null ? null : FullResult.RowsOf(payload))];

    private static ISet<string>[] NoSpaces(QueryKey[] keys) => [.. keys.Select(_ => s_noSpaces)];

    private static T Rented<T>(Func<ResultAssembler, T> use)
    {
        var assembler = Rent();
        try
        {
            return use(assembler);
        }
        finally
        {
            assembler.Return();
        }
    }

    private static async Task<T> RentedAsync<T>(Func<ResultAssembler, Task<T>> use)
    {
        var assembler = Rent();
        try
        {
            return await use(assembler).ConfigureAwait(false);
        }
        finally
        {
            assembler.Return();
        }
    }

    private static ResultAssembler Rent() => s_idle.TryTake(out var idle) ? idle : new ResultAssembler();

    private void Return()
    {
        _handOver.Found = [];
        _handOver.Received = null;
        s_idle.Add(this);
    }

    /// <summary>A cache that holds what one call looks for, or what one call stores. Not thread-safe: rented by one call at a time.</summary>
    private sealed class HandOver : CacheBase
    {
        public object?[] Found { get; set; } = [];

        public object? Received { get; set; }

        public override int Timeout => 0;

        public override string RegionName => "granular";

        public override object? Get(object key) => Found[0];

        public override object?[] GetMany(object[] keys) => Found;

        public override void Put(object key, object value) => Received = value;

        // NHibernate removes a natural-id result whose row has vanished; the caller sees that there is no result.
        public override void Remove(object key) => Found = [null];

        public override void Clear() => Found = [];

        public override void Destroy() => Found = [];

        public override object? Lock(object key) => null;

        public override void Unlock(object key, object lockValue)
        {
            // Nothing is shared, so nothing is locked.
        }

        public override long NextTimestamp() => 0;
    }
}
