using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>An open session, as regions need to know it when it puts.</summary>
internal interface IOpenSession
{
    /// <summary>A sequence from before its current transaction began, or before it opened.</summary>
    Sequence OpenedAt { get; }

    /// <summary>Whether what it reads may be cached at all.</summary>
    bool MayPut { get; }
}

/// <summary>
/// The open sessions of a factory: by timestamp, for puts that bring one, and by age, for puts that do not say which session they
/// come from (I12). A session that is never closed only makes the latter older than they need be. Thread-safe.
/// </summary>
internal sealed class OpenSessions
{
    private readonly Lock _gate = new();

    // In the order of opening: sequences only grow, so the first is the oldest.
    private readonly LinkedList<Sequence> _opened = new();

    private readonly ConcurrentDictionary<long, IOpenSession> _byTimestamp = new();

    private int _elsewhere;

    /// <summary>
    /// Whether a session is open on a supplied connection to another database. A put that does not say which session it comes from
    /// could then bring a row of that database.
    /// </summary>
    public bool AnyElsewhere => Volatile.Read(ref _elsewhere) > 0;

    /// <summary>The sequence at which the oldest open session opened, or null when none is open.</summary>
    public Sequence? Oldest
    {
        get
        {
            lock (_gate)
                return _opened.First?.Value;
        }
    }

    /// <summary>The session with this timestamp; null for one that shares another's connection, and for one that is closed.</summary>
    public IOpenSession? Find(long timestamp) => _byTimestamp.GetValueOrDefault(timestamp);

    /// <param name="session">The session.</param>
    /// <param name="timestamp">NHibernate's timestamp of it; null when it has none.</param>
    /// <param name="current">Reads the current sequence; called under the lock that orders the sessions.</param>
    public LinkedListNode<Sequence> Opened(IOpenSession session, long? timestamp, Func<Sequence> current)
    {
        if (timestamp is { } known)
            _byTimestamp[known] = session;
        lock (_gate)
            return _opened.AddLast(current());
    }

    public void EnteredElsewhere() => Interlocked.Increment(ref _elsewhere);

    public void LeftElsewhere() => Interlocked.Decrement(ref _elsewhere);

    /// <summary>Forgets a session; a second call does nothing.</summary>
    public void Closed(LinkedListNode<Sequence> opened, long? timestamp)
    {
        if (timestamp is { } known)
            _byTimestamp.TryRemove(known, out _);
        lock (_gate)
        {
            if (opened.List is not null)
                _opened.Remove(opened);
        }
    }
}
