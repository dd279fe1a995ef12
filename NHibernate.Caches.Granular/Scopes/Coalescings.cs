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
        var coalescing = Current;
        if (coalescing?.TryEnter() != true)
            _current.Value = coalescing = new Coalescing();
        return new Level(coalescing);
    }

    /// <summary>Thread-safe.</summary>
    private sealed class Level(Coalescing coalescing) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) != 0)
                return;
            var due = coalescing.Leave();
            Publishing.RunAll(due);
            Publishing.TellAll(due);
        }
    }
}

/// <summary>
/// One stretch of work whose transactions are published together, all its levels together. What a proven commit would publish is kept instead, and so
/// are its locks: nobody is given what it has outdated. It moves with the others, or when its lease ends, whichever comes first (I3). Thread-safe.
/// </summary>
internal sealed class Coalescing
{
    // So many calls at once are worth a wait of their own.
    private const int Most = 1000;

    private readonly Lock _gate = new();
    private List<Publishing> _kept = [];
    private int _levels = 1;

    /// <summary>Work that was begun inside may go on after the end: it publishes for itself.</summary>
    public bool IsOver => Volatile.Read(ref _levels) == 0;

    /// <summary>One more level begins. False when the last has ended.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (IsOver)
                return false;
            _levels++;
            return true;
        }
    }

    /// <summary>A level ends.</summary>
    /// <returns>What is to be published now: with the outermost, all that is kept.</returns>
    public IReadOnlyList<Publishing> Leave()
    {
        lock (_gate)
            return --_levels == 0 ? TakeAll() : [];
    }

    /// <summary>A transaction whose locks are held has ended.</summary>
    /// <returns>What is to be published now: nothing as a rule.</returns>
    public IReadOnlyList<Publishing> Keep(Publishing publishing)
    {
        lock (_gate)
        {
            if (IsOver)
                return [publishing];
            _kept.Add(publishing);
            // A lease that ends makes its publication a coarse one.
            return _kept.Count >= Most || _kept[0].IsAgeing ? TakeAll() : [];
        }
    }

    private List<Publishing> TakeAll()
    {
        var kept = _kept;
        _kept = [];
        return kept;
    }
}
