using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores;

/// <summary>What a store holds under a key now, for people. Thread-safe: immutable.</summary>
/// <param name="Reason">Why a look-up would miss; <see cref="MissReason.None"/>: it would hit, outside of snapshots.</param>
/// <param name="Age">How long ago it was put; null when there is nothing, or it is not known.</param>
/// <param name="TimeLeft">How long it will live if nobody asks for it or changes what it depends on; null likewise.</param>
/// <param name="After">A moment of this process: what it has moved of <paramref name="Stamps"/> since has outdated the entry.</param>
/// <param name="Stamps">What the entry depends on.</param>
internal sealed record EntryState(MissReason Reason, TimeSpan? Age, TimeSpan? TimeLeft, Sequence After, IReadOnlySet<StampKey> Stamps)
{
    public static EntryState Nothing(MissReason reason) => new(reason, null, null, new Sequence(long.MaxValue), ImmutableHashSet<StampKey>.Empty);
}
