using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>A look-up of one entry, as <see cref="FlightReading"/> makes it.</summary>
internal interface ILookUp
{
    ICacheStore Store { get; }

    EntryKey Key { get; }

    /// <summary>As <see cref="ICacheStore.Read"/> takes them.</summary>
    Func<ImmutableArray<Shape>> Shapes { get; }

    /// <summary>Likewise.</summary>
    Sequence? AsOf { get; }

    /// <summary>After a miss: how it goes together with others that miss the entry; null for a look-up that goes its own way.</summary>
    Passage? Board();
}
