using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What stands for the store of a database that could not be identified: it holds nothing, and a change in it may be a change in any database
/// with stamps under this prefix, whoever uses it, so everything is locked and moved. Thread-safe.
/// </summary>
internal sealed class EveryRedisDatabase : ICacheStore, IRecoverable
{
    private readonly RedisLink _link;
    private readonly RedisStoreOptions _options;
    private readonly ScriptSettings _settings;

    public EveryRedisDatabase(RedisLink link, RedisStoreOptions options)
    {
        (_link, _options, _settings) = (link, options, new ScriptSettings(options));
        Debts = new Debts(link, FindAsync, static _ => { });
        link.Enlist(this);
    }

    public Sequence Current => InProcessSequence.Current;

    public Debts Debts { get; }

    public ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => new(null, MissReason.NotFound, Sequence.None);

    public EntryState Peek(EntryKey key) => EntryState.Nothing(MissReason.NotFound);

    public RejectedPutReason Put(EntryKey key, CacheEntry entry) => RejectedPutReason.NoSequence;

    public void Remove(EntryKey key)
    {
        // There are no entries.
    }

    public bool TryLead(EntryKey key, Token token, TimeSpan lease) => true;

    public void EndLead(EntryKey key, Token token)
    {
        // Nobody had to ask for it.
    }

    public ShapeList Shapes(IReadOnlyCollection<TableId> tables) => new([], 0);

    public AnnounceResult Announce(Announcement announcement)
    {
        var everything = new Announcement(announcement.Token, [StampKey.Scope], [], [], [], null, announcement.Lease);
        if (TryTell(calls => calls.Announce(everything, null, [], [])) is { } failure)
            NotAnnounced(everything, failure);
        return new AnnounceResult(AnnounceOutcome.Announced, default, []);
    }

    public ImmutableArray<RejectedPutReason> Publish(Publication publication)
    {
        var everything = new Publication(publication.Token, publication.Proven, [StampKey.Scope], []) { Lease = publication.Lease };
        var mayHoldLocks = Debts.Ends(everything);
        if (TryTell(calls => calls.Publish(everything, [], [])) is { } failure)
        {
            Debts.NotPublished(everything, mayHoldLocks);
            _link.Interrupt(failure);
        }
        return publication.NothingWritten;
    }

    public void Move(StampKey key)
    {
        if (TryTell(static calls => calls.Move(StampKey.Scope)) is not { } failure)
            return;
        Debts.Incur();
        _link.Interrupt(failure);
        if (_options.IsStrict)
            throw RedisStore.Refused(failure);
    }

    public void Move(ShapeUse use) => Move(StampKey.Scope);

    /// <summary>It has nothing but debts.</summary>
    public ValueTask RecoverAsync() => ValueTask.CompletedTask;

    // It is rare, and there is no telling how many databases there are: so one after the other, and the synchronous caller waits as well.
    private StoreUnavailableException? TryTell(Func<ScriptCalls, RedisCall> call)
    {
        if (_link.IsBroken)
            return new StoreUnavailableException("Redis is not asked, because it has just failed.");
        try
        {
            Task.Run(() => EverywhereAsync(call).AsTask()).GetAwaiter().GetResult();
            return null;
        }
        catch (StoreUnavailableException exception)
        {
            return exception;
        }
    }

    private void NotAnnounced(Announcement everything, StoreUnavailableException failure)
    {
        if (_options.IsStrict)
            throw RedisStore.Refused(failure);
        Debts.NotAnnounced(everything, failure.WasAsked);
        _link.Interrupt(failure);
    }

    private async ValueTask EverywhereAsync(Func<ScriptCalls, RedisCall> call)
    {
        foreach (var calls in await FindAsync().ConfigureAwait(false))
            await _link.AskAsync(call(calls)).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<ScriptCalls>> FindAsync()
    {
        var lists = await Task.WhenAll(ScopeKeys.Lists(_options.Prefix).Select(list => _link.AskAsync(ScriptCalls.List(list, _settings)).AsTask())).ConfigureAwait(false);
        return [.. lists.SelectMany(list => list.Text(0).Chunk(ScopeKeys.HashLength)).Select(database => new ScriptCalls(new ScopeKeys(_options.Prefix, new string(database)), _settings))];
    }
}
