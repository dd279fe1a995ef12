using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// The cached functions of a session factory. Deciding is <see cref="FunctionLookUp"/>'s; here are the calls to the store and to the
/// function, in both forms. Thread-safe.
/// </summary>
internal sealed class CachedFunctions(FactoryScope scope)
{
    private readonly ConcurrentDictionary<System.Type, FunctionForm> _forms = new();
    private readonly LoadTemplates _templates = new(scope.Factory);

    public T GetOrAdd<T>(FunctionCall call, Func<T> function)
    {
        var lookUp = Begin(typeof(T), call);
        if (lookUp.MayRead && lookUp.Found(FlightReading.Read(lookUp), out var found))
            return (T)found!;
        T result;
        try
        {
            lookUp.Prepare();
            result = function();
        }
        catch
        {
            lookUp.Failed();
            throw;
        }
        lookUp.Put(result);
        return result;
    }

    public async Task<T> GetOrAddAsync<T>(FunctionCall call, Func<CancellationToken, Task<T>> function, CancellationToken cancellationToken)
    {
        var lookUp = Begin(typeof(T), call);
        if (lookUp.MayRead && lookUp.Found(await FlightReading.ReadAsync(lookUp, cancellationToken).ConfigureAwait(false), out var found))
            return (T)found!;
        T result;
        try
        {
            lookUp.Prepare();
            result = await function(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            lookUp.Failed();
            throw;
        }
        lookUp.Put(result);
        return result;
    }

    /// <summary>Moves the stamp of everything cached under the key: a put that is under way is too old (I9).</summary>
    public void Remove(ISessionImplementor session, string key, string? region) =>
        WatchOf(session).Scope?.Move(StampKey.Function(RegionOf(region).Name, session.GetTenantIdentifier(), key));

    private FunctionLookUp Begin(System.Type type, FunctionCall call)
    {
        var watch = WatchOf(call.Session);
        var form = _forms.GetOrAdd(type, FunctionForm.Of, scope.Factory);
        return new FunctionLookUp(call, RegionOf(call.Region), form, _templates, watch);
    }

    private ConnectionWatch WatchOf(ISessionImplementor session) =>
        ReferenceEquals(session.Factory, scope.Factory) && StatementWitness.WatchOf(session) is { } watch
            ? watch
            : throw new ArgumentException("The session is not one of the session factory whose cache this is.");

    private QueryRegion RegionOf(string? name) =>
        (scope.Factory.GetQueryCache(name) as GranularQueryCache)?.Region
            ?? throw new InvalidOperationException("Cached functions are kept in the regions of queries, and cache.use_query_cache is off, or cache.query_cache_factory is another one than the granular cache's.");
}
