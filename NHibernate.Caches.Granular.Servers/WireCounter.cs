using System.Diagnostics;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// Counts requests and round trips seen by one or several <see cref="RedisProxy"/>. A request that was sent after the reply to
/// another one had been delivered may have waited for it, and is one round trip further; requests sent without waiting for each
/// other, on whatever connections, are in the same one. That is exact while a single operation is measured; of operations side by
/// side it gives the longest chain. Thread-safe.
/// </summary>
public sealed class WireCounter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ignored;
    private List<RedisRequest> _requests = [];
    private int _era;
    private int _answered;
    private int _roundTrips;

    /// <param name="ignored">Names of commands that are not counted; by default those that a client sends for itself.</param>
    public WireCounter(IEnumerable<string>? ignored = null) => _ignored = new HashSet<string>(ignored ?? ClientsOwn, StringComparer.Ordinal);

    /// <summary>Commands that a client sends to learn of servers and to keep connections: its greeting, its heartbeat.</summary>
    public static IReadOnlyList<string> ClientsOwn { get; } =
    [
        "ASKING", "AUTH", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "ECHO", "HELLO", "INFO", "PING", "PSUBSCRIBE", "PUNSUBSCRIBE", "QUIT", "READONLY", "READWRITE",
        "ROLE", "SCRIPT", "SELECT", "SENTINEL", "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE", "TIME", "UNSUBSCRIBE",
    ];

    /// <summary>What was seen since the last <see cref="Reset"/>.</summary>
    public WireCost Cost
    {
        get
        {
            lock (_lock)
                return new WireCost(_roundTrips, [.. _requests]);
        }
    }

    /// <summary>Begins to count anew; replies to requests from before do not count any more.</summary>
    public void Reset()
    {
        lock (_lock)
            (_requests, _era, _answered, _roundTrips) = ([], _era + 1, 0, 0);
    }

    /// <returns>What <paramref name="operation"/> cost until it had ended. What it leaves under way is not waited for.</returns>
    public async Task<WireCost> MeasureAsync(Func<Task> operation)
    {
        Reset();
        await operation();
        return Cost;
    }

    /// <summary>Waits until so many requests have got their replies since the last <see cref="Reset"/>, for those that nobody else waits for.</summary>
    public async Task<WireCost> WaitForAsync(int requests)
    {
        for (var since = Stopwatch.StartNew(); Volatile.Read(ref _answered) < requests;)
        {
            if (since.Elapsed > s_patience)
                throw new TimeoutException($"Waited in vain for {requests} requests to be answered; seen were {Cost}.");
            await Task.Delay(5);
        }
        return Cost;
    }

    /// <returns>What the reply is to be announced with; null for what is not counted.</returns>
    internal Ticket? Sent(RedisRequest request)
    {
        if (_ignored.Contains(request.Name) || IsTieBreaker(request))
            return null;
        lock (_lock)
        {
            _requests.Add(request);
            return new Ticket(_era, _roundTrips + 1);
        }
    }

    /// <summary>To be called before the client can have the reply.</summary>
    internal void Answered(Ticket ticket)
    {
        lock (_lock)
        {
            if (ticket.Era != _era)
                return;
            _answered++;
            _roundTrips = Math.Max(_roundTrips, ticket.RoundTrip);
        }
    }

    // StackExchange.Redis looks on every server for who is said to be the master.
    private static bool IsTieBreaker(RedisRequest request) => request is { Name: "GET", Arguments: ["__Booksleeve_TieBreak"] };

    internal readonly record struct Ticket(int Era, int RoundTrip);
}
