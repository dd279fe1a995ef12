using System.Collections.Concurrent;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// Puts that something must be asked for before they can be sent. Calls keep their order from when they are made; so that a process finds what it
/// has put itself, also when these are made late, its look-ups of their entries wait for them. Thread-safe.
/// </summary>
/// <param name="limit">How long a look-up waits at most.</param>
internal sealed class DelayedPuts(TimeSpan limit)
{
    private readonly ConcurrentDictionary<RedisKey, Task> _byEntry = new();

    /// <param name="entry">Its name.</param>
    /// <param name="put">Ends when the put has been sent, and does not fail.</param>
    public void Add(RedisKey entry, Task put)
    {
        _byEntry[entry] = put;
        _ = put.ContinueWith(done => _byEntry.TryRemove(KeyValuePair.Create(entry, done)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for the puts of these entries.</summary>
    public void Await(IEnumerable<RedisKey> entries)
    {
        foreach (var entry in entries)
        {
            if (_byEntry.TryGetValue(entry, out var put))
                put.Wait(limit);
        }
    }

    /// <inheritdoc cref="Await"/>
    public async ValueTask AwaitAsync(IEnumerable<RedisKey> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            if (_byEntry.TryGetValue(entry, out var put))
                await put.WaitAsync(limit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
