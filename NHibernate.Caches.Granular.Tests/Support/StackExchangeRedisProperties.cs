namespace NHibernate.Caches.Granular.Tests;

/// <summary>
/// Every property that NHibernate.Caches.StackExchangeRedis reads, be it its provider, its regions or its strategies, with a value that
/// is not the default here.
/// </summary>
internal static class StackExchangeRedisProperties
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["cache.configuration"] = "elsewhere:6380",
        ["cache.database"] = "5",
        ["cache.environment_name"] = "test:",
        ["cache.serializer"] = "NHibernate.Caches.Util.JsonSerializer.JsonCacheSerializer, NHibernate.Caches.Util.JsonSerializer",
        ["cache.region_strategy"] = "NHibernate.Caches.StackExchangeRedis.FastRegionStrategy, NHibernate.Caches.StackExchangeRedis",
        ["cache.region_strategy_factory"] = "Shop.RegionStrategyFactory, Shop",
        ["cache.connection_multiplexer_provider"] = "Shop.MultiplexerProvider, Shop",
        ["cache.database_provider"] = "Shop.DatabaseProvider, Shop",
        ["cache.use_sliding_expiration"] = "true",
        ["cache.append_hashcode"] = "true",
        ["cache.key_prefix"] = "shop:",
        ["cache.lock.key_timeout"] = "5",
        ["cache.lock.acquire_timeout"] = "5",
        ["cache.lock.retry_times"] = "3",
        ["cache.lock.max_retry_delay"] = "400",
        ["cache.lock.min_retry_delay"] = "10",
        ["cache.lock.value_provider"] = "Shop.LockValueProvider, Shop",
        ["cache.lock.retry_delay_provider"] = "Shop.RetryDelayProvider, Shop",
        ["cache.lock.key_suffix"] = ":lock",
        ["cache.region_strategy.default.max_allowed_version"] = "10000",
        ["cache.region_strategy.default.use_pubsub"] = "true",
        ["cache.region_strategy.default.retry_times"] = "1",
        ["cache.region_strategy.two_layer_cache.use_pipelining"] = "true",
        ["cache.region_strategy.two_layer_cache.client_id"] = "1",
        ["cache.region_strategy.two_layer_cache.max_synchronization_time"] = "10",
        ["cache.region_strategy.fast_two_layer_cache.use_pipelining"] = "true",
        ["cache.region_strategy.fast_two_layer_cache.client_id"] = "1",
        ["cache.region_strategy.fast_two_layer_cache.max_synchronization_time"] = "10",
        ["cache.region_strategy.distributed_local_cache.use_pipelining"] = "true",
        ["cache.region_strategy.distributed_local_cache.client_id"] = "1",
        ["cache.region_strategy.distributed_local_cache.max_synchronization_time"] = "10",
        ["cache.default_expiration"] = "600",
        ["expiration"] = "600",
        ["sliding"] = "true",
        ["database"] = "5",
        ["strategy"] = "NHibernate.Caches.StackExchangeRedis.FastRegionStrategy, NHibernate.Caches.StackExchangeRedis",
        ["append-hashcode"] = "true",
    };

    /// <summary>
    /// Whether the property changes what the options are, and whether it is named in the warning; read beside a configuration string,
    /// as it stands there.
    /// </summary>
    public static (bool Works, bool IsNamed) Try(string property, string value)
    {
        using var log = new RecordedLog();
        var options = OptionsReader.Read(new Dictionary<string, string> { ["cache.configuration"] = "localhost", [property] = value });
        var plain = OptionsReader.Read(new Dictionary<string, string> { ["cache.configuration"] = "localhost" });
        return (!OptionsReader.Write(options).SequenceEqual(OptionsReader.Write(plain)), log.Messages.SequenceEqual([$"GC103 These properties have no meaning for the granular cache and are ignored: {property}."]));
    }
}
