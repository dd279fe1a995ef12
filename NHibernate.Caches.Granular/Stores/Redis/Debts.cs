using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What a node owes to the others: something changed, or may have, while they could not be told. Nobody knows any more what it was, so
/// that all that is cached of the databases in question must be invalidated before this node uses the cache again. A transaction that could not
/// announce may commit later than that; until its end is known its tables must be locked as well. Thread-safe.
/// </summary>
/// <param name="link">The way to Redis.</param>
/// <param name="databases">The databases in question, when it is settled.</param>
/// <param name="learn">Gets the answers.</param>
internal sealed class Debts(RedisLink link, Func<ValueTask<IReadOnlyList<ScriptCalls>>> databases, Action<RedisReply> learn)
{
    /// <summary>
    /// Beyond so many transactions of which it is not known what became of them, everything is locked for them together; and of so many it is
    /// remembered that they may hold locks, which otherwise last to the end of their leases.
    /// </summary>
    private const int Most = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Token, Unannounced> _underWay = [];
    private readonly HashSet<Token> _ended = [];
    private int _count;
    private int _untold;
    private volatile bool _areAny;

    public bool AreAny => _areAny;

    public void Incur()
    {
        lock (_gate)
            Owe();
    }

    /// <summary>A transaction is about to commit what the others do not know of.</summary>
    /// <param name="announcement">What they would have been told.</param>
    /// <param name="mayBeKnown">Whether they may have been told all the same, or will be.</param>
    public void NotAnnounced(Announcement announcement, bool mayBeKnown)
    {
        lock (_gate)
        {
            Owe();
            if (!_underWay.TryGetValue(announcement.Token, out var before))
            {
                _untold++;
                CacheMetrics.Untold();
            }
            else
                mayBeKnown |= before.MayBeKnown;
            if (before is null && _underWay.Count >= Most)
                LockEverything(announcement.Lease);
            else
                _underWay[announcement.Token] = new Unannounced(Widened(announcement, before?.Announcement), mayBeKnown);
        }
    }

    /// <summary>What became of a transaction is about to be published.</summary>
    /// <returns>Whether it may hold locks.</returns>
    public bool Ends(Publication publication)
    {
        lock (_gate)
        {
            if (!_underWay.TryGetValue(publication.Token, out var unannounced))
                return true;
            // As long as its commit may still land, it is to be locked when that is possible.
            if (publication.Proven)
                _underWay.Remove(publication.Token);
            return unannounced.MayBeKnown;
        }
    }

    /// <summary>It could not be published.</summary>
    /// <param name="publication">What the others would have been told.</param>
    /// <param name="mayHoldLocks">What <see cref="Ends"/> said.</param>
    public void NotPublished(Publication publication, bool mayHoldLocks)
    {
        lock (_gate)
        {
            Owe();
            if (mayHoldLocks && publication.Proven && _ended.Count < Most)
                _ended.Add(publication.Token);
        }
    }

    /// <summary>Returns when all is settled that was owed when this was called.</summary>
    /// <exception cref="StoreUnavailableException">Redis is still out of reach.</exception>
    public async ValueTask SettleAsync()
    {
        if (!_areAny)
            return;
        var due = DueNow();
        var isLocked = true;
        foreach (var calls in await databases().ConfigureAwait(false))
            isLocked &= await TrySettleAsync(calls, due).ConfigureAwait(false);
        Settled(due, isLocked);
    }

    private static Announcement Widened(Announcement announcement, Announcement? before)
    {
        IEnumerable<StampKey> keys = [.. announcement.Keys, .. before?.Keys ?? []];
        return new Announcement(announcement.Token, keys.Contains(StampKey.Scope) ? [StampKey.Scope] : [], [.. announcement.Tables.Union(before?.Tables ?? [])], [], [], null, announcement.Lease);
    }

    private void Owe()
    {
        _count++;
        _areAny = true;
    }

    private void LockEverything(TimeSpan lease)
    {
        var everything = new Announcement(Token.Create(), [StampKey.Scope], [], [], [], null, lease);
        _underWay.Clear();
        _underWay.Add(everything.Token, new Unannounced(everything, MayBeKnown: false));
    }

    private Due DueNow()
    {
        lock (_gate)
            return new Due(_count, _untold, [.. _underWay.Values], [.. _ended]);
    }

    /// <returns>Whether what is under way is locked.</returns>
    private async ValueTask<bool> TrySettleAsync(ScriptCalls calls, Due due)
    {
        try
        {
            learn(await link.AskAsync(calls.Settle(due.Ended, [.. due.UnderWay.Select(unannounced => unannounced.Announcement)])).ConfigureAwait(false));
            return true;
        }
        catch (StoreUnavailableException exception) when (due.Count > 0 && exception.InnerException is RedisServerException { Message: var message } && message.Contains("OOM", StringComparison.Ordinal))
        {
            // The server has no memory to note that everything has changed, but can still serve what it has to the other nodes. Forgetting needs none.
            await link.AskAsync(database => database.KeyDeleteAsync(calls.Meta)).ConfigureAwait(false);
            return false;
        }
    }

    private void Settled(Due due, bool isLocked)
    {
        lock (_gate)
        {
            (_count, _untold) = (_count - due.Count, _untold - due.Untold);
            _ended.ExceptWith(due.Ended);
            foreach (var unannounced in isLocked ? due.UnderWay : [])
            {
                var token = unannounced.Announcement.Token;
                // Where it has ended meanwhile, its locks may have come after its publication.
                if (!_underWay.TryGetValue(token, out var now))
                    _ended.Add(token);
                else if (ReferenceEquals(now, unannounced))
                    _underWay.Remove(token);
            }
            _areAny = _count > 0 || _underWay.Count > 0 || _ended.Count > 0;
            CacheMetrics.ToldLate(due.Untold);
        }
    }

    private sealed record Unannounced(Announcement Announcement, bool MayBeKnown);

    private sealed record Due(int Count, int Untold, ImmutableArray<Unannounced> UnderWay, ImmutableArray<Token> Ended);
}
