using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
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
    private readonly ICacheStore _store;
    private readonly CatalogAge _age;
    private readonly RecentChanges _recent;
    private volatile Plans _plans;

    private DatabaseScope(DatabaseIdentity identity, ISchema schema, FactoryScope factory, ICacheStore store)
    {
        Identity = identity;
        _factory = factory;
        _store = store;
        Store = store;
        _recent = RecentChanges.Of(identity.Database);
        _plans = NewPlans(schema);
        Flights = new FlightRegister(factory.Clock);
        _age = new CatalogAge(factory.Clock, factory.Options.MaxTimeToLive);
    }

    public DatabaseIdentity Identity { get; }

    /// <summary>False for what stands for databases that could not be asked which they are: nothing is cached of it.</summary>
    public bool IsIdentified => !ReferenceEquals(_store, _factory.Stores.OfEveryDatabase);

    public FactoryScope Factory => _factory;

    public ICacheStore Store { get; private set; }

    /// <summary>Whether the catalog should be read again before the next plan is made.</summary>
    public bool IsOutdated => _age.IsOutdated;

    public UncommittedRows UncommittedRows { get; } = new();

    /// <summary>The entries that are being loaded for more than one.</summary>
    public FlightRegister Flights { get; }

    /// <summary>The catalog and every plan made from it; replaced as one when the schema changes.</summary>
    public Plans Plans => _plans;

    /// <summary>Whether a database of this dialect is asked which one it is.</summary>
    public static bool CanIdentify(Dialect.Dialect dialect) => dialect is PostgreSQLDialect;

    public static DatabaseIdentity Identify(DbConnection connection, DbTransaction? transaction, Dialect.Dialect dialect, string? configured)
    {
        if (!CanIdentify(dialect))
            return new DatabaseIdentity(configured ?? UnknownDatabase, "", false);
        var identity = PostgreSqlIdentity.Read(connection, transaction) with { HasSeveralHosts = NamesSeveralHosts(connection.ConnectionString) };
        return configured is null ? identity : identity with { Database = configured, Origin = identity.Database };
    }

    public static DatabaseScope Load(DatabaseIdentity identity, DbConnection connection, DbTransaction? transaction, FactoryScope factory)
    {
        if (CanIdentify(factory.Factory.Dialect))
            return new DatabaseScope(identity, PostgreSqlCatalog.Read(connection, transaction), factory, NewStore(identity, factory));
        Log.NoCatalogFor(factory.Factory.Dialect.GetType().Name);
        return new DatabaseScope(identity, ConservativeSchema.Instance, factory, NewStore(identity, factory));
    }

    /// <summary>What changes are recorded in while it is not known which database they are made in: they may concern any.</summary>
    public static DatabaseScope Unidentified(FactoryScope factory) =>
        new(new DatabaseIdentity(UnknownDatabase, "", false), ConservativeSchema.Instance, factory, factory.Stores.OfEveryDatabase);

    /// <summary>The tables that a query space of the mapping means; none when the database has none of that name.</summary>
    public IEnumerable<TableId> TablesOf(string space) => _plans.Schema.FindSpace(space) is { } table ? table.ViewOf ?? [table.Id] : [];

    /// <summary>A statement changed the schema: the catalog is read again at the next opportunity.</summary>
    public void SchemaChanged() => _age.Expire();

    /// <summary>A statement names a table that the catalog did not have; it may be new.</summary>
    private void MissingTable() => _age.Doubt();

    /// <summary>
    /// Reads the catalog again and forgets everything cached: what was bound to the old one may not meet what the new one makes
    /// of the same columns.
    /// </summary>
    public void ReloadSchema(DbConnection connection, DbTransaction? transaction)
    {
        _age.Renew();
        if (CanIdentify(_factory.Factory.Dialect))
            _plans = NewPlans(PostgreSqlCatalog.Read(connection, transaction));
        Move(StampKey.Scope);
    }

    /// <summary>
    /// Moves a stamp of no shape at once: everything cached of the database, or of a region, is forgotten. Handlers are told of the former only.
    /// </summary>
    public void Move(StampKey key)
    {
        var before = Store.Current;
        Store.Move(key);
        Moved(key, before);
    }

    /// <summary>Moves at once what an entry with this use of a shape depends on for it, because a user says so.</summary>
    public void Move(ShapeUse use)
    {
        var before = Store.Current;
        Store.Move(use);
        Invalidated(Told(use, before));
    }

    /// <summary>What is cached under a key, and what has outdated it.</summary>
    public (EntryState Entry, FoundMover? Invalidated) Peek(EntryKey key)
    {
        var entry = Store.Peek(key);
        return (entry, entry.Reason == MissReason.Invalidated ? _recent.FindMover(entry.Stamps, entry.After) : null);
    }

    /// <summary>Remembers what has been invalidated, and tells those who want to know. What they throw goes no further.</summary>
    public void Invalidated(RecentChange change)
    {
        _recent.Add(change);
        if (!Log.IsDebugEnabled && !_factory.Observers.HearInvalidations)
            return;
        var invalidation = change.ToInvalidation();
        Log.Invalidated(invalidation);
        _factory.Observers.OnInvalidated(invalidation);
    }

    /// <summary>Puts something before the store, while nobody uses it: so tests show what goes wrong behind a store that lacks a guard.</summary>
    public void Decorate(Func<ICacheStore, ICacheStore> decorate) => Store = decorate(Store);

    public void Dispose() => (_store as IDisposable)?.Dispose();

    private RecentChange Told(ShapeUse use, Sequence before)
    {
        var stamps = new MovedStamps();
        foreach (var key in use.Conjunctions.IsEmpty ? [use.Shape.Key] : use.Conjunctions)
            stamps.Add(key, new Mover(use.Shape, ChangeKind.Told));
        return RecentChange.Of(before, [new ChangedTable(use.Shape.Table, ChangeKind.Told, ColumnSet.All)], stamps, true, _factory.Clock.GetUtcNow());
    }

    private void Moved(StampKey key, Sequence before)
    {
        var change = RecentChange.Of(before, [], new MovedStamps { key }, true, _factory.Clock.GetUtcNow());
        if (key == StampKey.Scope)
            Invalidated(change);
        else
            _recent.Add(change);
    }

    private static bool NamesSeveralHosts(string connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return (parts.TryGetValue("Host", out var hosts) || parts.TryGetValue("Server", out hosts)) && hosts.ToString()!.Contains(',', StringComparison.Ordinal);
    }

    private static ICacheStore NewStore(DatabaseIdentity identity, FactoryScope factory) =>
        factory.Stores.Of(new StoreScope(identity.Database, [identity.Origin, identity.View], identity.Timeline));

    private Plans NewPlans(ISchema schema) =>
        new(schema, new AnalysisLimits { MaxConjunctions = _factory.Options.MaxConjunctions, MaxInValues = _factory.Options.MaxInValues }, _factory.MappedLoads, MissingTable);
}
