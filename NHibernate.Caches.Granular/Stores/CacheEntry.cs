using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores;

/// <summary>A cached payload with all that decides its validity. Thread-safe: immutable; the payload must not be changed.</summary>
/// <param name="Payload">What the query cache or a region stored.</param>
/// <param name="Dependencies">The stamps it depends on.</param>
/// <param name="Sequence">The sequence known before its SELECT ran.</param>
/// <param name="TimeToLive">From the put; every hit renews it when <paramref name="IsSliding"/>, up to the store's maximum age.</param>
/// <param name="IsSliding">Whether <paramref name="TimeToLive"/> counts from the last hit.</param>
internal sealed record CacheEntry(object Payload, Dependencies Dependencies, Sequence Sequence, TimeSpan TimeToLive, bool IsSliding);
