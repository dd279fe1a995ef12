using System.Collections.Concurrent;
using System.Diagnostics;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// The store of a process, which marks what it puts with its number, counts what comes back from others, measures from each announce to its
/// publication, and kills the process where it was told to. Thread-safe.
/// </summary>
internal sealed class WatchedStore(ICacheStore inner, WorkerOrder order, Board board) : MarkingStore(inner)
{
    private readonly Share _share = board.ShareOf(order.Number);
    private readonly int _mark = (order.Life * Board.Processes) + order.Number;
    private readonly ConcurrentDictionary<Token, long> _inFlight = new();
    private int _announces;

    // To be cut off and killed is more than the cache makes up for, a stated limit.
    private bool IsDue => Volatile.Read(ref _announces) > order.KillAfter && board.Phase == Phase.Working && !IsOwing;

    private bool IsOwing => Inner is IRecoverable { Debts.AreAny: true };

    public override RejectedPutReason Put(EntryKey key, CacheEntry entry) => base.Put(key, Marked(entry, _mark));

    public override AnnounceResult Announce(Announcement announcement)
    {
        Announcing();
        if (order.Fault is WorkerFault.NothingAnnounced or WorkerFault.NothingPublished)
            return Announced(announcement, new AnnounceResult(AnnounceOutcome.Announced, default, []));
        try
        {
            return Announced(announcement, base.Announce(announcement));
        }
        catch (CacheException)
        {
            Interlocked.Increment(ref _share.NotAnnounced);
            throw;
        }
    }

    public override async ValueTask<AnnounceResult> AnnounceAsync(Announcement announcement, CancellationToken cancellationToken)
    {
        Announcing();
        if (order.Fault is WorkerFault.NothingAnnounced or WorkerFault.NothingPublished)
            return Announced(announcement, new AnnounceResult(AnnounceOutcome.Announced, default, []));
        try
        {
            return Announced(announcement, await base.AnnounceAsync(announcement, cancellationToken));
        }
        catch (CacheException)
        {
            Interlocked.Increment(ref _share.NotAnnounced);
            throw;
        }
    }

    public override ImmutableArray<RejectedPutReason> Publish(Publication publication)
    {
        Publishing(publication);
        var rejected = order.Fault == WorkerFault.NothingPublished ? publication.NothingWritten : base.Publish(Marked(publication));
        Published(publication);
        return rejected;
    }

    public override async ValueTask<ImmutableArray<RejectedPutReason>> PublishAsync(Publication publication)
    {
        Publishing(publication);
        var rejected = order.Fault == WorkerFault.NothingPublished ? publication.NothingWritten : await base.PublishAsync(Marked(publication));
        Published(publication);
        return rejected;
    }

    private static CacheEntry Marked(CacheEntry entry, int mark) => entry with { Payload = new object[] { mark, entry.Payload } };

    // What is written through has a mark below zero.
    private Publication Marked(Publication publication) => publication with { Written = [.. publication.Written.Select(written => written with { Entry = Marked(written.Entry, -_mark) })] };

    protected override ReadResult Unmarked(ReadResult result)
    {
        if (result.Reason == MissReason.Unavailable)
            Interlocked.Increment(ref _share.Unavailable);
        if (result.Entry is not { Payload: object[] and [int mark, { } payload] })
            return result;
        Interlocked.Increment(ref _share.Hits);
        if (mark < 0)
            Interlocked.Increment(ref _share.WrittenHits);
        if (Math.Abs(mark) != _mark)
            Interlocked.Increment(ref _share.ForeignHits);
        return result with { Entry = result.Entry with { Payload = payload } };
    }

    private void Announcing()
    {
        Interlocked.Increment(ref _announces);
        if (order.KillPoint == KillPoint.BeforeAnnounce && IsDue)
            Die();
    }

    private AnnounceResult Announced(Announcement announcement, AnnounceResult result)
    {
        if (result.Outcome != AnnounceOutcome.Announced)
            return result;
        if (_inFlight.TryAdd(announcement.Token, Stopwatch.GetTimestamp()))
            Interlocked.Increment(ref _share.Announced);
        if (order.KillPoint == KillPoint.BeforeCommit && IsDue)
            Die();
        return result;
    }

    private void Publishing(Publication publication)
    {
        if (order.KillPoint != KillPoint.BeforePublish || !publication.Proven || !IsDue)
            return;
        // The commit has returned: from now on the others know of it, and will not hear of it from the cache until the lease ends.
        Worker.Current?.Committed?.Invoke();
        Die();
    }

    private void Published(Publication publication)
    {
        if (!_inFlight.TryRemove(publication.Token, out var announced))
            return;
        Interlocked.Increment(ref publication.Proven ? ref _share.Proven : ref _share.Unproven);
        if (IsOwing)
            Interlocked.Increment(ref _share.NotPublished);
        if (!publication.Proven && Worker.Current is { } worker)
            worker.IsLeftToLease = true;
        var elapsed = Stopwatch.GetElapsedTime(announced);
        if (elapsed >= order.Lease)
            Interlocked.Increment(ref _share.Late);
        for (var longest = _share.Longest; elapsed.TotalMilliseconds > longest;)
            longest = Interlocked.CompareExchange(ref _share.Longest, (long)elapsed.TotalMilliseconds + 1, longest);
    }

    private void Die()
    {
        _share.KilledAt = order.KillPoint;
        board.Killed();
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
