using NHibernate.Caches.Granular.Stamps;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What a node owes to the others: something changed, or may have, while they could not be told. Nobody knows any more what it was, so
/// that all that is cached of the databases in question must be invalidated before this node uses the cache again. Thread-safe.
/// </summary>
/// <param name="link">The way to Redis.</param>
/// <param name="databases">The databases in question, when it is settled.</param>
/// <param name="learn">Gets the answers.</param>
internal sealed class Debts(RedisLink link, Func<ValueTask<IReadOnlyList<ScriptCalls>>> databases, Action<RedisReply> learn)
{
    private int _count;

    public bool AreAny => Volatile.Read(ref _count) > 0;

    public void Incur() => Interlocked.Increment(ref _count);

    /// <summary>Returns when all is settled that was owed when this was called, and what has been incurred since.</summary>
    /// <exception cref="StoreUnavailableException">Redis is still out of reach.</exception>
    public async ValueTask SettleAsync()
    {
        while (Volatile.Read(ref _count) is var count and > 0)
        {
            foreach (var calls in await databases().ConfigureAwait(false))
                await InvalidateAsync(calls).ConfigureAwait(false);
            Interlocked.Add(ref _count, -count);
        }
    }

    private async ValueTask InvalidateAsync(ScriptCalls calls)
    {
        try
        {
            learn(await link.AskAsync(calls.Move(StampKey.Scope)).ConfigureAwait(false));
        }
        catch (StoreUnavailableException exception) when (exception.InnerException is RedisServerException { Message: var message } && message.Contains("OOM", StringComparison.Ordinal))
        {
            // The server has no memory to note that everything has changed, but can still serve what it has to the other nodes. Forgetting needs none.
            await link.AskAsync(database => database.KeyDeleteAsync(calls.Meta)).ConfigureAwait(false);
        }
    }
}
