using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Which property values came from the database, and since when they can be true (I6). By the very array of values that NHibernate
/// keeps of an entity: attaching, or making a read-only entity writable, puts another array in its place, filled from memory.
/// Every entity that is loaded is noted, and only those that are changed are asked for; so notes become an index when the first
/// question comes. Not thread-safe: belongs to one connection.
/// </summary>
internal sealed class LoadedStates
{
    private readonly List<object> _noted = [];
    private Dictionary<object, Sequence>? _index;

    // Of all that is noted: it stays the same throughout a transaction.
    private Sequence _notedAt;

    public void Note(object?[] state, Sequence loadedAt)
    {
        if (loadedAt != _notedAt)
        {
            Index();
            _notedAt = loadedAt;
        }
        _noted.Add(state);
    }

    /// <summary>A sequence from before these values were loaded; null when they were not loaded but made up or attached.</summary>
    public Sequence? Find(object?[] state)
    {
        Index();
        return _index is not null && _index.TryGetValue(state, out var loadedAt) ? loadedAt : null;
    }

    private void Index()
    {
        if (_noted.Count == 0)
            return;
        _index ??= new Dictionary<object, Sequence>(ReferenceEqualityComparer.Instance);
        foreach (var state in _noted)
            _index[state] = _notedAt;
        _noted.Clear();
    }
}
