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
        Attempt(calls => calls.Announce(everything, null, [], []), isRefusable: true);
        return new AnnounceResult(AnnounceOutcome.Announced, default, []);
    }

    public void Publish(Publication publication) =>
        Attempt(calls => calls.Publish(new Publication(publication.Token, publication.Proven, [StampKey.Scope], [])), isRefusable: false);

    public void Move(StampKey key) => Attempt(static calls => calls.Move(StampKey.Scope), isRefusable: true);

    public void Move(ShapeUse use) => Move(StampKey.Scope);

    /// <summary>It has nothing but debts.</summary>
    public ValueTask RecoverAsync() => ValueTask.CompletedTask;

    // It is rare, and there is no telling how many databases there are: so one after the other, and the synchronous caller waits as well.
    private void Attempt(Func<ScriptCalls, RedisCall> call, bool isRefusable)
    {
        try
        {
            if (_link.IsInterrupted)
                throw new StoreUnavailableException("Redis is not asked, because it has just failed.");
            Task.Run(() => EverywhereAsync(call).AsTask()).GetAwaiter().GetResult();
        }
        catch (StoreUnavailableException exception)
        {
            Debts.Incur();
            _link.Interrupt(exception);
            if (isRefusable && _options.IsStrict)
                throw RedisStore.Refused(exception);
        }
    }

    private async ValueTask EverywhereAsync(Func<ScriptCalls, RedisCall> call)
    {
        foreach (var calls in await FindAsync().ConfigureAwait(false))
            await _link.AskAsync(call(calls)).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<ScriptCalls>> FindAsync()
    {
        var databases = await _link.AskAsync(database => database.SetMembersAsync(ScopeKeys.Databases(_options.Prefix))).ConfigureAwait(false);
        return [.. databases.Select(database => new ScriptCalls(new ScopeKeys(_options.Prefix, (string)database!), _settings))];
    }
}
