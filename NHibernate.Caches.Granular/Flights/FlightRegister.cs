using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>The entries of one store that this process is loading for more than one. Thread-safe.</summary>
internal sealed class FlightRegister(TimeProvider clock)
{
    private readonly ConcurrentDictionary<EntryKey, Flight> _flights = new();

    public TimeProvider Clock => clock;

    /// <summary>How many are under way, those included that nobody ends any more, each until somebody looks for it.</summary>
    public int Count => _flights.Count;

    /// <summary>How many look-ups wait for them now.</summary>
    public int Waiting => _flights.Values.Sum(flight => flight.Waiting);

    /// <summary>The flight of an entry if there is one that is not too old to be waited for.</summary>
    public Flight? Find(EntryKey key, TimeSpan limit) => _flights.TryGetValue(key, out var flight) && !IsTooOld(flight, limit) ? flight : null;

    /// <summary>The flight of an entry, begun if there is none. One that has lasted for longer than anybody waits is replaced.</summary>
    public Flight FindOrBegin(EntryKey key, ICacheStore store, TimeSpan limit, out bool isNew)
    {
        var begun = new Flight(this, key, store, clock.GetTimestamp());
        var flight = _flights.AddOrUpdate(key, begun, (_, present) => IsTooOld(present, limit) ? begun : present);
        isNew = ReferenceEquals(flight, begun);
        return flight;
    }

    public void Remove(Flight flight) => _flights.TryRemove(KeyValuePair.Create(flight.Key, flight));

    private bool IsTooOld(Flight flight, TimeSpan limit) => clock.GetElapsedTime(flight.StartedAt) >= limit;
}
