using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The open sessions of a factory by the sequence at which they opened, for puts that do not say which session they come from
/// (I12). A session that is never closed only makes such puts older than they need be. Thread-safe.
/// </summary>
internal sealed class OpenSessions
{
    private readonly Lock _gate = new();

    // Sequences only grow, so the list is ordered and its first is the oldest.
    private readonly LinkedList<Sequence> _opened = new();

    /// <summary>The oldest, or null when none is open.</summary>
    public Sequence? Oldest
    {
        get
        {
            lock (_gate)
                return _opened.First?.Value;
        }
    }

    /// <param name="current">Reads the current sequence; called under the lock that orders the list.</param>
    public LinkedListNode<Sequence> Opened(Func<Sequence> current)
    {
        lock (_gate)
            return _opened.AddLast(current());
    }

    /// <summary>Forgets a session; a second call does nothing.</summary>
    public void Closed(LinkedListNode<Sequence> session)
    {
        lock (_gate)
        {
            if (session.List is not null)
                _opened.Remove(session);
        }
    }
}
