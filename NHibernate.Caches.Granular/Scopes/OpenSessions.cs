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

    /// <inheritdoc cref="OpenSession.Withholds"/>
    bool Withholds(string name);
}

/// <summary>One session's place among the open ones. It does not keep the session alive. Thread-safe: what it withholds is replaced as a whole.</summary>
/// <param name="Session">The session.</param>
/// <param name="Timestamp">NHibernate's timestamp of it; null when it has none.</param>
/// <param name="Opened">The sequence at which it opened.</param>
internal sealed record OpenSession(WeakReference<IOpenSession> Session, long? Timestamp, Sequence Opened)
{
    /// <summary>It may have read what must not be put under its own sequence, nor an older session's: see <see cref="OpenSessions.Distrust"/>.</summary>
    public bool IsDistrusted { get; set; }

    /// <summary>The roles of which it may have loaded collections otherwise than the mapping does.</summary>
    public ImmutableHashSet<string> Withheld { get; set; } = [];

    /// <summary>Whether the session must not put collections of this role.</summary>
    /// <param name="name">The role; an entity's name is none.</param>
    public bool Withholds(string name) => Withheld.Contains(name);
}

/// <summary>
/// The open sessions of a factory: by timestamp, for puts that bring one, and by age, for puts that do not say which session they
/// come from (I12). A session that is never closed only makes the latter older than they need be, until it is collected.
/// Thread-safe.
/// </summary>
internal sealed class OpenSessions
{
    private const int LeastBetweenSweeps = 256;

    private readonly Lock _gate = new();

    // In the order of opening: sequences only grow, so the first is the oldest.
    private readonly LinkedList<OpenSession> _open = new();

    private readonly ConcurrentDictionary<long, OpenSession> _byTimestamp = new();
    private int _sweepAt = LeastBetweenSweeps;
    private int _distrusted;

    // How many of them withhold each role.
    private readonly Dictionary<string, int> _withheld = new(StringComparer.Ordinal);

    /// <summary>
    /// The sequence that a put may vouch for which may come from any open session; null when none is open, or when one of them
    /// is distrusted.
    /// </summary>
    public Sequence? Oldest
    {
        get
        {
            lock (_gate)
                return _distrusted > 0 ? null : _open.First?.Value.Opened;
        }
    }

    /// <summary>The session with this timestamp; null for one that shares another's connection, and for one that is closed.</summary>
    public IOpenSession? Find(long timestamp) =>
        _byTimestamp.TryGetValue(timestamp, out var open) && open.Session.TryGetTarget(out var session) ? session : null;

    /// <param name="session">The session.</param>
    /// <param name="timestamp">NHibernate's timestamp of it; null when it has none.</param>
    /// <param name="current">Reads the current sequence; called under the lock that orders the sessions.</param>
    public LinkedListNode<OpenSession> Opened(IOpenSession session, long? timestamp, Func<Sequence> current)
    {
        var reference = new WeakReference<IOpenSession>(session);
        lock (_gate)
        {
            if (_open.Count >= _sweepAt)
                Sweep();
            var open = new OpenSession(reference, timestamp, current());
            if (timestamp is { } known)
                _byTimestamp[known] = open;
            return _open.AddLast(open);
        }
    }

    /// <summary>The session has read nothing yet, and counts as opened now.</summary>
    /// <param name="open">The session.</param>
    /// <param name="current">As of <see cref="Opened"/>.</param>
    public void Reopened(LinkedListNode<OpenSession> open, Func<Sequence> current)
    {
        lock (_gate)
        {
            if (open.List is null)
                return;
            _open.Remove(open);
            open.Value = open.Value with { Opened = current() };
            _open.AddLast(open);
        }
    }

    /// <summary>
    /// What the session reads is not what others may be served: it is of another database, not committed, or of a
    /// snapshot of unknown age. Until it is closed, puts of unknown origin may be its.
    /// </summary>
    public void Distrust(LinkedListNode<OpenSession> open)
    {
        lock (_gate)
        {
            if (open.List is null || open.Value.IsDistrusted)
                return;
            open.Value.IsDistrusted = true;
            _distrusted++;
        }
    }

    /// <summary>Whether any open session must not put collections of this role: a put of unknown origin may be its.</summary>
    /// <param name="name">The role; an entity's name is none.</param>
    public bool AnyWithholds(string name)
    {
        lock (_gate)
            return _withheld.ContainsKey(name);
    }

    /// <summary>
    /// The session loads collections otherwise than the mapping does. NHibernate puts it later, perhaps after other statements: it stays so until the
    /// session is closed.
    /// </summary>
    /// <param name="open">The session.</param>
    /// <param name="names">As <see cref="OpenSession.Withheld"/>.</param>
    public void Withhold(LinkedListNode<OpenSession> open, IEnumerable<string> names)
    {
        lock (_gate)
        {
            if (open.List is null)
                return;
            foreach (var name in names.Where(name => !open.Value.Withheld.Contains(name)))
            {
                open.Value.Withheld = open.Value.Withheld.Add(name);
                _withheld[name] = _withheld.GetValueOrDefault(name) + 1;
            }
        }
    }

    /// <summary>Forgets a session; a second call does nothing.</summary>
    public void Closed(LinkedListNode<OpenSession> open)
    {
        lock (_gate)
        {
            if (open.List is not null)
                Forget(open);
        }
    }

    private void Forget(LinkedListNode<OpenSession> open)
    {
        if (open.Value.Timestamp is { } timestamp)
            _byTimestamp.TryRemove(timestamp, out _);
        if (open.Value.IsDistrusted)
            _distrusted--;
        foreach (var name in open.Value.Withheld)
        {
            if (--_withheld[name] == 0)
                _withheld.Remove(name);
        }
        _open.Remove(open);
    }

    // Sessions that nobody closed and nobody can use any more.
    private void Sweep()
    {
        for (var open = _open.First; open is not null;)
        {
            var next = open.Next;
            if (!open.Value.Session.TryGetTarget(out _))
                Forget(open);
            open = next;
        }
        _sweepAt = Math.Max(LeastBetweenSweeps, 2 * _open.Count);
    }
}
