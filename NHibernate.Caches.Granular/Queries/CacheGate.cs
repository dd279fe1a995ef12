using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>What a session may do with the cache for one query.</summary>
/// <param name="Bypass">Why nothing; <see cref="BypassReason.None"/>: it may read and put.</param>
/// <param name="Watch">The session's connection; null only when bypassed.</param>
/// <param name="Scope">The database; null only when bypassed.</param>
/// <param name="AsOf">The sequence of the session's snapshot; null at READ COMMITTED and outside transactions.</param>
internal readonly record struct GateDecision(BypassReason Bypass, ConnectionWatch? Watch, DatabaseScope? Scope, Sequence? AsOf)
{
    public bool IsOpen => Bypass == BypassReason.None;
}

/// <summary>
/// The one place that decides whether a session and query may use the cache (I8); what the connection's state allows is
/// <see cref="ConnectionGate"/>'s. Thread-safe: stateless.
/// </summary>
internal static class CacheGate
{
    /// <param name="session">The session.</param>
    /// <param name="parameters">Those of a query; null for what is none.</param>
    public static GateDecision Decide(ISessionImplementor session, QueryParameters? parameters)
    {
        if (StatementWitness.WatchOf(session) is not { } watch)
            return Closed(BypassReason.ScopeUnknown);
        if (!watch.Factory.IsEnabled)
            return Closed(BypassReason.Disabled);
        if (parameters?.LockModes is { Count: > 0 } modes && modes.Values.Any(mode => mode.GreaterThan(LockMode.None)))
            return Closed(BypassReason.LockMode);
        var (bypass, asOf) = ConnectionGate.Decide(watch);
        if (bypass != BypassReason.None)
            return Closed(bypass);
        if (watch.Scope is not { } scope)
            return Closed(BypassReason.ScopeUnknown);
        if (scope.Identity.HasSeveralHosts)
            return Closed(BypassReason.SeveralHosts);
        return scope.Identity.IsStandby ? Closed(BypassReason.Standby) : new GateDecision(BypassReason.None, watch, scope, asOf);
    }

    private static GateDecision Closed(BypassReason reason) => new(reason, null, null, null);
}
