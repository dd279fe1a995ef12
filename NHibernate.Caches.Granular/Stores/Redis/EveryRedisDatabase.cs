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
    private int _debts;

    public EveryRedisDatabase(RedisLink link, RedisStoreOptions options)
    {
        (_link, _options) = (link, options);
        link.Enlist(this);
    }

    public Sequence Current => InProcessSequence.Current;

    public bool IsOwing => Volatile.Read(ref _debts) > 0;

    public ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => new(null, MissReason.NotFound, Sequence.None);

    public RejectedPutReason Put(EntryKey key, CacheEntry entry) => RejectedPutReason.NoSequence;

    public void Remove(EntryKey key)
    {
        // There are no entries.
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

    public void Owe() => Interlocked.Increment(ref _debts);

    public async ValueTask RecoverAsync()
    {
        while (Volatile.Read(ref _debts) is var debts and > 0)
        {
            await EverywhereAsync(static calls => calls.Move(StampKey.Scope)).ConfigureAwait(false);
            Interlocked.Add(ref _debts, -debts);
        }
    }

    // It is rare, and there is no telling how many databases there are: so one after the other, and the synchronous caller waits as well.
    private void Attempt(Func<StampCalls, RedisCall> call, bool isRefusable)
    {
        try
        {
            if (_link.IsInterrupted)
                throw new StoreUnavailableException("Redis is not asked, because it has just failed.");
            Task.Run(() => EverywhereAsync(call).AsTask()).GetAwaiter().GetResult();
        }
        catch (StoreUnavailableException exception)
        {
            Owe();
            _link.Interrupt(exception);
            if (isRefusable && _options.IsStrict)
                throw RedisStore.Refused(exception);
        }
    }

    private async ValueTask EverywhereAsync(Func<StampCalls, RedisCall> call)
    {
        var databases = await _link.AskAsync(database => database.SetMembersAsync(ScopeKeys.Databases(_options.Prefix))).ConfigureAwait(false);
        foreach (var database in databases)
            await _link.AskAsync(call(new StampCalls(new ScopeKeys(_options.Prefix, (string)database!), _options))).ConfigureAwait(false);
    }
}
