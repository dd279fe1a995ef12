using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using NHibernate.Action;
using NHibernate.AdoNet;
using NHibernate.Cache;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Hql;
using NHibernate.Hql.Ast.ANTLR;
using NHibernate.Impl;
using NHibernate.Linq;
using NHibernate.Loader.Hql;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.SqlCommand;
using NHibernate.Transaction;
using NHibernate.Transform;
using NHibernate.Type;

namespace NHibernate.Caches.Granular;

/// <summary>
/// The only place that touches a non-public member of NHibernate. <see cref="Missing"/> is asked when a session factory is built:
/// an NHibernate that lacks a member is met by one clear error then, never by staleness later. Thread-safe: stateless.
/// </summary>
internal static class NHibernateInternals
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly FieldInfo? s_factories = typeof(SessionFactoryObjectFactory).GetField("Instances", BindingFlags.Static | BindingFlags.NonPublic);

    private static readonly System.Type? s_expandedQuery = typeof(ISession).Assembly.GetType("NHibernate.Impl.ExpandedQueryExpression");

    private static readonly FieldInfo? s_unexpanded = s_expandedQuery?.GetField("_cacheableExpression", Instance);

    private static readonly FieldInfo? s_afterCompletion = typeof(ActionQueue).GetField("afterTransactionProcesses", Instance);

    private static readonly FieldInfo? s_processes = s_afterCompletion?.FieldType.GetField("processes", Instance) is { } field && field.FieldType == typeof(List<IAfterTransactionCompletionProcess>) ? field : null;

    /// <summary>The members this build of NHibernate does not have, as text; empty when all is well.</summary>
    public static ImmutableArray<string> Missing { get; } =
    [
        .. Lacking(s_factories is not null, typeof(SessionFactoryObjectFactory), "Instances"),
        .. LackingField(typeof(QueryKey), "_sqlQueryString"),
        .. LackingField(typeof(AbstractQueryImpl), "cacheMode"),
        .. LackingField(typeof(AbstractQueryImpl), "flushMode"),
        .. LackingField(typeof(CriteriaImpl), "cacheMode"),
        .. LackingField(typeof(CriteriaImpl), "flushMode"),
        .. LackingField(typeof(ConnectionManager), "_ownConnection"),
        .. LackingField(typeof(CacheKey), "_tenantIdentifier"),
        .. LackingField(typeof(CacheKey), "_factory"),
        .. LackingField(typeof(CacheKey), "type"),
        .. LackingField(typeof(CacheableResultTransformer), "_autoDiscoveredQuery"),
        .. LackingField(typeof(CacheableResultTransformer), "_includeInTuple"),
        .. LackingField(typeof(CacheableResultTransformer), "_includeInTransformIndex"),
        .. LackingField(typeof(AbstractEntityPersister), "loaderName"),
        .. LackingField(typeof(AbstractEntityPersister), "customSQLInsert"),
        .. LackingField(typeof(AbstractEntityPersister), "customSQLUpdate"),
        .. LackingField(typeof(AbstractCollectionPersister), "queryLoaderName"),
        .. Lacking(typeof(NhQueryableOptions).GetProperty("CacheRegion", Instance)?.GetMethod is not null, typeof(NhQueryableOptions), "CacheRegion"),
        .. LackingSetter(nameof(Settings.QueryCacheFactory)),
        .. LackingSetter(nameof(Settings.BatcherFactory)),
        .. LackingSetter(nameof(Settings.TransactionFactory)),
        .. LackingSetter(nameof(Settings.QueryTranslatorFactory)),
        .. LackingField(typeof(QueryTranslatorImpl), "_queryLoader"),
        .. LackingField(typeof(AbstractEntityPersister), "cache"),
        .. LackingField(typeof(AbstractCollectionPersister), "cache"),
        .. Lacking(typeof(SessionFactoryImpl).GetMethod("GetCache", Instance, [typeof(string)]) is not null, typeof(SessionFactoryImpl), "GetCache"),
        .. Lacking(s_afterCompletion is not null, typeof(ActionQueue), "afterTransactionProcesses"),
        .. Lacking(s_processes is not null, typeof(ActionQueue), "AfterTransactionCompletionProcessQueue.processes"),
        .. Lacking(s_unexpanded is not null, typeof(ISession), "Impl.ExpandedQueryExpression._cacheableExpression"),
    ];

    /// <summary>
    /// The session factory whose settings hold this provider, or null. NHibernate registers a factory before it starts its cache
    /// provider, but hands an unnamed one to nobody.
    /// </summary>
    public static ISessionFactoryImplementor? FindFactory(ICacheProvider provider)
    {
        // The registry's own methods are synchronized on its type.
        lock (typeof(SessionFactoryObjectFactory))
        {
            return ((IDictionary)s_factories!.GetValue(null)!).Values
                .OfType<ISessionFactoryImplementor>()
                .FirstOrDefault(factory => ReferenceEquals(factory.Settings.CacheProvider, provider));
        }
    }

    public static void Replace(Settings settings, IQueryCacheFactory factory) => Set(settings, nameof(Settings.QueryCacheFactory), factory);

    public static void Replace(Settings settings, IBatcherFactory factory) => Set(settings, nameof(Settings.BatcherFactory), factory);

    public static void Replace(Settings settings, IQueryTranslatorFactory factory) => Set(settings, nameof(Settings.QueryTranslatorFactory), factory);

    public static void Replace(QueryTranslatorImpl translator, IQueryLoader loader) => LoaderField(translator) = loader;

    /// <summary>Null: it has no region.</summary>
    public static void Replace(AbstractEntityPersister entity, ICacheConcurrencyStrategy? strategy) => StrategyField(entity) = strategy;

    /// <inheritdoc cref="Replace(AbstractEntityPersister, ICacheConcurrencyStrategy?)"/>
    public static void Replace(AbstractCollectionPersister collection, ICacheConcurrencyStrategy? strategy) => StrategyField(collection) = strategy;

    /// <summary>The region of this name; made, and known to the factory, if it is not there yet.</summary>
    public static CacheBase RegionOf(ISessionFactoryImplementor factory, string region) => GetCache((SessionFactoryImpl)factory, region);

    /// <summary>The query that NHibernate has expanded by the values of lists; any other as it is.</summary>
    public static object? Unexpanded(IQueryExpression query) => query.GetType() == s_expandedQuery ? s_unexpanded!.GetValue(query) : query;

    /// <summary>What a session does when its transaction has completed, in this order.</summary>
    public static List<IAfterTransactionCompletionProcess> ProcessesAfterCompletion(ActionQueue queue) =>
        (List<IAfterTransactionCompletionProcess>)s_processes!.GetValue(s_afterCompletion!.GetValue(queue))!;

    public static void Replace(Settings settings, ITransactionFactory factory) => Set(settings, nameof(Settings.TransactionFactory), factory);

    /// <summary>The SQL a query key was made of: before filters' parameters are expanded and paging is added.</summary>
    public static SqlString Sql(QueryKey key) => SqlField(key);

    /// <summary>What is set on the query itself; null when nothing is.</summary>
    public static ref CacheMode? CacheMode(AbstractQueryImpl query) => ref CacheModeField(query);

    /// <summary>What is set on the query itself; <see cref="NHibernate.FlushMode.Unspecified"/> when nothing is.</summary>
    public static ref FlushMode FlushMode(AbstractQueryImpl query) => ref FlushModeField(query);

    /// <inheritdoc cref="CacheMode(AbstractQueryImpl)"/>
    public static ref CacheMode? CacheMode(CriteriaImpl query) => ref CacheModeField(query);

    /// <summary>What is set on the query itself; null when nothing is.</summary>
    public static ref FlushMode? FlushMode(CriteriaImpl query) => ref FlushModeField(query);

    /// <summary>Whether the session opens and closes its connection itself, as opposed to one its user supplied.</summary>
    public static bool OwnsConnection(ConnectionManager manager) => OwnConnectionField(manager);

    public static string? Tenant(CacheKey key) => TenantField(key);

    public static ISessionFactoryImplementor Factory(CacheKey key) => FactoryField(key);

    /// <summary>The mapped type of the identifier.</summary>
    public static IType IdentifierType(CacheKey key) => IdentifierTypeField(key);

    /// <summary>The query whose columns a transformer learns when it is executed; null of all others.</summary>
    public static SqlString? AutoDiscoveredQuery(CacheableResultTransformer transformer) => AutoDiscoveredQueryField(transformer);

    /// <summary>Which columns the tuple has that is cached; null while they have not been learnt.</summary>
    public static bool[]? IncludedInTuple(CacheableResultTransformer transformer) => IncludedInTupleField(transformer);

    /// <summary>Which elements of the tuple are cached; null when all are.</summary>
    public static int[]? IncludedInTransform(CacheableResultTransformer transformer) => IncludedInTransformField(transformer);

    /// <summary>The region a query of LINQ asks for so far; null when none.</summary>
    public static string? Region(NhQueryableOptions options) => RegionProperty(options);

    /// <summary>Whether the mapping names a query of the user's own that loads the entity.</summary>
    public static bool HasLoader(AbstractEntityPersister entity) => LoaderField(entity) is not null;

    /// <inheritdoc cref="HasLoader(AbstractEntityPersister)"/>
    public static bool HasLoader(AbstractCollectionPersister collection) => LoaderField(collection) is not null;

    /// <summary>Whether it is written by SQL of the user's own, of which nobody need check how many rows it changes.</summary>
    public static bool HasOwnSqlToWrite(AbstractEntityPersister entity) =>
        !Array.TrueForAll(InsertField(entity), static sql => sql is null) || !Array.TrueForAll(UpdateField(entity), static sql => sql is null);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "customSQLInsert")]
    private static extern ref SqlString?[] InsertField(AbstractEntityPersister entity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "customSQLUpdate")]
    private static extern ref SqlString?[] UpdateField(AbstractEntityPersister entity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_queryLoader")]
    private static extern ref IQueryLoader LoaderField(QueryTranslatorImpl translator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "cache")]
    private static extern ref ICacheConcurrencyStrategy? StrategyField(AbstractEntityPersister entity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "cache")]
    private static extern ref ICacheConcurrencyStrategy? StrategyField(AbstractCollectionPersister collection);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetCache")]
    private static extern CacheBase GetCache(SessionFactoryImpl factory, string region);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_CacheRegion")]
    private static extern string? RegionProperty(NhQueryableOptions options);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "loaderName")]
    private static extern ref string? LoaderField(AbstractEntityPersister entity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "queryLoaderName")]
    private static extern ref string? LoaderField(AbstractCollectionPersister collection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sqlQueryString")]
    private static extern ref SqlString SqlField(QueryKey key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "cacheMode")]
    private static extern ref CacheMode? CacheModeField(AbstractQueryImpl query);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "flushMode")]
    private static extern ref FlushMode FlushModeField(AbstractQueryImpl query);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "cacheMode")]
    private static extern ref CacheMode? CacheModeField(CriteriaImpl query);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "flushMode")]
    private static extern ref FlushMode? FlushModeField(CriteriaImpl query);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ownConnection")]
    private static extern ref bool OwnConnectionField(ConnectionManager manager);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tenantIdentifier")]
    private static extern ref string? TenantField(CacheKey key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_factory")]
    private static extern ref ISessionFactoryImplementor FactoryField(CacheKey key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "type")]
    private static extern ref IType IdentifierTypeField(CacheKey key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_autoDiscoveredQuery")]
    private static extern ref SqlString? AutoDiscoveredQueryField(CacheableResultTransformer transformer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_includeInTuple")]
    private static extern ref bool[]? IncludedInTupleField(CacheableResultTransformer transformer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_includeInTransformIndex")]
    private static extern ref int[]? IncludedInTransformField(CacheableResultTransformer transformer);

    private static void Set(Settings settings, string property, object value) => typeof(Settings).GetProperty(property, Instance)!.SetValue(settings, value);

    private static IEnumerable<string> LackingField(System.Type type, string name) => Lacking(type.GetField(name, Instance) is not null, type, name);

    private static IEnumerable<string> LackingSetter(string name) => Lacking(typeof(Settings).GetProperty(name, Instance)?.SetMethod is not null, typeof(Settings), name);

    private static IEnumerable<string> Lacking(bool exists, System.Type type, string name) => exists ? [] : [$"{type.FullName}.{name}"];
}
