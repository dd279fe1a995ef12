using System.Data;
using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Engine;
using NHibernate.SqlCommand;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What the cache knows of one connection of NHibernate's, shared by the sessions that share the connection: since when it may
/// read, in which transaction it is, and what it has changed there. Not thread-safe, as sessions are not.
/// </summary>
internal sealed class ConnectionWatch : IOpenSession
{
    private readonly ConnectionManager _manager;
    private readonly LinkedListNode<OpenSession> _opened;
    private readonly IInterceptor? _interceptor;
    private readonly LoadedStates _loaded;
    private readonly UnprovenLoads _unproven;

    // The database of the connections that NHibernate opens for this session.
    private DatabaseScope? _ownScope;
    private ChangeSet? _changes;

    // An explicit transaction and the sequence from before it began; it outlives IsActive, until its completion was heard.
    private ITransaction? _transaction;
    private Sequence _transactionOpened;
    private bool _executed;

    // COMMIT is about to be sent: what is flushed from now on is announced at once.
    private bool _isCompleting;

    // A transaction, explicit or ambient, decides what becomes of the changes. It does until its completion was heard, which is
    // later than NHibernate calls it active.
    private bool _awaitsTransaction;

    // Whether the statement witnessed last is a query whose values are the mapping's.
    private bool _isMappedLoad;

    // How many changes this connection has made, in all its transactions.
    private long _changesMade;

    // Changes were made while the database's identity was not known.
    private bool _movesEverything;

    public ConnectionWatch(ConnectionManager manager, FactoryScope factory, IInterceptor? interceptor)
    {
        _manager = manager;
        _interceptor = interceptor;
        _loaded = new LoadedStates(HeldStates);
        _unproven = new UnprovenLoads(manager);
        Factory = factory;
        // Stateless sessions have no timestamp, and use no regions.
        _opened = factory.OpenSessions.Opened(this, manager.Session is IStatelessSession ? null : manager.Session.Timestamp, () => FactoryScope.CurrentSequence);
    }

    public FactoryScope Factory { get; }

    /// <summary>The ambient transaction this connection has joined, until its outcome is known.</summary>
    public AmbientTransaction? Ambient { get; private set; }

    /// <summary>A statement ran that may have changed what the session's later ones mean (SET ROLE, search_path, unknown ones).</summary>
    public bool SessionChanged { get; private set; }

    /// <summary>Whether the session's interceptor has its own say on SQL; not asked when the cache answers.</summary>
    public bool MayRewrite => _interceptor is null || Overriding.Has(_interceptor, nameof(IInterceptor.OnPrepareStatement));

    /// <summary>Whether a query was executed in other words than NHibernate prepared it in, since the last look-up began.</summary>
    public bool WasRewritten { get; private set; }

    /// <summary>Takes the plan of a query that is only explained, not executed, and stops it.</summary>
    public Action<QueryPlan>? Explaining { get; set; }

    /// <summary>What is being loaded whose values need not be those of its rows.</summary>
    public UnprovenLoads Unproven => _unproven;

    /// <summary>The entity action a flush is executing now.</summary>
    public FlushAction? CurrentAction { get; set; }

    /// <summary>The collection that a flush may be removing now.</summary>
    public CollectionRemoval? CurrentRemoval { get; set; }

    /// <summary>The database, or null while it cannot be asked what it is.</summary>
    public DatabaseScope? Scope
    {
        get
        {
            // A session may be reconnected to a connection of its user's, which may lead anywhere.
            if (!OwnsConnection)
                return _manager.IsConnected ? Factory.Of(_manager.Session) : null;
            return _ownScope is { IsOutdated: false } ? _ownScope : _ownScope = Factory.Of(_manager.Session);
        }
    }

    /// <summary>
    /// Whether the connection leads to the database that entity and collection regions hold rows of: their keys know a tenant and
    /// no connection (I10).
    /// </summary>
    public bool ServesRegions => OwnsConnection || (Factory.OfTenant(_manager.Session.GetTenantIdentifier()) is { } regular && ReferenceEquals(Scope, regular));

    public bool OwnsConnection => NHibernateInternals.OwnsConnection(_manager);

    /// <summary>The explicit transaction that is active on the connection, or null.</summary>
    public ITransaction? ActiveTransaction => _manager.IsInActiveExplicitTransaction ? _manager.CurrentTransaction : null;

    /// <summary>A sequence from before the current transaction began, or before the session opened if there is none.</summary>
    public Sequence OpenedAt =>
        Ambient is { } ambient ? ambient.OpenedAt
        : _transaction is not null ? _transactionOpened
        : _opened.Value.Opened;

