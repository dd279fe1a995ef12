using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What this process has learnt of the counter that a database's stamps on Redis have, and when, by its own counter. Everything above a store
/// speaks in numbers of this process, which sessions take without asking anybody; a store turns such a moment into the latest sequence that was
/// known then (I1). Thread-safe.
/// </summary>
internal sealed class SequenceHistory
{
    /// <summary>Moments that are remembered; what began before the oldest of them puts nothing and hits nothing in a snapshot.</summary>
    private const int Capacity = 4096;

    private readonly Lock _gate = new();
    private readonly List<Point> _points = new(Capacity);

    /// <summary>The server answered with this sequence, in this life of the stamps.</summary>
    public void Learn(string epoch, long sequence)
    {
        lock (_gate)
        {
            // Answers may arrive in another order than they were given.
            if (_points.Count > 0 && _points[^1].Known is var last && last.Epoch == epoch && last.Sequence >= sequence)
                return;
            if (_points.Count == Capacity)
                _points.RemoveRange(0, Capacity / 4);
            _points.Add(new Point(InProcessSequence.Next(), new RemoteSequence(epoch, sequence)));
        }
    }

    /// <summary>What was known at that moment; null when nothing was, or it is forgotten.</summary>
    public RemoteSequence? At(Sequence moment)
    {
        lock (_gate)
        {
            var (low, high) = (0, _points.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_points[middle].Moment <= moment)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low == 0 ? null : _points[low - 1].Known;
        }
    }

    /// <summary>The moment since which the server was known to be at this sequence, or beyond it, in this life of the stamps; as far as is remembered.</summary>
    public Sequence FirstMomentOf(RemoteSequence sequence)
    {
        lock (_gate)
        {
            var first = _points.Find(point => point.Known.Epoch == sequence.Epoch && point.Known.Sequence >= sequence.Sequence);
            return first.Moment == Sequence.None ? new Sequence(long.MaxValue) : first.Moment;
        }
    }

    private readonly record struct Point(Sequence Moment, RemoteSequence Known);
}

/// <summary>A sequence of the stamps on a server, in one life of theirs. Thread-safe: immutable.</summary>
internal readonly record struct RemoteSequence(string Epoch, long Sequence);
