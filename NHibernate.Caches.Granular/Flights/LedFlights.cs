namespace NHibernate.Caches.Granular.Flights;

/// <summary>
/// The flights that the sessions of one connection lead. While there are any, these sessions wait for nobody, so that no two of them
/// ever wait for each other. Not thread-safe, as sessions are not.
/// </summary>
internal sealed class LedFlights
{
    private readonly List<Flight> _flights = [];

    public bool Any
    {
        get
        {
            _flights.RemoveAll(static flight => flight.Ended.IsCompleted);
            return _flights.Count > 0;
        }
    }

    public void Add(Flight flight) => _flights.Add(flight);

    /// <summary>What they were to load will not be put any more. NHibernate tells nobody: it is seen from what the session does next.</summary>
    public void Abandon()
    {
        foreach (var flight in _flights)
            flight.End(FlightEnd.Failed);
        _flights.Clear();
    }
}
