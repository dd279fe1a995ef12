using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The stamps of one database within this process, shared by all session factories on it: what moved when, what is locked by
/// whom, which shapes are in use. Validity has one mechanism: an entry refers to the <see cref="StampCell"/>s it depends on and
/// is valid while none of them is locked or has moved since the entry's sequence. Births, forgotten stamps and ended cells are
/// values of the same number. Thread-safe: every change happens under one lock, which a hit never takes.
/// </summary>
internal sealed class StampTable
{
    private readonly Lock _gate = new();
    private readonly MonotonicClock _clock;
    private readonly StampGenerations _stamps;
    private readonly ShapeRegister _shapes;
    private readonly Dictionary<Token, TokenLocks> _tokens = [];
    private long _firstLeaseEnd = long.MaxValue;

    /// <param name="options">Of which the bounds on stamps and shapes and the maximum time-to-live matter here.</param>
    /// <param name="time">Whose monotonic timestamps leases and rotations run on.</param>
    public StampTable(InProcessStoreOptions options, TimeProvider time)
    {
        _clock = new MonotonicClock(time);
        _stamps = new StampGenerations(options.MaxStamps, _clock.Ticks(options.MaxTimeToLive), _clock.Now);
        _shapes = new ShapeRegister(_stamps, options.MaxShapesPerTable);
    }

    /// <summary>How often a shape was replaced by its whole table because the table had too many.</summary>
    public long SubstitutedShapes => _shapes.Substituted;

    /// <summary>How many stamps are remembered, for diagnosis.</summary>
    public int StampCount
    {
        get
        {
            lock (_gate)
                return _stamps.Count;
        }
    }

    /// <summary>The stamps that are remembered, for diagnosis. The cells live on while they are looked at.</summary>
    public ImmutableArray<StampCell> Stamps
    {
        get
        {
            lock (_gate)
                return [.. _stamps.Cells];
        }
    }

    public ShapeList Shapes(IReadOnlyCollection<TableId> tables)
    {
        lock (_gate)
            return _shapes.List(tables);
    }

    /// <summary>Registers the shapes of a query that is about to be executed; to be called before its sequence is taken (I5).</summary>
    public void Register(ImmutableArray<Shape> shapes)
    {
        if (shapes.IsDefaultOrEmpty)
            return;
        lock (_gate)
        {
            CleanUp();
            foreach (var shape in shapes)
                _shapes.Register(shape);
        }
    }

    /// <summary>The cells an entry with these dependencies refers to. Shapes that are not registered are: their birth decides.</summary>
    public StampCell[] Resolve(Dependencies dependencies)
    {
        lock (_gate)
        {
            CleanUp();
            return [.. CellsOf(dependencies)];
        }
    }

    /// <summary>Moves and releases the locks whose lease has ended; whether there were any.</summary>
    public bool RetireExpired()
    {
        lock (_gate)
            return RetireExpired(_clock.Now);
    }

    /// <inheritdoc cref="ICacheStore.Announce"/>
    public AnnounceResult Announce(Announcement announcement)
    {
        lock (_gate)
        {
            CleanUp();
            var token = _tokens.GetValueOrDefault(announcement.Token);
            if (announcement.IsAddition && token is null)
                return new AnnounceResult(AnnounceOutcome.Lapsed, default, []);
            foreach (var shape in announcement.RowShapes)
                _shapes.Register(shape);
            if (announcement.ShapesVersion is { } version && _shapes.HasNewer(announcement.Tables, version))
                return new AnnounceResult(AnnounceOutcome.NewShapes, _shapes.List(announcement.Tables), []);
            LoadedState[] untrusted = [.. announcement.Loaded.Where(loaded => !IsTrusted(loaded, token))];
            if (untrusted.Length > 0)
                return new AnnounceResult(AnnounceOutcome.Untrusted, default, untrusted);
            Hold(token ?? Begin(announcement.Token), announcement);
            return new AnnounceResult(AnnounceOutcome.Announced, default, []);
        }
    }

    /// <inheritdoc cref="ICacheStore.Publish"/>
    /// <returns>The sequence to which the stamps have moved, and of each written state whether its row was still as it was written.</returns>
    public (Sequence Moved, ImmutableArray<bool> AreCurrent) Publish(Publication publication)
    {
        lock (_gate)
        {
            CleanUp();
            _tokens.TryGetValue(publication.Token, out var token);
            // Others may have committed since this commit, so it is asked before anything moves.
            ImmutableArray<bool> areCurrent = [.. publication.Written.Select(written => publication.Proven && IsCurrent(written.Entry, token))];
            if (token is null)
            {
                Distrust();
                token = Begin(publication.Token);
                Lease(token, publication.Lease);
            }
            // Of a table that this token did not hold until now, shapes may be in use that its keys were not computed for.
            foreach (var table in publication.Tables)
            {
                if (!token.Tables.Contains(_shapes.Table(table)))
                    token.Lock(_stamps.ForWriter(StampKey.Table(table)));
            }
            Hold(token, publication.Keys, publication.Tables);
            var moved = InProcessSequence.Next();
            token.Move(moved);
            // An unproven commit may still land: its locks stay to the end of the lease.
            if (publication.Proven)
                End(token);
            return (moved, areCurrent);
        }
    }

