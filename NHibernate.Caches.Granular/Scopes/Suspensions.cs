using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The stretches of work of one session factory whose changes invalidate nothing, because its user said so. They flow with the
/// work: into what it calls and awaits, and to no other. Thread-safe.
/// </summary>
internal sealed class Suspensions
{
    private readonly AsyncLocal<Suspension?> _current = new();

    /// <summary>The suspension that the present work is in; null when it is in none.</summary>
    public Suspension? Current => _current.Value is { IsOver: false } current ? current : null;

    /// <summary>Begins one, or one more level of the present one; it lasts until the outermost level has ended.</summary>
    public IDisposable Begin()
    {
        var suspension = Current ?? (_current.Value = new Suspension());
        suspension.Enter();
        return new Level(suspension);
    }

    /// <summary>Thread-safe.</summary>
    private sealed class Level(Suspension suspension) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                suspension.Leave();
        }
    }
}

/// <summary>One stretch of work whose changes invalidate nothing, all its levels together. Thread-safe.</summary>
internal sealed class Suspension
{
    private int _levels;
    private long _dropped;

    /// <summary>Work that was begun inside may go on after the end: it invalidates again.</summary>
    public bool IsOver => Volatile.Read(ref _levels) == 0;

    public void Enter() => Interlocked.Increment(ref _levels);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _levels) == 0 && Interlocked.Exchange(ref _dropped, 0) is var dropped and > 0)
            Log.InvalidationSuspended(dropped);
    }

    /// <summary>Counts a change that nobody will be told of.</summary>
    public void Drop() => Interlocked.Increment(ref _dropped);
}
