using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

// Stores behind which one guard of the protocol is missing each, to show that the model notices.

/// <summary>The sequence of an entry is taken when it is put, as NHibernate's own query cache does.</summary>
internal sealed class SequenceAtPut(ICacheStore inner) : StoreDecorator(inner)
{
    public override RejectedPutReason Put(EntryKey key, CacheEntry entry) => Inner.Put(key, entry with { Sequence = Inner.Current });
}

/// <summary>Nothing happens before the commit.</summary>
internal sealed class NoAnnounce(ICacheStore inner) : StoreDecorator(inner)
{
    public override AnnounceResult Announce(Announcement announcement) => new(AnnounceOutcome.Announced, default, []);
}

/// <summary>A shape that is born during a change is not locked by it: the announce does not name its tables.</summary>
internal sealed class NoAdoption(ICacheStore inner) : StoreDecorator(inner)
{
    public override AnnounceResult Announce(Announcement announcement)
    {
        var version = Inner.Shapes(announcement.Tables).Version;
        return version > announcement.ShapesVersion ? Inner.Announce(announcement) : Inner.Announce(announcement with { Tables = [] });
    }

    public override ImmutableArray<RejectedPutReason> Publish(Publication publication) => Inner.Publish(publication with { Tables = [] });
}

/// <summary>An announce may name shapes that are outdated.</summary>
internal sealed class OutdatedShapes(ICacheStore inner) : StoreDecorator(inner)
{
    public override AnnounceResult Announce(Announcement announcement) => Inner.Announce(announcement with { ShapesVersion = null });
}

/// <summary>Any outcome of a commit unlocks.</summary>
internal sealed class AnyOutcomeUnlocks(ICacheStore inner) : StoreDecorator(inner)
{
    public override ImmutableArray<RejectedPutReason> Publish(Publication publication) => Inner.Publish(publication with { Proven = true });
}

/// <summary>A publish whose lease has ended moves nothing.</summary>
internal sealed class LatePublishIsLost(ICacheStore inner) : StoreDecorator(inner)
{
    public override ImmutableArray<RejectedPutReason> Publish(Publication publication) => Inner.Publish(publication with { Keys = [], Tables = [] });
}

/// <summary>A snapshot transaction takes its sequence at its look-up.</summary>
internal sealed class SnapshotSequenceAtLookUp(ICacheStore inner) : StoreDecorator(inner)
{
    public override ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => Inner.Read(key, shapes, asOf) with { Sequence = Inner.Current };
}

/// <summary>A snapshot transaction may hit entries of any age.</summary>
internal sealed class SnapshotIgnored(ICacheStore inner) : StoreDecorator(inner)
{
    public override ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => Inner.Read(key, shapes, null) with { Sequence = asOf ?? Inner.Current };
}