    /// <inheritdoc cref="ICacheStore.Move"/>
    public void Move(StampKey key)
    {
        lock (_gate)
        {
            CleanUp();
            if (key == StampKey.Scope)
                Distrust();
            _stamps.ForWriter(key).MoveTo(InProcessSequence.Next());
        }
    }

    /// <inheritdoc cref="ICacheStore.Move(ShapeUse)"/>
    public void Move(ShapeUse use)
    {
        lock (_gate)
        {
            CleanUp();
            var sequence = InProcessSequence.Next();
            // The shape's own cell comes first; with it alone move all entries of the shape.
            var cells = CellsOf(use).ToArray();
            foreach (var cell in cells.Length > 1 ? cells.AsSpan(1) : cells)
                cell.MoveTo(sequence);
        }
    }

    /// <summary>What every operation does first, before it holds any cell.</summary>
    private void CleanUp()
    {
        var now = _clock.Now;
        RetireExpired(now);
        if (_stamps.IsRotationDue(now))
            _shapes.Forget(_stamps.Rotate(now));
    }

    private bool RetireExpired(long now)
    {
        if (now < _firstLeaseEnd)
            return false;
        var before = _tokens.Count;
        _firstLeaseEnd = long.MaxValue;
        foreach (var token in _tokens.Values)
        {
            if (now < token.LeaseEnds)
            {
                _firstLeaseEnd = Math.Min(_firstLeaseEnd, token.LeaseEnds);
                continue;
            }
            // Nobody knows whether this transaction committed, so it counts as if it just had.
            token.Move(InProcessSequence.Next());
            End(token);
        }
        return _tokens.Count < before;
    }

    private IEnumerable<StampCell> CellsOf(Dependencies dependencies)
    {
        foreach (var key in dependencies.Keys)
            yield return _stamps.ForReader(key);
        foreach (var use in dependencies.Uses)
        {
            foreach (var cell in CellsOf(use))
                yield return cell;
        }
    }

    private IEnumerable<StampCell> CellsOf(ShapeUse use)
    {
        var cell = _shapes.Register(use.Shape);
        yield return cell;
        // A substitute moves with every change; the conjunctions of the shape it replaces are moved by nobody.
        if (!use.Shape.Equals(cell.Shape))
            yield break;
        foreach (var conjunction in use.Conjunctions)
            yield return _stamps.ForReader(conjunction);
    }

    private bool IsTrusted(LoadedState loaded, TokenLocks? token) => IsUnchanged(loaded.Row, loaded.At, token);

    /// <summary>
    /// Whether a row is as its transaction has written it. Shapes that are new are registered first: changes in flight that do not know them hold
    /// them from then on. Without the token, what it should have kept locked may have changed unnoticed.
    /// </summary>
    private bool IsCurrent(CacheEntry written, TokenLocks? token) => token is not null && IsUnchanged(written.Dependencies, written.Sequence, token);

    private bool IsUnchanged(Dependencies dependencies, Sequence since, TokenLocks? token)
    {
        foreach (var cell in CellsOf(dependencies))
        {
            var own = token is not null && token.Holds(cell) ? 1 : 0;
            if (cell.Locks > own || cell.Moved > since)
                return false;
        }
        return true;
    }

    /// <summary>
    /// Something moves that nobody had locked: it was changed long before, perhaps, and whoever is in flight was believed what it had loaded of it.
    /// So what they change counts as not understood, and their tables move whole.
    /// </summary>
    private void Distrust()
    {
        foreach (var token in _tokens.Values)
        {
            foreach (var table in token.Tables)
                token.Lock(_stamps.ForWriter(StampKey.Table(table.Table)));
        }
    }

    private TokenLocks Begin(Token id)
    {
        var token = new TokenLocks(id);
        _tokens.Add(id, token);
        return token;
    }

    private void Hold(TokenLocks token, Announcement announcement)
    {
        Lease(token, announcement.Lease);
        Hold(token, announcement.Keys, announcement.Tables);
    }

    private void Lease(TokenLocks token, TimeSpan lease)
    {
        token.LeaseEnds = _clock.Now + _clock.Ticks(lease);
        _firstLeaseEnd = Math.Min(_firstLeaseEnd, token.LeaseEnds);
    }

    private void Hold(TokenLocks token, IReadOnlyCollection<StampKey> keys, IReadOnlyCollection<TableId> tables)
    {
        // Every publish moves it, so every announce must lock it.
        token.Lock(_stamps.ForWriter(StampKey.AnyChange));
        foreach (var key in keys)
            token.Lock(_stamps.ForWriter(key));
        foreach (var table in tables)
        {
            var stamps = _shapes.Table(table);
            token.Tables.Add(stamps);
            stamps.InFlight.Add(token);
        }
    }

    private void End(TokenLocks token)
    {
        token.Release();
        _tokens.Remove(token.Token);
    }
}
