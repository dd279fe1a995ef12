using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>A query that is not executed but explained. Thread-safe: immutable.</summary>
/// <param name="Plan">What its results depend on.</param>
/// <param name="Bypass">Why its session does without the cache now, if it does.</param>
/// <param name="Entry">What is cached of it.</param>
/// <param name="Invalidated">What outdated the entry; null when that is not known, or it is not outdated.</param>
internal sealed record ExplainedQuery(QueryPlan Plan, BypassReason Bypass, EntryState Entry, FoundMover? Invalidated);
