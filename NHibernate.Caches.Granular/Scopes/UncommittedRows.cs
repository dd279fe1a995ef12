using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The rows that open transactions of this process have changed and not yet committed or rolled back, for regions, which are not
/// told whose session reads or puts: what such a session saw of these rows must not reach anyone else (I12). Thread-safe.
/// </summary>
internal sealed class UncommittedRows
{
    private readonly ConcurrentDictionary<StampKey, int> _counts = new();

    private int _keys;

    public bool IsEmpty => Volatile.Read(ref _keys) == 0;

    /// <summary>
    /// Whether there are uncommitted changes of this kind: the row's key; the table's stamp for unknown rows of it; the key of
    /// "any change of the table" for some row of it; the scope's stamp for unknown tables.
    /// </summary>
    public bool Contains(StampKey key) => _counts.ContainsKey(key);

    public void Add(StampKey key)
    {
        Interlocked.Increment(ref _keys);
        _counts.AddOrUpdate(key, 1, static (_, count) => count + 1);
    }

    public void Remove(StampKey key)
    {
        while (_counts.TryGetValue(key, out var count))
        {
            if (!(count == 1 ? _counts.TryRemove(KeyValuePair.Create(key, count)) : _counts.TryUpdate(key, count - 1, count)))
                continue;
            Interlocked.Decrement(ref _keys);
            return;
        }
    }
}
