using System.Collections;
using NHibernate.Cache;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>Makes recording query caches around NHibernate's own. Thread-safe.</summary>
internal sealed class RecordingQueryCacheFactory : IQueryCacheFactory
{
    private int _made;

    public int Made => _made;

    public IQueryCache GetQueryCache(UpdateTimestampsCache updateTimestampsCache, IDictionary<string, string> props, CacheBase regionCache)
    {
        Interlocked.Increment(ref _made);
        Journal.Write("query cache built " + regionCache.RegionName);
        return new RecordingQueryCache(new StandardQueryCache(updateTimestampsCache, regionCache));
    }

    IQueryCache IQueryCacheFactory.GetQueryCache(string regionName, UpdateTimestampsCache updateTimestampsCache, Settings settings, IDictionary<string, string> props) =>
        throw new NotSupportedException("NHibernate asks in the obsolete way.");
}

/// <summary>One call of the query cache, with what NHibernate's parameters said at that moment.</summary>
internal sealed record QueryCall(string Method, QueryKey Key, QueryParameters Parameters, SqlString KeySql, SqlString? ProcessedSql, int? ProcessedParameters, ISet<string>? Spaces, ISessionImplementor Session)
{
    public static QueryCall Of(string method, QueryKey key, QueryParameters parameters, ISet<string>? spaces, ISessionImplementor session) =>
        new(method, key, parameters, NHibernateInternals.Sql(key), parameters.ProcessedSql, parameters.ProcessedSqlParameters?.Count(), spaces, session);
}

/// <summary>NHibernate's query cache, with every call in the journal. Thread-safe.</summary>
internal sealed class RecordingQueryCache(IBatchableQueryCache cache) : IBatchableQueryCache
{
    /// <summary>Told of every put, before it is made.</summary>
    public static Action<QueryCall>? OnPut { get; set; }

#pragma warning disable CS0618 // Members of the interface of NHibernate 5.
    public ICache Cache => cache.Cache;
#pragma warning restore CS0618

    public string RegionName => cache.RegionName;

    public void Clear()
    {
        Journal.Write("query cache clear " + RegionName);
        cache.Clear();
    }

    public Task ClearAsync(CancellationToken cancellationToken) => cache.ClearAsync(cancellationToken);

    public void Destroy() => cache.Destroy();

    public IList Get(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, ISet<string> spaces, ISessionImplementor session)
    {
        Write(QueryCall.Of("Get", key, queryParameters, spaces, session));
        return cache.Get(key, queryParameters, returnTypes, spaces, session);
    }

    public Task<IList> GetAsync(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, ISet<string> spaces, ISessionImplementor session, CancellationToken cancellationToken)
    {
        Write(QueryCall.Of("Get", key, queryParameters, spaces, session));
        return cache.GetAsync(key, queryParameters, returnTypes, spaces, session, cancellationToken);
    }

    public bool Put(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, IList result, ISessionImplementor session)
    {
        Write(QueryCall.Of("Put", key, queryParameters, null, session));
        return cache.Put(key, queryParameters, returnTypes, result, session);
    }

    public Task<bool> PutAsync(QueryKey key, QueryParameters queryParameters, ICacheAssembler[] returnTypes, IList result, ISessionImplementor session, CancellationToken cancellationToken)
    {
        Write(QueryCall.Of("Put", key, queryParameters, null, session));
        return cache.PutAsync(key, queryParameters, returnTypes, result, session, cancellationToken);
    }

    public IList[] GetMany(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, ISet<string>[] spaces, ISessionImplementor session)
    {
        for (var i = 0; i < keys.Length; i++)
            Write(QueryCall.Of("GetMany", keys[i], queryParameters[i], spaces[i], session));
        return cache.GetMany(keys, queryParameters, returnTypes, spaces, session);
    }

    public Task<IList[]> GetManyAsync(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, ISet<string>[] spaces, ISessionImplementor session, CancellationToken cancellationToken) =>
        Task.FromResult(GetMany(keys, queryParameters, returnTypes, spaces, session));

    public bool[] PutMany(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, IList[] results, ISessionImplementor session)
    {
        for (var i = 0; i < keys.Length; i++)
            Write(QueryCall.Of("PutMany", keys[i], queryParameters[i], null, session));
        return cache.PutMany(keys, queryParameters, returnTypes, results, session);
    }

    public Task<bool[]> PutManyAsync(QueryKey[] keys, QueryParameters[] queryParameters, ICacheAssembler[][] returnTypes, IList[] results, ISessionImplementor session, CancellationToken cancellationToken) =>
        Task.FromResult(PutMany(keys, queryParameters, returnTypes, results, session));

    bool IQueryCache.Put(QueryKey key, ICacheAssembler[] returnTypes, IList result, bool isNaturalKeyLookup, ISessionImplementor session) =>
        throw new NotSupportedException("NHibernate puts in the obsolete way.");

    IList IQueryCache.Get(QueryKey key, ICacheAssembler[] returnTypes, bool isNaturalKeyLookup, ISet<string> spaces, ISessionImplementor session) =>
        throw new NotSupportedException("NHibernate gets in the obsolete way.");

    Task<bool> IQueryCache.PutAsync(QueryKey key, ICacheAssembler[] returnTypes, IList result, bool isNaturalKeyLookup, ISessionImplementor session, CancellationToken cancellationToken) =>
        throw new NotSupportedException("NHibernate puts in the obsolete way.");

    Task<IList> IQueryCache.GetAsync(QueryKey key, ICacheAssembler[] returnTypes, bool isNaturalKeyLookup, ISet<string> spaces, ISessionImplementor session, CancellationToken cancellationToken) =>
        throw new NotSupportedException("NHibernate gets in the obsolete way.");

    private static void Write(QueryCall call)
    {
        Journal.Write("query cache " + call.Method, call);
        if (call.Method.StartsWith("Put", StringComparison.Ordinal))
            OnPut?.Invoke(call);
    }
}
