using System.Collections.Concurrent;
using System.Data.Common;
using System.Transactions;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// Everything the cache has of one session factory: its options and the databases its sessions talk to (one, unless there are
/// tenants or supplied connections). Thread-safe.
/// </summary>
internal sealed class FactoryScope : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    // By tenant, or by connection string where the user supplied the connection. Both are names of ours, never compared with the
    // database's own identity.
    private readonly ConcurrentDictionary<(string? Tenant, string? Connection), DatabaseScope> _byOrigin = new();
    private readonly ConcurrentDictionary<DatabaseIdentity, DatabaseScope> _byIdentity = new();
    private readonly Lock _resolving = new();
    private readonly Lock _completing = new();
    private readonly Lazy<ProfileTable> _profiles;
    private int _isMappingComplete;
    private int _toldOfSerializable;
    private int _isStarted;
    private volatile bool _isEnabled;
    private volatile bool _isReadOnly;
    private long _failedAt;

    public FactoryScope(ISessionFactoryImplementor factory, GranularCacheOptions options, ICacheStores stores)
    {
        (Factory, Options, Stores) = (factory, options, stores);
        _isEnabled = options.Enabled;
        MappedLoads = new MappedLoads(factory);
        Traits = new TraitsOfQueries(factory);
        _profiles = new Lazy<ProfileTable>(() => ProfileTable.Of(factory, options.Profiles));
        Unidentified = DatabaseScope.Unidentified(this);
    }

    public ISessionFactoryImplementor Factory { get; }

    public GranularCacheOptions Options { get; }

    /// <summary>Where it caches; disposed with this.</summary>
    public ICacheStores Stores { get; }

    /// <summary>
    /// Whether other processes share what is cached. Then this process alone knows too little to judge anything by: what is not judged
    /// by the shared stamps is not kept.
    /// </summary>
    public bool IsShared => Stores.IsShared;

    /// <summary>
    /// Whether anything is read or stored. Changes invalidate also while nothing is: others use the stamps. What was changed meanwhile
    /// by other means is made up for when it is switched on: everything moves before anything is read again (I9).
    /// </summary>
    public bool IsEnabled
    {
        get => _isEnabled;
        set
        {
            if (value && !_isEnabled)
                MoveAll();
            _isEnabled = value;
        }
    }

    /// <summary>Whether nothing is stored; what is there is read.</summary>
    public bool IsReadOnly
    {
        get => _isReadOnly;
        set => _isReadOnly = value;
    }

    /// <summary>Work whose changes invalidate nothing.</summary>
    public Suspensions Suspensions { get; } = new();

    /// <summary>Work whose transactions are published together.</summary>
    public Coalescings Coalescings { get; } = new();

    /// <summary>Stands for the database of a session while that cannot be asked which one it is.</summary>
    public DatabaseScope Unidentified { get; }

    public TimeProvider Clock { get; } = TimeProvider.System;

    public OpenSessions OpenSessions { get; } = new();

    /// <summary>Who wants to know what the cache does.</summary>
    public CacheObservers Observers { get; } = new();

    /// <summary>What profiles say of the entities; to be asked when the mapping is complete.</summary>
    public ProfileTable Profiles => _profiles.Value;

    /// <summary>What profiles go by.</summary>
    public TraitsOfQueries Traits { get; }

    /// <summary>What is to be done once, between the completion of the mapping and the first session.</summary>
    public Action<FactoryScope>? Completing { get; init; }

    /// <summary>The mapping's own SELECTs.</summary>
    public MappedLoads MappedLoads { get; }

    /// <summary>The present by the one counter of this process; a shared store knows which of its own sequences were known then.</summary>
    public static Sequence CurrentSequence => InProcessSequence.Current;

    /// <summary>
    /// The database the session talks to, asked from the database itself the first time; null when it cannot be asked now.
    /// </summary>
    public DatabaseScope? Of(ISessionImplementor session)
    {
        var origin = OriginOf(session);
        return _byOrigin.TryGetValue(origin, out var known) && !known.IsOutdated ? known : Meet(origin, session);
    }

    /// <summary>The database of a tenant's own connections (null: no tenancy), if it was met already.</summary>
    public DatabaseScope? OfTenant(string? tenant) => _byOrigin.GetValueOrDefault((tenant, null));

    /// <summary>The databases that rows of a tenant may be in (null: no tenancy): its own, or all that it may be where no session has met it yet.</summary>
    public IReadOnlyCollection<DatabaseScope> DatabasesOf(string? tenant) => OfTenant(tenant) is { } own ? [own] : tenant is null ? MeetDatabases() : [Unidentified];

    /// <summary>
    /// Called when a query cache is made; the first is made after NHibernate created or updated the schema on start-up, so whatever
    /// was cached by others on this database is gone. Never throws: NHibernate itself may have failed to update it, and started.
    /// </summary>
    public void SchemaMayHaveChanged()
    {
        if ((!Factory.Settings.IsAutoCreateSchema && !Factory.Settings.IsAutoUpdateSchema) || Interlocked.Exchange(ref _isStarted, 1) != 0)
            return;
        var isMoved = false;
        _ = Load(() => Factory.ConnectionProvider.GetConnection(), connection =>
        {
            var scope = TryLoad(connection, null);
            scope?.ReloadSchema(connection, null);
            isMoved = scope is not null;
            return scope;
        });
        if (!isMoved)
            Stores.OfEveryDatabase.Move(StampKey.Scope);
    }

    /// <summary>
    /// The databases met so far, and if there are none the one that sessions without a tenant are about to meet; when that cannot be
    /// asked, all that are known to anybody.
    /// </summary>
    public IReadOnlyCollection<DatabaseScope> MeetDatabases()
    {
        if (_byIdentity.IsEmpty)
            _ = Resolve((null, null), () => Load(Factory.ConnectionProvider.GetConnection, connection => TryLoad(connection, null)));
        return _byIdentity.IsEmpty ? [Unidentified] : [.. _byIdentity.Values];
    }

    /// <summary>
    /// Called when a session is opened, and before if that is known: NHibernate does not say when it has read the mapping, but does so no later.
    /// </summary>
    /// <exception cref="MappingException">The profiles name something that is not mapped.</exception>
    public void MappingIsComplete()
    {
        if (Volatile.Read(ref _isMappingComplete) != 0)
            return;
        lock (_completing)
        {
            if (_isMappingComplete == 0)
                Completing?.Invoke(this);
            Volatile.Write(ref _isMappingComplete, 1);
        }
    }

    /// <summary>A region's name as the options and its users have it, without what NHibernate puts before all of them.</summary>
    public string WithoutPrefix(string region) =>
        Factory.Settings.CacheRegionPrefix is { Length: > 0 } prefix && region.StartsWith(prefix + ".", StringComparison.Ordinal) ? region[(prefix.Length + 1)..] : region;

    /// <summary>Says once per factory that SERIALIZABLE transactions do without the cache.</summary>
    public void SerializableBypassed()
    {
        if (Interlocked.Exchange(ref _toldOfSerializable, 1) == 0)
            Log.SerializableBypassed();
    }

    public void Dispose()
    {
        foreach (var database in _byIdentity.Values)
            database.Dispose();
        Stores.Dispose();
    }

    private void MoveAll()
    {
        foreach (var database in MeetDatabases())
            database.Move(StampKey.Scope);
    }

    private static (string? Tenant, string? Connection) OriginOf(ISessionImplementor session) =>
        NHibernateInternals.OwnsConnection(session.ConnectionManager)
            ? (session.GetTenantIdentifier(), null)
            : (session.GetTenantIdentifier(), session.Connection.ConnectionString);

    private DatabaseScope? Meet((string? Tenant, string? Connection) origin, ISessionImplementor session) =>
        Resolve(origin, () => origin.Connection is null ? LoadOverNewConnection(session) : LoadOverSuppliedConnection(session));

    private DatabaseScope? Resolve((string? Tenant, string? Connection) origin, Func<DatabaseScope?> load)
    {
        lock (_resolving)
        {
            if (_byOrigin.TryGetValue(origin, out var known) && !known.IsOutdated)
                return known;
            if (_failedAt != 0 && Clock.GetElapsedTime(_failedAt) < s_retryAfter)
                return null;
            var scope = load();
            if (scope is not null)
                _byOrigin[origin] = scope;
            else
                _failedAt = Clock.GetTimestamp();
            return scope;
        }
    }

    // Not the session's own connection: its transaction may be failed, a snapshot, or about to be rolled back.
    private DatabaseScope? LoadOverNewConnection(ISessionImplementor session) =>
        Load(session.ConnectionManager.GetNewConnection, connection => TryLoad(connection, null));

    private static DatabaseScope? Load(Func<DbConnection> open, Func<DbConnection, DatabaseScope?> load)
    {
        try
        {
            using var suppressed = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
            using var connection = open();
            return load(connection);
        }
#pragma warning disable CA1031 // Connection providers are the user's; whatever they throw, the cache is done without.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.CatalogUnreadable(exception);
            return null;
        }
    }

    private DatabaseScope? LoadOverSuppliedConnection(ISessionImplementor session)
    {
        using var enlisted = session.ConnectionManager.CreateCommand();
        return TryLoad(session.Connection, enlisted.Transaction);
    }

    private DatabaseScope? TryLoad(DbConnection connection, DbTransaction? transaction)
    {
        try
        {
            var identity = DatabaseScope.Identify(connection, transaction, Factory.Dialect, Options.DatabaseIdentity);
            // A role that may ask more would name the database otherwise, and not hear of this one's changes.
            if (IsShared && !identity.IsCertain && Options.DatabaseIdentity is null)
            {
                Log.IdentityUncertain();
                return null;
            }
            var scope = _byIdentity.GetOrAdd(identity, _ => DatabaseScope.Load(identity, connection, transaction, this));
            if (scope.IsOutdated)
                scope.ReloadSchema(connection, transaction);
            return scope;
        }
#pragma warning disable CA1031 // What a database that only resembles PostgreSQL answers may fail in any way.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.CatalogUnreadable(exception);
            return null;
        }
    }
}
