using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The rows that open transactions of this process have changed and not yet committed or rolled back, for regions, which are not
/// told whose session reads or puts: what such a session saw of these rows must not reach anyone else (I12). Thread-safe.
/// </summary>
internal sealed class UncommittedRows
{
    private readonly ConcurrentDictionary<StampKey, int> _keys = new();
    private readonly ConcurrentDictionary<TableId, int> _tables = new();

    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Whether this row key, or this table as one of unknown rows, or the whole scope has uncommitted changes.</summary>
    public bool Contains(StampKey key) => _keys.ContainsKey(key);

    /// <summary>Whether any row of the table, known or not, has uncommitted changes.</summary>
    public bool ContainsAnyOf(TableId table) => _tables.ContainsKey(table);

    /// <param name="table">The table of the key; null for the whole scope.</param>
    /// <param name="key">A row key, a table of which unknown rows are changed, or the scope.</param>
    public void Add(TableId? table, StampKey key)
    {
        Interlocked.Increment(ref _count);
        if (table is { } known)
            Add(_tables, known);
        Add(_keys, key);
    }

    public void Remove(TableId? table, StampKey key)
    {
        Remove(_keys, key);
        if (table is { } known)
            Remove(_tables, known);
        Interlocked.Decrement(ref _count);
    }

    private static void Add<T>(ConcurrentDictionary<T, int> counts, T item)
        where T : notnull => counts.AddOrUpdate(item, 1, static (_, count) => count + 1);

    private static void Remove<T>(ConcurrentDictionary<T, int> counts, T item)
        where T : notnull
    {
        while (counts.TryGetValue(item, out var count))
        {
            if (count == 1 ? counts.TryRemove(KeyValuePair.Create(item, count)) : counts.TryUpdate(item, count - 1, count))
                return;
        }
    }
}
