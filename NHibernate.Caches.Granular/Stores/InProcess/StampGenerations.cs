using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// All stamps of one database in two generations. What is asked for moves to the current one; a rotation forgets the previous one.
/// Forgetting cannot bring an entry back to life: the forgotten cell is retired, which rejects every entry that refers to it, and
/// its successor starts at the <see cref="Horizon"/>, which is no older than any move forgotten. Rotations are at least a maximum
/// time-to-live apart, and an entry's put asks for all its cells, so no living entry loses a cell, unless the number of stamps
/// reaches its bound first. Not thread-safe: the <see cref="StampTable"/>'s lock guards it.
/// </summary>
internal sealed class StampGenerations
{
    private readonly int _maxPerGeneration;
    private readonly long _minimumAge;
    private Dictionary<StampKey, StampCell> _current = [];
    private Dictionary<StampKey, StampCell> _previous = [];
    private int _addedSinceRotation;
    private long _rotatedAt;

    /// <param name="maxStamps">The bound of both generations together, locked stamps aside.</param>
    /// <param name="minimumAge">Ticks between rotations while the bound is not reached.</param>
    /// <param name="now">The present, in the same ticks.</param>
    public StampGenerations(int maxStamps, long minimumAge, long now)
    {
        _maxPerGeneration = Math.Max(1, maxStamps / 2);
        _minimumAge = minimumAge;
        _rotatedAt = now;
        // Whatever was read before these stamps existed may have been changed without their knowledge.
        Horizon = InProcessSequence.Next();
    }

    /// <summary>What a stamp without a cell counts as: it has not moved later than this.</summary>
    public Sequence Horizon { get; private set; }

    public int Count => _current.Count + _previous.Count;

    /// <summary>For diagnosis.</summary>
    public IEnumerable<StampCell> Cells => _current.Values.Concat(_previous.Values);

    /// <summary>The stamp's cell for an entry that will depend on it: it stays for another generation.</summary>
    public StampCell ForReader(StampKey key) => Find(key, keepShape: true);

    /// <summary>The stamp's cell for a change. Changes alone do not keep a shape alive that no query asks for.</summary>
    public StampCell ForWriter(StampKey key) => Find(key, keepShape: false);

    public bool IsRotationDue(long now) => _addedSinceRotation >= _maxPerGeneration || now - _rotatedAt >= _minimumAge;

    /// <summary>
    /// Forgets the previous generation, locked stamps excepted, and returns the shapes that went with it. To be called between
    /// operations only: cells that an operation has found but not locked yet must stay registered.
    /// </summary>
    public IReadOnlyList<Shape> Rotate(long now)
    {
        var (old, forgotten) = (_previous, new List<Shape>());
        (_previous, _current) = (_current, []);
        (_addedSinceRotation, _rotatedAt) = (0, now);
        foreach (var cell in old.Values)
        {
            if (cell.Locks > 0)
                _current.Add(cell.Key, cell);
            else
                Forget(cell, forgotten);
        }
        return forgotten;
    }

    private StampCell Find(StampKey key, bool keepShape)
    {
        if (_current.TryGetValue(key, out var cell))
            return cell;
        if (!_previous.TryGetValue(key, out cell))
            cell = new StampCell(key, Horizon);
        else if (keepShape || cell.Shape is null)
            _previous.Remove(key);
        else
            return cell;
        _current.Add(key, cell);
        _addedSinceRotation++;
        return cell;
    }

    private void Forget(StampCell cell, List<Shape> forgotten)
    {
        if (cell.Moved > Horizon)
            Horizon = cell.Moved;
        if (cell.Shape is not null)
            forgotten.Add(cell.Shape);
        cell.Retire();
    }
}
