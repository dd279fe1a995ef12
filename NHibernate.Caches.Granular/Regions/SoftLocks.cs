using System.Collections.Concurrent;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// The soft locks that NHibernate's read-write strategy sets on items being updated. They are of this process only: between
/// nodes, and for correctness, the stamps are the lock. They keep sessions from putting a row while its update is not committed,
/// and are forgotten when they are released. Thread-safe.
/// </summary>
internal sealed class SoftLocks(TimeProvider clock)
{
    // A session that was lost without completing its transaction never releases its locks.
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<object, (CacheLock Lock, long SetAt, bool IsWrittenThrough)> _locks = new();

    public CacheLock? Find(object key)
    {
        if (!_locks.TryGetValue(key, out var found))
            return null;
        if (clock.GetElapsedTime(found.SetAt) < s_abandonedAfter)
            return found.Lock;
        _locks.TryRemove(key, out _);
        return null;
    }

    public void Set(object key, CacheLock softLock)
    {
        if (softLock.Multiplicity > 0)
            _locks[key] = (softLock, clock.GetTimestamp(), _locks.TryGetValue(key, out var before) && before.IsWrittenThrough);
        else
            _locks.TryRemove(key, out _);
    }

    /// <summary>The state that was written under the lock is put by whoever publishes it.</summary>
    public void WriteThrough(object key)
    {
        if (_locks.TryGetValue(key, out var found))
            _locks.TryUpdate(key, found with { IsWrittenThrough = true }, found);
    }

    public bool Remove(object key, out bool isWrittenThrough)
    {
        var isLocked = _locks.TryRemove(key, out var found);
        isWrittenThrough = found.IsWrittenThrough;
        return isLocked;
    }
}
