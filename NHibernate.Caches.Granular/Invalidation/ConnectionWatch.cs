using System.Data;
using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
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
    private readonly LoadedStates _loaded = new();
    private readonly UnprovenLoads _unproven;

    // Of look-ups that missed, up to their puts; few sessions have more than one at a time.
    private ImmutableArray<Hydration> _hydrations = [];

    // The database of the connections that NHibernate opens for this session.
    private DatabaseScope? _ownScope;
    private ChangeSet? _changes;

    // An explicit transaction and the sequence from before it began; it outlives IsActive, until its completion was heard.
    private ITransaction? _transaction;
    private Sequence _transactionOpened;
    private bool _executed;

    // A statement was executed since the session was opened.
    private bool _hasBegun;

    // COMMIT is about to be sent: what is flushed from now on is announced at once.
    private bool _isCompleting;

    // A transaction, explicit or ambient, decides what becomes of the changes. It does until its completion was heard, which is
    // later than NHibernate calls it active.
    private bool _awaitsTransaction;

    // What the query witnessed last loads in part; default when its values need not be the mapping's.
    private ImmutableArray<string> _partlyLoaded;
    private bool _isBatch;

    // A statement has begun, prepared or ended a transaction behind NHibernate's back: what NHibernate reports of a commit is no
    // proof any more.
    private bool _controlsTransaction;

    // The statement witnessed last, if it changes many rows that are to be told one by one.
    private MassStatement? _massStatement;

    private long _changesMade;
    private long _changesBeforeWrite;

    // A query has been opened since the last statement that is known to have succeeded: where its rows could not be read, the transaction has failed.
    // What was opened before NHibernate executed another statement has been read into memory by then.
    private bool _mayHaveFailed;
    private bool _hasGathered;

    public ConnectionWatch(ConnectionManager manager, FactoryScope factory, IInterceptor? interceptor)
    {
        _manager = manager;
        _interceptor = interceptor;
        _unproven = new UnprovenLoads(manager);
        Factory = factory;
        // Stateless sessions have no timestamp, and use no regions.
        _opened = factory.OpenSessions.Opened(this, manager.Session is IStatelessSession ? null : manager.Session.Timestamp, () => FactoryScope.CurrentSequence);
        SessionOpenedAt = _opened.Value.Opened;
    }

    public FactoryScope Factory { get; }

    /// <summary>The ambient transaction this connection has joined, until its outcome is known.</summary>
    public AmbientTransaction? Ambient { get; private set; }

    /// <summary>A statement ran that may have changed what the session's later ones mean (SET ROLE, search_path, unknown ones).</summary>
    public bool SessionChanged { get; private set; }

    /// <summary>
    /// A statement ran in an ambient transaction that the session has not joined. Its connection may have, and may stay in it
    /// wherever the session is used from now on.
    /// </summary>
    public bool MayBeEnlisted { get; private set; }

    /// <summary>Whether batched statements wait to be executed. They may outlive the transaction they were gathered in.</summary>
    public bool IsGathering { get; set; }

    /// <summary>The last statement was executed by a standby, which may lag, though the database was a primary when it was met.</summary>
    public bool IsOnStandby { get; private set; }

    /// <summary>Whether the session's interceptor has its own say on SQL; not asked when the cache answers.</summary>
    public bool MayRewrite => _interceptor is null || Overriding.Has(_interceptor, nameof(IInterceptor.OnPrepareStatement));

    /// <summary>Whether a query was executed in other words than NHibernate prepared it in, since the last look-up began.</summary>
    public bool WasRewritten { get; private set; }

    /// <summary>What is known of the statement on many rows that the session is about to execute.</summary>
    public MassChange? MassChange { get; set; }

    /// <summary>Takes a query that is only explained, not executed, and stops it.</summary>
    public Action<ExplainedQuery>? Explaining { get; set; }

    /// <summary>Set while queries are looked at and not executed.</summary>
    public QueryCapture? Capture { get; set; }

    /// <summary>What is being loaded whose values need not be those of its rows.</summary>
    public UnprovenLoads Unproven => _unproven;

    /// <summary>What its sessions are loading while others may wait for it.</summary>
    public LedFlights Flights { get; } = new();

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

    /// <summary>
    /// A sequence from before the session opened, and so from before anything that it holds was read: also what it got from the cache before
    /// its first statement, as of which the session counts as opened otherwise.
    /// </summary>
    public Sequence SessionOpenedAt { get; }

    /// <summary>How many changes this connection has made, in all its transactions.</summary>
    public long ChangesMade => _changesMade;

    /// <summary>Whether the current transaction has executed a statement; if it reads from a snapshot, it has taken it then.</summary>
    public bool HasExecuted => _executed;

    /// <inheritdoc/>
    public bool MayPut => !IsOnStandby && ConnectionGate.Decide(this).Bypass is (BypassReason.None or BypassReason.SnapshotNotTaken or BypassReason.Serializable) && ServesRegions;

    /// <inheritdoc/>
    public bool Withholds(string name) => _opened.Value.Withholds(name);

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

    public bool HasOwnUncommitted(Func<QueryPlan> plan) => _changes is { } changes && changes.Touches(plan());

    /// <inheritdoc cref="HasUncommitted(Func{QueryPlan})"/>
    /// <param name="table">One that the query's SQL does not show.</param>
    public bool HasUncommitted(TableId table) => Ambient is { } ambient ? ambient.HasUncommitted(table) : HasOwnUncommitted(table);

    public bool HasOwnUncommitted(TableId table) => _changes is { } changes && changes.Touches(table);

    public bool HasOwnChanges => _changes is not null;

    /// <summary>A look-up begins: what was executed before does not concern it, and what is not put by now will not be.</summary>
    public void BeginQuery()
    {
        WasRewritten = false;
        _hydrations = _hydrations.RemoveAll(static hydration => hydration.IsOver);
        if (Flights.Any && !IsLoading)
            Flights.Abandon();
    }

    /// <summary>A look-up of the session missed, and the state that its SELECT hydrates is asked for.</summary>
    public Hydration BeginHydration(ISessionImplementor session)
    {
        var hydration = new Hydration(session);
        _hydrations = _hydrations.Add(hydration);
        return hydration;
    }

    /// <summary>The result is there.</summary>
    public void EndHydration(Hydration hydration) => _hydrations = _hydrations.Remove(hydration);

    /// <summary>An entity has been read and is about to be initialized.</summary>
    public void Initializing(object entity, object[] state, IEntityPersister persister)
    {
        foreach (var hydration in _hydrations)
            hydration.Initializing(entity, state, persister);
    }

    /// <summary>Notices an interceptor that changes SQL after NHibernate has made the key of it.</summary>
    public void Prepared(DbCommand command, Func<DbCommand> asNHibernateMeant)
    {
        using var meant = asNHibernateMeant();
        WasRewritten |= command.CommandText != meant.CommandText;
    }

    /// <summary>
    /// The first statement is about to be executed. As long as a session has read nothing it is as good as opened now, and what it puts is worth more
    /// for it: a shared store may have told of changes since, or not even been met. Not so in a transaction whose snapshot may have been taken behind
    /// NHibernate's back.
    /// </summary>
    private void Begin()
    {
        if (_hasBegun || ConnectionGate.Decide(this) is not (BypassReason.None, null))
            return;
        Factory.OpenSessions.Reopened(_opened, () => FactoryScope.CurrentSequence);
        if (_transaction is not null)
            _transactionOpened = _opened.Value.Opened;
    }

    /// <summary>An entity is about to be inserted or updated.</summary>
    public void BeginWrite() => _changesBeforeWrite = _changesMade;

    /// <summary>
    /// The one change that it took, of one row, if nothing but the end of an explicit transaction decides what becomes of it; null else.
    /// </summary>
    public OneRowChange? Written =>
        _changesMade == _changesBeforeWrite + 1
        && Ambient is null && !MayBeEnlisted && OwnsConnection && !SessionChanged
        && _manager.IsInActiveExplicitTransaction
        && _changes is { Scope.IsIdentified: true } changes ? changes.Last : null;

    /// <summary>A region is to hold this of the row, when the transaction has committed.</summary>
    public void Keep(OneRowChange change, WrittenState state) => _changes?.Keep(change, state);

    /// <summary>Records what a statement is about to change.</summary>
    /// <returns>The changes to announce before the statement runs; null when that can wait for the commit, or nothing changes.</returns>
    public ChangeSet? Witness(DbCommand command)
    {
        // What ran before a transaction began, though its object was there, has taken no snapshot for it.
        _executed |= IsInTransaction;
        _massStatement = null;
        MayBeEnlisted |= !IsInTransaction && System.Transactions.Transaction.Current is not null;
        // A put does not always say whose it is; what state its connection is in is known here only. Stateless sessions put nothing.
        if (_opened.Value.Timestamp is not null && !MayPut)
            Factory.OpenSessions.Distrust(_opened);
        // Nobody knows which stamps the changes of an unknown database move: then all of them, to the end of the transaction.
        var scope = _changes is { Scope.IsIdentified: false } ? _changes.Scope : Scope ?? Factory.Unidentified;
        Begin();
        _hasBegun = true;
        var plan = PlanOf(command, scope.Plans);
        if (plan is { MayUndo: true })
            _changes?.ForgetWritten();
        (_partlyLoaded, _isBatch) = (plan?.PartlyLoaded ?? default, plan is { IsBatch: true });
        var change = ChangeOf(command, plan);
        if (change.IsNothing)
            return null;
        SessionChanged |= change.ChangesSession;
        _controlsTransaction |= change.ControlsTransaction;
        _awaitsTransaction |= IsInTransaction;
        // The session was reconnected to another database while an ambient transaction goes on. Nobody will tell this connection
        // what became of the changes it made in the former one.
        if (_changes is { } former && former.Scope != scope)
        {
            new Outcome(former, proven: false).Publish();
            _changes = null;
        }
        _changes ??= new ChangeSet(scope, Factory.Options);
        // What was loaded is compared with the row's stamps in the announce, while the statement has the row locked; an announce
        // that comes before the statement could not do that. A statement that may itself have committed cannot wait.
        var waitsForCommit = IsInTransaction && scope.IsIdentified && !_isCompleting && !SessionChanged && !_changes.IsAnnounced && Ambient is not { IsPreparing: true };
        _changes.Record(change, waitsForCommit ? CurrentAction : null, waitsForCommit ? CurrentRemoval : null, ++_changesMade, Factory.Suspensions.Current);
        // What the session has to write before it is no part of it.
        _massStatement = waitsForCommit && !IsFlushing ? MassChange?.Follow(change, command, _changes, _changesMade) : null;
        return waitsForCommit ? null : _changes;
    }

    /// <inheritdoc cref="BulkCleanUps.Forgo"/>
    public void ForgoCleanUp() => BulkCleanUps.Forgo(_manager);

    /// <summary>The statement that was witnessed last, if it changes many rows that are to be told one by one; it is handed out once.</summary>
    public MassStatement? TakeMassStatement()
    {
        var taken = _massStatement;
        _massStatement = null;
        return taken;
    }

    /// <summary>The statement that was witnessed last is about to be read.</summary>
    public void Opened(DbCommand command)
    {
        (_mayHaveFailed, _hasGathered) = (true, false);
        foreach (var hydration in _hydrations)
            hydration.Opened(command, _isBatch, isUnproven: _partlyLoaded.IsDefault);
        if (_partlyLoaded.IsDefault)
            _unproven.Opened(command);
        else if (!_partlyLoaded.IsEmpty)
            Factory.OpenSessions.Withhold(_opened, _partlyLoaded);
    }

    /// <summary>A statement has been read.</summary>
    public void Closed(DbCommand command)
    {
        foreach (var hydration in _hydrations)
            hydration.Closed(command);
        // Nothing tells which they are.
        if (_unproven.Closed(command))
            Factory.OpenSessions.Withhold(_opened, Factory.MappedLoads.Roles);
    }

    // Null for what is not SQL.
    private static StatementPlan? PlanOf(DbCommand command, Plans plans) => command.CommandType == CommandType.Text ? plans.OfStatement(command.CommandText) : null;

    private static StatementChange ChangeOf(DbCommand command, StatementPlan? plan) =>
        plan is null ? StatementChange.OfUnknown(command.CommandType.ToString())
        : plan.IsQuery ? StatementChange.Nothing
        : plan.Bind([.. command.Parameters.Cast<DbParameter>()]);

    /// <summary>
    /// A transaction object was made; the connection's transaction, if one begins, begins after this. There is an outcome when the
    /// end of the transaction before was not heard.
    /// </summary>
    /// <param name="transaction">NHibernate's object.</param>
    /// <param name="before">A sequence from before it was made.</param>
    public Outcome? TransactionCreated(ITransaction transaction, Sequence before)
    {
        var former = _awaitsTransaction && Ambient is null && HasOwnChanges ? Complete(_transaction is { WasCommitted: true }) : null;
        // Begun while a query is being loaded (a listener can do that), it must not make what was read before look younger.
        var opened = IsLoading ? OpenedAt : before;
        (_transaction, _transactionOpened, _executed, _isCompleting, _mayHaveFailed) = (transaction, opened, false, false, false);
        return former;
    }

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
        Flights.Abandon();
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
        _awaitsTransaction || IsInTransaction || !HasOwnChanges ? null : Complete(isKnown && OwnsConnection && !MayBeEnlisted);

    /// <summary>The session ends. What its transaction did not tell of, if it is not going on, will not be told of any more.</summary>
    public Outcome? SessionClosed()
    {
        Factory.OpenSessions.Closed(_opened);
        Flights.Abandon();
        return IsInTransaction || !HasOwnChanges ? null : Complete(proven: false);
    }

    /// <summary>The command was executed: which server it was, its connection knows.</summary>
    public void Executed(DbCommand command)
    {
        IsOnStandby = command.Connection is { } connection && ServerReports.IsStandby(connection);
        if (IsOnStandby)
            Factory.OpenSessions.Distrust(_opened);
    }

    /// <summary>How many rows the statement changed that was witnessed last. It has succeeded, as in a transaction that has failed none does.</summary>
    public void Affected(int rows)
    {
        _mayHaveFailed = false;
        _changes?.Affected(rows);
    }

    /// <summary>Watches how a query is read, if it matters what becomes of it.</summary>
    public DbDataReader Watched(DbDataReader reader) => _isBatch || _changes is not { HasWritten: true } ? reader : new WatchedReader(reader, () => _mayHaveFailed = false);

    /// <summary>A statement was gathered, or executed at once where nothing is.</summary>
    public void Gathered() => _hasGathered = true;

    /// <summary>What was gathered, if anything was, has been executed.</summary>
    public void GatheredExecuted() => _mayHaveFailed &= !_hasGathered;

    /// <summary>Remembers that these property values, or the elements of this snapshot of a collection, came from the database, and since when they can be true (I6).</summary>
    /// <param name="state">The values, in the array that NHibernate keeps, or the snapshot.</param>
    public void Loaded(object state) => Note(state, new LoadedAt(OpenedAt, _changesMade));

    /// <summary>
    /// An update was made from these values. They are no better known than what they replace: it need not have written all of them.
    /// </summary>
    /// <param name="before">The values that the update found; null when there were none.</param>
    /// <param name="state">Those of the entity in memory, in the array that NHibernate keeps from now on.</param>
    public void Replaced(object? before, object state)
    {
        if (LoadedAt(before) is { } at)
            Note(state, at with { Changes = _changesMade, IsWritten = true });
    }

    /// <summary>When these values were loaded; null when they were not loaded but made up or attached.</summary>
    public LoadedAt? LoadedAt(object? state) => state is null ? null : _loaded.Find(state);

    /// <summary>A statement failed, or changed other rows than NHibernate expected: what the session has of them may never have been written.</summary>
    public void Failed()
    {
        _loaded.Clear();
        _changes?.ForgetWritten();
        Flights.Abandon();
    }

    private void Note(object state, LoadedAt loadedAt)
    {
        if (_loaded.IsFull)
            _loaded.Sweep(HeldStates());
        _loaded.Note(state, loadedAt);
    }

    /// <summary>The values that the sessions still keep.</summary>
    private IEnumerable<object> HeldStates() =>
        _manager.DependentSessions.Append(_manager.Session).Select(session => session.PersistenceContext).SelectMany(context =>
            context.EntityEntries.Values.Cast<EntityEntry>().Select(entry => (object?)entry.LoadedState)
                .Concat(context.CollectionEntries.Values.Cast<CollectionEntry>().Select(entry => (object?)entry.Snapshot)))
            .OfType<object>();

    private bool IsFlushing => _manager.Session.PersistenceContext.Flushing || _manager.DependentSessions.Any(session => session.PersistenceContext.Flushing);

    private bool IsLoading => !_manager.Session.PersistenceContext.IsLoadFinished || _manager.DependentSessions.Any(session => !session.PersistenceContext.IsLoadFinished);

    private Outcome? Complete(bool proven)
    {
        _awaitsTransaction = false;
        proven &= !_controlsTransaction;
        // What was read or written after a change that is undone was never true of the row.
        if (!proven && HasOwnChanges)
            _loaded.Clear();
        // Statements that were gathered in the transaction are executed after it, with the next one or not at all.
        if (_changes is not { } changes)
            return null;
        // A transaction that has failed is rolled back by its COMMIT, which PostgreSQL does not call an error.
        if (IsGathering || _mayHaveFailed)
            changes.ForgetWritten();
        if (IsGathering)
            return null;
        _changes = null;
        return OutcomeOf(changes, proven);
    }

    private static Outcome? OutcomeOf(ChangeSet changes, bool proven)
    {
        if (!changes.MovesNothing && (proven || changes.IsAnnounced))
            return new Outcome(changes, proven);
        // Rolled back before anybody was told, or nobody is to be told.
        changes.Close();
        return null;
    }
}
