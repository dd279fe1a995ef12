using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The entries of one session factory in this process, over the stamps of its database. Payloads are stored as they are, without
/// serialization. A hit takes no lock and allocates nothing. Thread-safe.
/// </summary>
/// <param name="stamps">The stamps of the database, shared with other factories on it.</param>
/// <param name="options">Bounds of entries and of their time-to-live.</param>
/// <param name="time">Whose monotonic timestamps entries expire by; the same that <paramref name="stamps"/> uses.</param>
internal sealed class InProcessStore(StampTable stamps, InProcessStoreOptions options, TimeProvider time) : ICacheStore, IDisposable
{
    private readonly MonotonicClock _clock = new(time);
    private readonly BoundedEntries _entries = new(options.MaxEntries);
    private readonly EntryLeads _leads = new(time);

    public Sequence Current => InProcessSequence.Current;

    /// <summary>How many entries are held, valid or not, for diagnosis.</summary>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf)
    {
        var reason = MissReason.NotFound;
        if (_entries.Find(key) is { } stored)
        {
            var now = _clock.Now;
            reason = stored.Check(asOf, now);
            // The lock may be one whose lease has ended unnoticed; ending it moves the stamp.
            if (reason == MissReason.Locked && stamps.RetireExpired())
                reason = stored.Check(asOf, now);
            if (reason == MissReason.None)
            {
                stored.Use(now);
                if (CacheMetrics.CountsAges)
                    CacheMetrics.HitOfAge(_clock.Span(stored.PutAt, now));
                return new ReadResult(stored.Entry, MissReason.None, asOf ?? Current);
            }
        }
        stamps.Register(shapes());
        // What a snapshot transaction reads is as old as its snapshot, whenever it reads it.
        return new ReadResult(null, reason, asOf ?? Current);
    }

    /// <inheritdoc/>
    public EntryState Peek(EntryKey key)
    {
        if (_entries.Find(key) is not { } stored)
            return EntryState.Nothing(MissReason.NotFound);
        var now = _clock.Now;
        var reason = stored.Check(null, now);
        if (reason == MissReason.Locked && stamps.RetireExpired())
            reason = stored.Check(null, now);
        TimeSpan? left = reason == MissReason.Expired ? null : _clock.Span(now, stored.EndsAt);
        return new EntryState(reason, _clock.Span(stored.PutAt, now), left, stored.Entry.Sequence, stored.Stamps);
    }

    /// <inheritdoc/>
    public RejectedPutReason Put(EntryKey key, CacheEntry entry)
    {
        if (entry.Sequence == Sequence.None || entry.TimeToLive <= TimeSpan.Zero)
            return RejectedPutReason.NoSequence;
        var now = _clock.Now;
        // A snapshot puts what it read as of long ago.
        if (_entries.Find(key) is { } present && present.Entry.Sequence > entry.Sequence && present.Check(null, now) == MissReason.None)
            return RejectedPutReason.NewerEntry;
        var timeToLive = entry.TimeToLive < options.MaxTimeToLive ? entry.TimeToLive : options.MaxTimeToLive;
        TimeSpan? maxIdle = entry.IsSliding ? timeToLive : null;
        var maxAge = entry.IsSliding ? options.MaxTimeToLive : timeToLive;
        var idleTicks = maxIdle is { } idle ? _clock.Ticks(idle) : long.MaxValue;
        var stored = new StoredEntry(entry, stamps.Resolve(entry.Dependencies), now + _clock.Ticks(maxAge), idleTicks, now);
        _entries.Set(key, stored, maxAge, maxIdle);
        return RejectedPutReason.None;
    }

    public void Remove(EntryKey key) => _entries.Remove(key);

    public bool TryLead(EntryKey key, Token token, TimeSpan lease) => _leads.TryTake(key, token, lease);

    public void EndLead(EntryKey key, Token token) => _leads.Leave(key, token);

    public ShapeList Shapes(IReadOnlyCollection<TableId> tables) => stamps.Shapes(tables);

    public AnnounceResult Announce(Announcement announcement) => stamps.Announce(announcement);

    /// <inheritdoc/>
    public ImmutableArray<RejectedPutReason> Publish(Publication publication)
    {
        var (moved, areCurrent) = stamps.Publish(publication);
        return [.. publication.Written.Zip(areCurrent, (written, isCurrent) => isCurrent ? Put(written.Key, written.Entry with { Sequence = moved }) : RejectedPutReason.WrittenState)];
    }

    public void Move(StampKey key) => stamps.Move(key);

    public void Move(ShapeUse use) => stamps.Move(use);

    /// <summary>Frees the entries. The store still answers afterwards, for sessions that outlive their factory.</summary>
    public void Dispose() => _entries.Dispose();
}
