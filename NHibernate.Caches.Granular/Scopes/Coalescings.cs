namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The stretches of work of one session factory whose transactions are published together. They flow with the work: into what it calls and
/// awaits, and to no other. Thread-safe.
/// </summary>
internal sealed class Coalescings
{
    private readonly AsyncLocal<Coalescing?> _current = new();

    /// <summary>The one that the present work is in; null when it is in none.</summary>
    public Coalescing? Current => _current.Value is { IsOver: false } current ? current : null;

    /// <summary>Begins one, or one more level of the present one; it lasts until the outermost level has ended.</summary>
    public IDisposable Begin()
    {
        var coalescing = Current ?? (_current.Value = new Coalescing());
        coalescing.Enter();
        return new Level(coalescing);
    }

    /// <summary>Thread-safe.</summary>
    private sealed class Level(Coalescing coalescing) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                coalescing.Leave();
        }
    }
}

/// <summary>One stretch of work whose transactions are published together, all its levels together. Thread-safe.</summary>
internal sealed class Coalescing
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseScope, CoalescedChanges> _changes = [];
    private int _levels;

    /// <summary>Work that was begun inside may go on after the end: it publishes for itself.</summary>
    public bool IsOver => Volatile.Read(ref _levels) == 0;

    public void Enter() => Interlocked.Increment(ref _levels);

    /// <summary>Ends a level, and with the outermost what was put off.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _levels) > 0)
            return;
        CoalescedChanges[] ended;
        lock (_gate)
        {
            ended = [.. _changes.Values];
            _changes.Clear();
        }
        foreach (var publishing in ended.Select(changes => changes.Finish()).OfType<Publishing>())
        {
            publishing.Run();
            publishing.Tell();
        }
    }

    /// <summary>What a transaction that begins to change something shares with others; null when it is published by itself.</summary>
    public CoalescedChanges? Join(DatabaseScope database)
    {
        // Where it is not known which database it is, a publish is for all of them.
        if (!database.IsIdentified)
            return null;
        lock (_gate)
        {
            if (IsOver)
                return null;
            if (_changes.TryGetValue(database, out var changes) && changes.TryEnter())
                return changes;
            _changes[database] = changes = new CoalescedChanges(database);
            changes.TryEnter();
            return changes;
        }
    }
}
