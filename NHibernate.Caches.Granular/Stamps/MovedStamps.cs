using System.Collections;
using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Stamps;

/// <summary>Stamps that will move, each with what was first found to move it, so that it can be told later. Not thread-safe.</summary>
internal sealed class MovedStamps : IReadOnlyCollection<StampKey>
{
    private readonly Dictionary<StampKey, Mover> _movers = [];

    public int Count => _movers.Count;

    public void Add(StampKey key, Mover mover = default) => _movers.TryAdd(key, mover);

    public void Add(IEnumerable<StampKey> keys)
    {
        foreach (var key in keys)
            Add(key);
    }

    /// <summary>These and more; the others must not be changed afterwards.</summary>
    public MovedStamps With(MovedStamps more)
    {
        // Mostly there are none yet.
        if (Count == 0)
            return more;
        foreach (var (key, mover) in more._movers)
            _movers.TryAdd(key, mover);
        return this;
    }

    public bool Contains(StampKey key) => _movers.ContainsKey(key);

    /// <summary>All of them.</summary>
    public KeyValuePair<StampKey, Mover>[] ToArray() => [.. _movers];

    public IEnumerator<StampKey> GetEnumerator() => _movers.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What moves a stamp. Thread-safe: immutable.</summary>
/// <param name="Shape">The shape of which it is a conjunction, or the whole; null for stamps of no shape.</param>
/// <param name="Kind">What was done to rows of the shape's table; of no meaning without a shape.</param>
internal readonly record struct Mover(Shape? Shape, ChangeKind Kind);
