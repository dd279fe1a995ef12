using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>One entry that somebody is loading, from the look-up that missed to its put, or to its failure. Thread-safe.</summary>
/// <param name="flights">Where others find it.</param>
/// <param name="key">The entry.</param>
/// <param name="store">Where it will be.</param>
/// <param name="startedAt">When, by the clock of <paramref name="flights"/>.</param>
internal sealed class Flight(FlightRegister flights, EntryKey key, ICacheStore store, long startedAt)
{
    // Whoever waits goes on elsewhere, not within the put.
    private readonly TaskCompletionSource<FlightEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;
    private int _waiting;

    public EntryKey Key => key;

    public long StartedAt => startedAt;

    /// <summary>Names it to the store, if it has the lead among the nodes.</summary>
    public Token Token { get; } = Token.Create();

    /// <summary>Whether the store knows it as the one that loads the entry.</summary>
    public bool HasLead { get; set; }

    /// <summary>Completes when it has ended; never fails.</summary>
    public Task<FlightEnd> Ended => _end.Task;

    /// <summary>How many look-ups wait for it now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Join() => Interlocked.Increment(ref _waiting);

    public void Leave() => Interlocked.Decrement(ref _waiting);

    /// <summary>Who is loading will give up then, and not come back to say so.</summary>
    public void EndOn(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken.UnsafeRegister(static flight => ((Flight)flight!).End(FlightEnd.Failed), this);
        if (Ended.IsCompleted)
            _cancellation.Unregister();
    }

    /// <summary>Lets those who wait go on. A second call does nothing.</summary>
    public void End(FlightEnd how)
    {
        if (!_end.TrySetResult(how))
            return;
        _cancellation.Unregister();
        flights.Remove(this);
        if (HasLead)
            store.EndLead(key, Token);
    }
}

/// <summary>What became of a flight.</summary>
internal enum FlightEnd
{
    /// <summary>The entry is stored, whether or not it is valid.</summary>
    Stored,

    /// <summary>What was loaded may not be stored; the next attempt fares no better.</summary>
    Rejected,

    /// <summary>Nothing was loaded: an exception, a cancellation, a session that was closed.</summary>
    Failed,
}