    /// <summary>Whether the current transaction has executed a statement; if it reads from a snapshot, it has taken it then.</summary>
    public bool HasExecuted => _executed;

    /// <inheritdoc/>
    public bool MayPut => ConnectionGate.Decide(this).Bypass is (BypassReason.None or BypassReason.SnapshotNotTaken or BypassReason.Serializable) && ServesRegions && !_unproven.HasCollections;

    /// <summary>Changes that were announced and not published because no transaction tells when they are done.</summary>
    public ChangeSet? ChangesOutsideTransaction => _awaitsTransaction || IsInTransaction ? null : _changes;

    private bool IsInTransaction => Ambient is not null || _manager.IsInActiveExplicitTransaction;

    /// <summary>Whether this connection, or its ambient transaction, has changed anything that is not published yet.</summary>
    public bool HasChanges => HasOwnChanges || Ambient is { HasChanges: true };

    /// <summary>Whether uncommitted changes of this connection, or of its ambient transaction, could show in such a query (I8).</summary>
    public bool HasUncommitted(Func<QueryPlan> plan)
    {
        if (Ambient is { } ambient)
            return ambient.HasUncommitted(plan);
        return HasOwnUncommitted(plan);
    }

    public bool HasOwnUncommitted(Func<QueryPlan> plan) => _movesEverything || (_changes is { } changes && changes.Touches(plan()));

    public bool HasOwnChanges => _changes is not null || _movesEverything;

    /// <summary>A look-up begins: what was executed before does not concern it.</summary>
    public void BeginQuery() => WasRewritten = false;

    /// <summary>Notices an interceptor that changes SQL after NHibernate has made the key of it.</summary>
    public void Prepared(DbCommand command, Func<DbCommand> asNHibernateMeant)
    {
        using var meant = asNHibernateMeant();
        WasRewritten |= command.CommandText != meant.CommandText;
    }

    /// <summary>Records what a statement is about to change.</summary>
    /// <returns>The changes to announce before the statement runs; null when that can wait for the commit, or nothing changes.</returns>
    public ChangeSet? Witness(DbCommand command)
    {
        _executed = true;
        // A put does not always say whose it is; what state its connection is in is known here only. Stateless sessions put nothing.
        if (_opened.Value.Timestamp is not null && !MayPut)
            Factory.OpenSessions.Distrust(_opened);
        var scope = Scope;
        var plan = PlanOf(command, scope?.Plans ?? Plans.Unknown);
        _isMappedLoad = plan is { IsMappedLoad: true };
        var change = ChangeOf(command, plan);
        if (change.IsNothing)
            return null;
        SessionChanged |= change.ChangesSession;
        _awaitsTransaction |= IsInTransaction;
        if (scope is null)
        {
            // Nobody knows which stamps these are, so all of them move: now, and when the session or its transaction ends.
            StampTables.MoveEverything();
            _movesEverything = true;
            return null;
        }
        _changes ??= new ChangeSet(scope, Factory.Options);
        // What was loaded is compared with the row's stamps in the announce, while the statement has the row locked; an announce
        // that comes before the statement could not do that. A statement that may itself have committed cannot wait.
        var waitsForCommit = IsInTransaction && !_isCompleting && !SessionChanged && !_changes.IsAnnounced && Ambient is not { IsPreparing: true };
        _changes.Record(change, waitsForCommit ? CurrentAction : null, waitsForCommit ? CurrentRemoval : null, ++_changesMade);
        return waitsForCommit ? null : _changes;
    }

    /// <summary>The statement that was witnessed last is about to be read.</summary>
    public void Opened(DbCommand command)
    {
        if (!_isMappedLoad)
            _unproven.Opened(command);
    }

    /// <summary>A statement has been read.</summary>
    public void Closed(DbCommand command)
    {
        // What the regions get of collections does not always say which session it comes from.
        if (_unproven.Closed(command))
            Factory.OpenSessions.Distrust(_opened);
    }

    // Null for what is not SQL.
    private static StatementPlan? PlanOf(DbCommand command, Plans plans) => command.CommandType == CommandType.Text ? plans.OfStatement(command.CommandText) : null;

    private static StatementChange ChangeOf(DbCommand command, StatementPlan? plan) =>
        plan is null ? StatementChange.OfUnknown(command.CommandType.ToString())
        : plan.IsQuery ? StatementChange.Nothing
        : plan.Bind([.. command.Parameters.Cast<DbParameter>()]);

