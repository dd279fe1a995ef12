namespace NHibernate.Caches.Granular.Flights;

/// <summary>
/// The flights that the sessions of one connection lead. While there are any, these sessions wait for nobody, so that no two of them
/// ever wait for each other. Not thread-safe, as sessions are not.
/// </summary>
internal sealed class LedFlights
{
    private readonly List<(Flight Flight, bool EndsWithCall)> _flights = [];

    public bool Any
    {
        get
        {
            _flights.RemoveAll(static led => led.Flight.Ended.IsCompleted);
            return _flights.Count > 0;
        }
    }

    /// <param name="flight">The flight.</param>
    /// <param name="endsWithCall">Whether whoever began it is certain to end it.</param>
    public void Add(Flight flight, bool endsWithCall) => _flights.Add((flight, endsWithCall));

    /// <summary>What queries were to load will not be put any more. NHibernate tells nobody: it is seen from what the session does next.</summary>
    public void Abandon()
    {
        foreach (var (flight, endsWithCall) in _flights)
        {
            if (!endsWithCall)
                flight.End(FlightEnd.Failed);
        }
    }
}
