using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// What stands for the store of a database that could not be identified: it holds nothing, and a change in it may be a change in
/// any database of the process, so everything is locked and moved. Thread-safe: stateless.
/// </summary>
internal sealed class EveryDatabaseStore : ICacheStore
{
    public Sequence Current => InProcessSequence.Current;

    public ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => new(null, MissReason.NotFound, Sequence.None);

    public EntryState Peek(EntryKey key) => EntryState.Nothing(MissReason.NotFound);

    /// <summary>Nobody knows what it would be an entry of.</summary>
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
        StampTables.AnnounceEverywhere(announcement.Token, announcement.Lease);
        return new AnnounceResult(AnnounceOutcome.Announced, default, []);
    }

    public ImmutableArray<RejectedPutReason> Publish(Publication publication)
    {
        StampTables.PublishEverywhere(publication);
        return publication.NothingWritten;
    }

    public void Move(StampKey key) => StampTables.MoveEverything();

    public void Move(ShapeUse use) => StampTables.MoveEverything();
}
