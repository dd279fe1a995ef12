using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>When property values were loaded. Thread-safe: immutable.</summary>
/// <param name="Sequence">A sequence from before they were loaded.</param>
/// <param name="Changes">How many changes the connection had made by then: a later one of the same row may have outdated them.</param>
/// <param name="IsWritten">They are what an update was made from: what it does not write need not be so in the database.</param>
internal readonly record struct LoadedAt(Sequence Sequence, long Changes, bool IsWritten = false);

/// <summary>
/// Which property values came from the database, and since when they can be true (I6). By the very array of values that NHibernate
/// keeps of an entity: attaching, or making a read-only entity writable, puts another array in its place, filled from memory.
/// Every entity that is loaded is noted, and only those that are changed are asked for; so notes become an index when the first
/// question comes. Those of entities that the sessions have let go of are swept out as the number grows. Not thread-safe: belongs to
/// one connection.
/// </summary>
internal sealed class LoadedStates
{
    private const int LeastBetweenSweeps = 512;

    private readonly List<object> _noted = [];
    private Dictionary<object, LoadedAt>? _index;
    private int _sweepAt = LeastBetweenSweeps;

    // Of all that is noted: it stays the same from one change to the next.
    private LoadedAt _notedAt;

    /// <summary>Whether there are so many notes that those of states nobody keeps should be swept out.</summary>
    public bool IsFull => _noted.Count + (_index?.Count ?? 0) >= _sweepAt;

    public void Note(object state, LoadedAt loadedAt)
    {
        if (loadedAt != _notedAt)
        {
            Index();
            _notedAt = loadedAt;
        }
        _noted.Add(state);
    }

    /// <summary>When these values were loaded; null when they were not loaded but made up or attached.</summary>
    public LoadedAt? Find(object state)
    {
        Index();
        return _index is not null && _index.TryGetValue(state, out var loadedAt) ? loadedAt : null;
    }

    /// <summary>Forgets what was noted: some of it may never have been committed, or never have been written at all.</summary>
    public void Clear()
    {
        _noted.Clear();
        _index = null;
    }

    /// <param name="held">The states that the sessions still keep; notes of others are forgotten.</param>
    public void Sweep(IEnumerable<object> held)
    {
        var kept = held.ToHashSet(ReferenceEqualityComparer.Instance);
        _noted.RemoveAll(state => !kept.Contains(state));
        foreach (var state in (_index?.Keys ?? Enumerable.Empty<object>()).Where(state => !kept.Contains(state)).ToList())
            _index!.Remove(state);
        _sweepAt = Math.Max(LeastBetweenSweeps, 2 * (_noted.Count + (_index?.Count ?? 0)));
    }

    private void Index()
    {
        if (_noted.Count == 0)
            return;
        _index ??= new Dictionary<object, LoadedAt>(ReferenceEqualityComparer.Instance);
        foreach (var state in _noted)
            _index[state] = _notedAt;
        _noted.Clear();
    }
}
