using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// Entries that are about to be stored. They wait a moment for those that the same load will put next, and are sent together; whoever asks the
/// server for anything lets them go first, so that a process finds what it has put itself. Thread-safe.
/// </summary>
/// <param name="link">The way to Redis.</param>
/// <param name="calls">The calls of the scripts.</param>
internal sealed class WaitingPuts(RedisLink link, ScriptCalls calls)
{
    private const int MaxCount = 100;
    private const int MaxBytes = 1024 * 1024;

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private List<WrittenEntry> _waiting = [];
    private int _bytes;

    public void Add(WrittenEntry entry)
    {
        bool isFirst, areMany;
        lock (_gate)
        {
            _waiting.Add(entry);
            _bytes += entry.Body.Length;
            (isFirst, areMany) = (_waiting.Count == 1, _waiting.Count >= MaxCount || _bytes >= MaxBytes);
        }
        if (areMany)
            Go();
        else if (isFirst)
            link.Leave(GoSoonAsync());
    }

    /// <summary>Sends what is waiting, which is on its way when this returns.</summary>
    public void Go()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
                return;
            var going = _waiting;
            (_waiting, _bytes) = ([], 0);
            // Under the lock, for whoever finds nothing waiting must come after what was.
            link.Leave(SendAsync(going));
        }
    }

    private async Task GoSoonAsync()
    {
        await Task.Delay(s_moment).ConfigureAwait(false);
        Go();
    }

    private async Task SendAsync(List<WrittenEntry> entries)
    {
        try
        {
            // A script works on keys of one server only.
            RedisCall[] sent = link.IsSpread ? [.. entries.Select(entry => calls.Put([entry]))] : [calls.Put(entries)];
            await link.EvaluateAsync(sent).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // It was said when it failed; what is not stored is missed.
        }
    }
}

/// <summary>An entry in the form in which it is stored. Thread-safe: immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Age">How long it lives at most.</param>
/// <param name="Idle">How long without a hit; zero: as long.</param>
/// <param name="Body">What follows the moments in its head.</param>
internal sealed record WrittenEntry(RedisKey Name, TimeSpan Age, TimeSpan Idle, byte[] Body);
