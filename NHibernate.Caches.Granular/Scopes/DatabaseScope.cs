using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Values;
using NHibernate.Caches.Granular.Values.Catalogs;
using NHibernate.Dialect;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// One database as one role sees it: its stamps (shared by every factory of the process), its entries (of this factory), its
/// catalog and the plans made from it. Thread-safe.
/// </summary>
internal sealed class DatabaseScope : IDisposable
{
    // What databases say that we cannot ask: they share one scope, which is wasteful and never stale.
    private const string UnknownDatabase = "(unknown)";

    private readonly FactoryScope _factory;
    private readonly InProcessStore _store;
    private volatile Plans _plans;

    private DatabaseScope(DatabaseIdentity identity, ISchema schema, FactoryScope factory)
    {
        Identity = identity;
        _factory = factory;
        var storeOptions = new InProcessStoreOptions
        {
            MaxEntries = factory.Options.MaxEntries,
            MaxTimeToLive = factory.Options.MaxTimeToLive,
            MaxShapesPerTable = factory.Options.MaxShapesPerTable,
        };
        _store = new InProcessStore(StampTables.Of(identity.Database, storeOptions, factory.Clock), storeOptions, factory.Clock);
        _plans = NewPlans(schema);
    }

    public DatabaseIdentity Identity { get; }

    public FactoryScope Factory => _factory;

    public ICacheStore Store => _store;

    public UncommittedRows UncommittedRows { get; } = new();

    /// <summary>The catalog and every plan made from it; replaced as one when the schema changes.</summary>
    public Plans Plans => _plans;

    public static DatabaseIdentity Identify(DbConnection connection, DbTransaction? transaction, Dialect.Dialect dialect, string? configured)
    {
        if (dialect is not PostgreSQLDialect)
            return new DatabaseIdentity(configured ?? UnknownDatabase, "", false);
        var identity = PostgreSqlIdentity.Read(connection, transaction);
        return configured is null ? identity : identity with { Database = configured };
    }

    public static DatabaseScope Load(DatabaseIdentity identity, DbConnection connection, DbTransaction? transaction, FactoryScope factory)
    {
        if (factory.Factory.Dialect is PostgreSQLDialect)
            return new DatabaseScope(identity, PostgreSqlCatalog.Read(connection, transaction), factory);
        Log.NoCatalogFor(factory.Factory.Dialect.GetType().Name);
        return new DatabaseScope(identity, ConservativeSchema.Instance, factory);
    }

    /// <summary>Reads the catalog again after the schema changed, then forgets everything cached.</summary>
    public void ReloadSchema(DbConnection connection)
    {
        if (_factory.Factory.Dialect is PostgreSQLDialect)
            _plans = NewPlans(PostgreSqlCatalog.Read(connection, null));
        Store.Move(StampKey.Scope);
    }

    public void Dispose() => _store.Dispose();

    private Plans NewPlans(ISchema schema) =>
        new(schema, new AnalysisLimits { MaxConjunctions = _factory.Options.MaxConjunctions, MaxInValues = _factory.Options.MaxInValues });
}
