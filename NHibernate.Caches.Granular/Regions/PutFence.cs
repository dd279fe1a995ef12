using System.Collections;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// What a read-write strategy finds under a key it has locked. It is no item, so nothing is read from it; asked whether an item
/// may be put, it learns the timestamp of the putting session, and from it a sequence from before that session read (I12). When
/// several work on the key at once, nobody can tell whose the item is, and none is put. Thread-safe.
/// </summary>
internal sealed class PutFence(OpenSessions sessions) : ReadWriteCache.ILockable
{
    private readonly Lock _gate = new();
    private int _inside;
    private bool _isShared;
    private Sequence? _sequence;

    /// <summary>The sequence the putting session may vouch for; null before it asked, and when another works on the key.</summary>
    public Sequence? Vouched
    {
        get
        {
            lock (_gate)
                return _isShared ? null : _sequence;
        }
    }

    /// <summary>The putting session; null before it asked.</summary>
    public IOpenSession? Session { get; private set; }

    public bool IsLock => false;

    public bool IsGettable(long txTimestamp) => false;

    /// <summary>Whether the fence still stands; the last who left has taken it away.</summary>
    public bool Enter()
    {
        lock (_gate)
        {
            if (_inside < 0)
                return false;
            _isShared |= _inside > 0;
            _inside++;
            return true;
        }
    }

    /// <summary>Whether nobody is left, so that it is to be removed.</summary>
    public bool Leave()
    {
        lock (_gate)
        {
            if (--_inside > 0)
                return false;
            _inside = -1;
            return true;
        }
    }

    public bool IsPuttable(long txTimestamp, object newVersion, IComparer comparator)
    {
        // Of a session that shares another's connection only its own opening is known here, and it may read from a snapshot that is
        // older than that: it does not put.
        if (sessions.Find(txTimestamp) is not { MayPut: true } session)
            return false;
        lock (_gate)
        {
            if (_isShared)
                return false;
            (Session, _sequence) = (session, session.OpenedAt);
            return true;
        }
    }

    public CacheLock Lock(long timeout, int id) => new() { Timeout = timeout, Id = id };
}
