using System.Collections;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// What a read-write strategy finds under a key it has locked. It is no item, so nothing is read from it; asked whether an item
/// may be put, it learns the timestamp of the putting session, and from it a sequence from before that session read (I12).
/// Not thread-safe: belongs to whoever locked the key.
/// </summary>
internal sealed class PutFence(OpenSessions sessions) : ReadWriteCache.ILockable
{
    /// <summary>The sequence the putting session may vouch for; null before it asked.</summary>
    public Sequence? Sequence { get; private set; }

    public bool IsLock => false;

    public bool IsGettable(long txTimestamp) => false;

    public bool IsPuttable(long txTimestamp, object newVersion, IComparer comparator)
    {
        // Of a session that shares another's connection only its own opening is known here, and it may read from a snapshot that is
        // older than that: it does not put.
        if (sessions.Find(txTimestamp) is not { MayPut: true } session)
            return false;
        Sequence = session.OpenedAt;
        return true;
    }

    public CacheLock Lock(long timeout, int id) => new() { Timeout = timeout, Id = id };
}
