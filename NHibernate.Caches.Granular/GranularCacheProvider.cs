using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Stores.Redis;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular;

/// <summary>
/// The front door: set <c>cache.provider_class</c> to this type and the session factory has granular entity, collection and
/// query caching. NHibernate creates one provider per session factory. Thread-safe after <see cref="Start"/>.
/// </summary>
public sealed class GranularCacheProvider : ICacheProvider, IDisposable
{
    private const string TimestampsRegionName = nameof(UpdateTimestampsCache);

    private FactoryScope? _scope;

    internal GranularCache? Cache { get; private set; }

    /// <summary>
    /// Reads the options and takes its places in the session factory: query cache, batcher, transaction factory, listeners.
    /// </summary>
    /// <exception cref="CacheException">Properties are wrong, or this NHibernate lacks a member the cache needs.</exception>
    public void Start(IDictionary<string, string> properties)
    {
        if (!NHibernateInternals.Missing.IsEmpty)
            throw new CacheException($"The granular cache cannot work with this version of NHibernate, which lacks {string.Join(", ", NHibernateInternals.Missing)}. Use a version the cache was made for, or another cache provider.");
        var factory = NHibernateInternals.FindFactory(this)
            ?? throw new CacheException("The granular cache found no session factory that it belongs to. It is started by NHibernate when a session factory is built and cannot be started otherwise.");
        var options = OptionsReader.Read(properties, factory.Dialect);
        var stores = NewStores(factory, options);
        _scope = new FactoryScope(factory, options, stores) { Completing = ProfiledRegions.Give };
        Cache = new GranularCache(_scope);
        TakePlaces(factory, _scope);
        Log.Started(factory.Settings.SessionFactoryName ?? "(unnamed)", stores.Description);
    }

    /// <inheritdoc />
    public void Stop() => Dispose();

    /// <summary>Frees what is cached in this process; NHibernate calls <see cref="Stop"/> when the session factory is closed.</summary>
    public void Dispose() => _scope?.Dispose();

    /// <summary>A strictly growing number; in-process it is the sequence of the stamps, so that a session's timestamp is its sequence.</summary>
    public long NextTimestamp() => InProcessSequence.Next().Value;

#pragma warning disable CS0618 // The interface of NHibernate 5 returns the obsolete type; what is returned is a CacheBase.
    /// <inheritdoc />
    public ICache BuildCache(string? regionName, IDictionary<string, string>? properties)
#pragma warning restore CS0618
    {
        var scope = _scope ?? throw new CacheException("The granular cache provider has not been started.");
        var (name, settings) = QuerySettings.Parse(regionName ?? "");
        if (!ReferenceEquals(settings, QuerySettings.None))
            return new RegionWithOptions(QueryRegionNamed(name!, scope), settings);
        if (!name!.EndsWith(TimestampsRegionName, StringComparison.Ordinal))
            return new CacheRegion(name, scope);
        // NHibernate asks for this one when it has read the mapping, and before it makes the first query cache.
        CompleteMapping(scope);
        return new TimestampsRegion(name, scope.IsShared);
    }

    private static void CompleteMapping(FactoryScope scope)
    {
        try
        {
            scope.MappingIsComplete();
        }
        catch (MappingException)
        {
            // NHibernate does not stop the cache of a factory that it could not build.
            scope.Dispose();
            throw;
        }
    }

    // NHibernate makes its query cache, if it has not yet, and so evicts under its name what was put under others.
    private static CacheRegion QueryRegionNamed(string name, FactoryScope scope) =>
        scope.Factory.GetQueryCache(scope.WithoutPrefix(name))?.Cache as CacheRegion ?? new CacheRegion(name, scope);

    private static ICacheStores NewStores(ISessionFactoryImplementor factory, GranularCacheOptions options)
    {
        var codec = new PayloadCodec(options.Payloads);
        if (!options.Redis.IsUsed)
            return new InProcessStores(new InProcessStoreOptions { MaxEntries = options.MaxEntries, MaxTimeToLive = options.MaxTimeToLive, MaxShapesPerTable = options.MaxShapesPerTable }, TimeProvider.System);
        var redis = options.Redis;
        var settings = new RedisStoreOptions
        {
            Prefix = redis.StampPrefix,
            EntryPrefix = redis.EntryPrefix,
            EntrySpace = new Lazy<ImmutableArray<string>>(() => EntrySpace(factory, codec)),
            IsStrict = redis.FailurePolicy == FailurePolicy.Strict,
            Timeout = redis.Timeout,
            Pause = redis.Timeout < RedisStoreOptions.MostPause ? redis.Timeout : RedisStoreOptions.MostPause,
            Seclusion = redis.FailurePolicy == FailurePolicy.Strict ? options.Lease : TimeSpan.Zero,
            MaxTimeToLive = options.MaxTimeToLive,
            MaxShapesPerTable = options.MaxShapesPerTable,
            MaxBytes = redis.MaxBytes,
        };
        return new RedisStores(redis.OpenMultiplexer(), redis.DatabaseNumber, redis.OwnsMultiplexer, settings, codec);
    }

    // The mapping is complete when the first session is used, and not when the provider is started.
    private static ImmutableArray<string> EntrySpace(ISessionFactoryImplementor factory, PayloadCodec codec)
    {
        if (PayloadSupport.Findings(factory, codec) is { Count: > 0 } findings)
            Log.NotCarried(string.Join(" ", findings));
        return [factory.Settings.SessionFactoryName ?? "", MappingFingerprint.Of(factory, PayloadFormat.Version)];
    }

    private static void TakePlaces(ISessionFactoryImplementor factory, FactoryScope scope)
    {
        var settings = factory.Settings;
        NHibernateInternals.Replace(settings, new WitnessBatcherFactory(settings.BatcherFactory, scope));
        NHibernateInternals.Replace(settings, new TransactionWatch(settings.TransactionFactory));
        var listeners = ((Impl.SessionFactoryImpl)factory).EventListeners;
        FlushListener.Prepend(listeners);
        WriteThroughListener.Prepend(listeners);
        RestrictedReader.Wrap(listeners);
        if (!settings.IsQueryCacheEnabled)
            Log.QueryCacheOff();
        else if (settings.QueryCacheFactory is StandardQueryCacheFactory or GranularQueryCacheFactory)
            TakePlacesOfQueries(settings, scope);
        else
            WarnOfForeign(settings.QueryCacheFactory.GetType().FullName ?? settings.QueryCacheFactory.GetType().Name, scope.IsShared);
    }

    private static void TakePlacesOfQueries(Cfg.Settings settings, FactoryScope scope)
    {
        NHibernateInternals.Replace(settings, new GranularQueryCacheFactory());
        NHibernateInternals.Replace(settings, new ProfiledTranslatorFactory(settings.QueryTranslatorFactory, scope));
    }

    private static void WarnOfForeign(string queryCacheFactory, bool isShared)
    {
        if (isShared)
            Log.SharedForeignQueryCacheFactory(queryCacheFactory);
        else
            Log.ForeignQueryCacheFactory(queryCacheFactory);
    }
}