    /// <summary>A transaction object was made; the connection's transaction, if one begins, begins after this.</summary>
    public void TransactionCreated(ITransaction transaction, Sequence before) =>
        (_transaction, _transactionOpened, _executed, _isCompleting) = (transaction, before, false, false);

    public void Joined(AmbientTransaction ambient) => (Ambient, _executed, _isCompleting) = (ambient, false, false);

    /// <summary>
    /// What to announce just before COMMIT is sent. Whatever is changed from now on (by dependent sessions, which flush later, or by
    /// synchronizations of the user's) is announced at once.
    /// </summary>
    public ChangeSet? BeforeCommit()
    {
        _isCompleting = true;
        return _changes;
    }

    /// <summary>The explicit transaction's completion was heard, perhaps not for the first time.</summary>
    public Outcome? TransactionCompleted(ITransaction transaction)
    {
        if (!ReferenceEquals(transaction, _transaction))
            return null;
        (_transaction, _isCompleting) = (null, false);
        return Complete(proven: transaction.WasCommitted);
    }

    /// <summary>The ambient transaction has ended; null when the connection has left it before.</summary>
    public Outcome? AmbientCompleted(AmbientTransaction ambient, bool committed)
    {
        if (!ReferenceEquals(ambient, Ambient))
            return null;
        (Ambient, _isCompleting) = (null, false);
        return Complete(committed);
    }

    /// <summary>
    /// What ran outside a transaction has run, or failed in a way that is known. On a supplied connection it may belong to a
    /// transaction of the user's own, of whose end nothing is heard; so does what ran in an ambient transaction that the session
    /// has not joined, but its connection may have.
    /// </summary>
    public Outcome? FinishOutsideTransaction(bool isKnown) =>
        _awaitsTransaction || IsInTransaction || !HasOwnChanges ? null : Complete(isKnown && OwnsConnection && System.Transactions.Transaction.Current is null);

    /// <summary>The session ends. What its transaction did not tell of, if it is not going on, will not be told of any more.</summary>
    public Outcome? SessionClosed()
    {
        Factory.OpenSessions.Closed(_opened);
        return IsInTransaction || !HasOwnChanges ? null : Complete(proven: false);
    }

    /// <summary>How many rows the statement changed that was witnessed last.</summary>
    public void Affected(int rows) => _changes?.Affected(rows);

    /// <summary>Remembers that these property values, or the elements of this snapshot of a collection, came from the database, and since when they can be true (I6).</summary>
    /// <param name="state">The values, in the array that NHibernate keeps, or the snapshot.</param>
    public void Loaded(object state) => _loaded.Note(state, new LoadedAt(OpenedAt, _changesMade));

    /// <summary>
    /// An update was made from these values. They are no better known than what they replace: it need not have written all of them.
    /// </summary>
    /// <param name="before">The values that the update found; null when there were none.</param>
    /// <param name="state">Those of the entity in memory, in the array that NHibernate keeps from now on.</param>
    public void Replaced(object? before, object state)
    {
        if (LoadedAt(before) is { } at)
            _loaded.Note(state, at with { Changes = _changesMade, IsWritten = true });
    }

    /// <summary>When these values were loaded; null when they were not loaded but made up or attached.</summary>
    public LoadedAt? LoadedAt(object? state) => state is null ? null : _loaded.Find(state);

    /// <summary>A statement failed, or changed other rows than NHibernate expected: what the session has of them may never have been written.</summary>
    public void Failed() => _loaded.Clear();

    /// <summary>The values that the sessions still keep.</summary>
    private IEnumerable<object> HeldStates() =>
        _manager.DependentSessions.Append(_manager.Session).Select(session => session.PersistenceContext).SelectMany(context =>
            context.EntityEntries.Values.Cast<EntityEntry>().Select(entry => (object?)entry.LoadedState)
                .Concat(context.CollectionEntries.Values.Cast<CollectionEntry>().Select(entry => (object?)entry.Snapshot)))
            .OfType<object>();

    private Outcome? Complete(bool proven)
    {
        _awaitsTransaction = false;
        // What was read or written after a change that is undone was never true of the row.
        if (!proven && HasOwnChanges)
            _loaded.Clear();
        if (_movesEverything)
        {
            StampTables.MoveEverything();
            _movesEverything = false;
        }
        if (_changes is not { } changes)
            return null;
        _changes = null;
        if (proven || changes.IsAnnounced)
            return new Outcome(changes, proven);
        // Rolled back before anybody was told.
        changes.Close();
        return null;
    }
}
