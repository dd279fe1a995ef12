namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>
/// Every log message, with its stable id. They go through NHibernate's own logging under the category of the library.
/// Values of parameters, keys and entities never appear, but where <c>cache.granular.log_values</c> lets them. Thread-safe: stateless.
/// </summary>
internal static class Log
{
    private static readonly INHibernateLogger s_log = NHibernateLogger.For("NHibernate.Caches.Granular");

    public static void Started(string factory, string store) =>
        s_log.Info("GC100 Granular cache started for session factory {0}: store {1}.", factory, store);

    public static void QueryCacheOff() =>
        s_log.Info("GC101 cache.use_query_cache is off: entities and collections are cached, queries are not.");

    public static void ForeignQueryCacheFactory(string type) =>
        s_log.Warn("GC102 cache.query_cache_factory is {0}: it stays, so queries are invalidated by that factory's rules (NHibernate's own: every cached query on a table at every change of it) and can be stale after a read that overlaps a commit. Remove the property to use the granular query cache.", type);

    public static void IgnoredProperties(string names) =>
        s_log.Warn("GC103 These properties have no meaning for the granular cache and are ignored: {0}.", names);

    public static void CatalogUnreadable(Exception exception) =>
        s_log.Warn(exception, "GC104 The database's identity or catalog could not be read: the cache is bypassed, and changes move everything cached in this process, until it can.");

    public static void NoCatalogFor(string dialect) =>
        s_log.Warn("GC105 No catalog is known for dialect {0}: every change invalidates all entries of the database scope. Set cache.granular.database_identity to keep databases apart.", dialect);

    public static void SerializableBypassed() =>
        s_log.Info("GC106 A SERIALIZABLE transaction bypasses the cache (TransactionScope is SERIALIZABLE unless told otherwise). Use TransactionOptions { IsolationLevel = ReadCommitted }, or set cache.granular.serializable to read.");

    public static void PublishFailed(Exception exception) =>
        s_log.Error(exception, "GC107 Publishing an invalidation failed; its locks stay until their lease ends, which moves the stamps.");

    public static void AnnounceFailed(Exception exception) =>
        s_log.Error(exception, "GC108 Announcing an invalidation failed: a transaction that was being committed is rolled back; of one that has committed everything cached of its database moves.");

    public static void RedisIsNotUsed(string names) =>
        s_log.Warn("GC110 The cache is kept in this process and hears of no other process's changes, although these properties say how Redis is used: {0}. Set cache.configuration to share it, or remove them.", names);

    public static void SharedForeignQueryCacheFactory(string type) =>
        s_log.Warn("GC111 cache.query_cache_factory is {0}: it stays, but what it keeps cannot be kept right between the processes that share this cache, so every query is executed. Remove the property to use the granular query cache.", type);

    public static void InvalidationSuspended(long changes) =>
        s_log.Warn("GC112 {0} changes were made under SuspendInvalidation: cached results that they concern were not told, and may be stale until they expire.", changes);

    public static void ConditionNotUnderstood(Exception? exception, string type) =>
        s_log.Warn(exception, "GC113 A condition given to InvalidateWhere is not understood, so everything cached of {0} is invalidated. It should compare mapped properties with values by ==, joined by &&.", type);

    public static void RedisUnavailable(Exception exception, string policy) =>
        s_log.Error(exception, "GC120 Redis is out of reach: queries go to the database until it is back, and what is committed meanwhile the other nodes are told of then. Failure policy: {0}.", policy);

    public static void RedisAvailable() =>
        s_log.Warn("GC121 Redis is back: what was committed meanwhile is invalidated, and the cache is used again.");

    public static void NotSerializable(System.Type type) =>
        s_log.Warn("GC123 Results and states that hold a {0} are not shared with other processes, and not cached: it is not known how to write it. Register the type with options.Payloads.", type);

    public static void IdentityUncertain() =>
        s_log.Error("GC124 The database's role may not ask for the system identifier, and other nodes on this Redis could name the database otherwise: nothing is cached, and changes move everything under this key prefix. Grant EXECUTE on pg_control_system(), or set cache.granular.database_identity to the same name on all nodes.");

    public static void NotCarried(string findings) =>
        s_log.Warn("GC125 Some of what is mapped to be cached cannot be shared with other processes, and is not cached: {0}", findings);

    public static void ResultNotStored(Exception exception, string type) =>
        s_log.Warn(exception, "GC126 Results of a cached function are computed by each call, because they cannot be stored. Type: {0}.", type);

    public static bool IsDebugEnabled => s_log.IsDebugEnabled();

    public static void Invalidated(CacheInvalidation invalidation)
    {
        if (IsDebugEnabled)
            s_log.Debug("GC130 Invalidated: {0}. Stamps moved: {1}; commit known to have succeeded: {2}.", invalidation, invalidation.StampCount, invalidation.IsProven);
    }

    /// <param name="changes">With their values; to be called only where the option says so.</param>
    public static void ChangedValues(IEnumerable<string> changes)
    {
        foreach (var change in changes)
            s_log.Debug("GC131 {0}", change);
    }

    public static void HandlerFailed(Exception exception) =>
        s_log.Error(exception, "GC132 A handler of an event of the cache failed.");
}
