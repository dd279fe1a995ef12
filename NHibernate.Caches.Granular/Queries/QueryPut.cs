using System.Collections;
using System.Data;
using System.Data.Common;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// A result on its way into the cache: the executed SQL decides what it depends on. Not thread-safe: belongs to one execution.
/// </summary>
internal sealed class QueryPut
{
    private readonly QueryRegion _region;
    private readonly DatabaseScope _scope;
    private readonly QueryEntryKey _key;
    private readonly Dependencies _dependencies;
    private readonly Sequence _sequence;
    private readonly TimeSpan _expiration;
    private readonly Flight? _flight;
    private readonly Func<IList, object> _toPayload;

    private QueryPut(QueryRegion region, DatabaseScope scope, QueryEntryKey key, Dependencies dependencies, Sequence sequence, TimeSpan expiration, Flight? flight, Func<IList, object> toPayload) =>
        (_region, _scope, _key, _dependencies, _sequence, _expiration, _flight, _toPayload) = (region, scope, key, dependencies, sequence, expiration, flight, toPayload);

    /// <summary>Null when the result must not be stored; the reason has been counted.</summary>
    public static QueryPut? Prepare(QueryRegion region, QueryKey key, QueryParameters parameters, ICacheAssembler[] types, IList result, ISessionImplementor session)
    {
        region.RefuseIfFaulty();
        // It was looked at and not executed: that there are no rows is nothing to store.
        if (StatementWitness.WatchOf(session) is { Capture: not null })
            return null;
        var missed = QueryLookUp.TakeMissed(key);
        missed?.EndHydration();
        var terms = missed?.Terms ?? region.TermsOf(key, types);
        var form = ResultForm.Of(region, terms, types);
        var gate = CacheGate.Decide(session, parameters);
        var reason = Judge(gate, form, parameters, result, session, out var plan);
        if (reason == RejectedPutReason.None && (region.LeavesOut(key, types) || ForbiddenTables.AreIn(() => plan, gate.Scope!)))
            reason = RejectedPutReason.Bypassed;
        // Without a look-up nobody has said what the mapping knows.
        var unseen = reason == RejectedPutReason.None ? (missed?.Unseen(plan, gate.Scope!) ?? region.AlsoReads(gate.Scope!)).ToList() : [];
        if (unseen.Exists(table => gate.Watch!.HasUncommitted(table)))
            reason = RejectedPutReason.UncommittedChanges;
        if (reason != RejectedPutReason.None)
            return Rejected(region, missed, reason);
        var (watch, scope) = (gate.Watch!, gate.Scope!);
        var entryKey = missed?.EntryKey ?? QueryEntryKey.Of(region.KeyName, key, parameters, types, session);
        Func<IList, object> toPayload = rows => rows;
        if (form.HoldsStates)
        {
            var states = new HeldStates(types, new KnownStates(missed?.Hydration, parameters.ProcessedSql, plan, region, scope).Find, session);
            states.Gather(result);
            // What has to be loaded one by one is better queried again. Automatically, one may be: then a hit costs no more than the query.
            if (states.Lacking > (terms.Layout == ResultLayout.Auto ? 1 : 0))
            {
                // Who did not look up (CacheMode.Refresh) wants what is there to be gone.
                if (missed is null)
                    scope.Store.Remove(entryKey);
                return Rejected(region, missed, RejectedPutReason.NotHydrated);
            }
            toPayload = rows => states.With(rows, missed?.Hydration?.IsUnproven == true);
        }
        // Without a look-up before (CacheMode.Put) the sequence is the one from before the transaction or the session.
        var sequence = missed is not null && ReferenceEquals(missed.Scope, scope) ? missed.Sequence : watch.OpenedAt;
        // The snapshot may be older than the look-up; or younger, when a listener began it after the SELECT.
        if (gate.AsOf is { } snapshot && snapshot < sequence)
            sequence = snapshot;
        var dependencies = region.Region.Dependencies(plan.Bind(ExecutedValues(parameters, session)), unseen);
        return new QueryPut(region, scope, entryKey, dependencies, sequence, terms.Expiration, missed?.Flight, toPayload);
    }

    /// <param name="rows">Null: NHibernate does not cache this result.</param>
    public bool Store(object? rows)
    {
        if (rows is null)
        {
            _flight?.End(FlightEnd.Rejected);
            return false;
        }
        var reason = _scope.Store.Put(_key, new CacheEntry(_toPayload((IList)rows), _dependencies, _sequence, _expiration, _region.Region.IsSliding));
        if (reason == RejectedPutReason.None)
            CacheMetrics.Put(_region.Name);
        else
            CacheMetrics.RejectedPut(_region.Name, reason);
        _flight?.End(reason is RejectedPutReason.None or RejectedPutReason.NewerEntry ? FlightEnd.Stored : FlightEnd.Rejected);
        return reason == RejectedPutReason.None;
    }

    private static QueryPut? Rejected(QueryRegion region, QueryLookUp? missed, RejectedPutReason reason)
    {
        CacheMetrics.RejectedPut(region.Name, reason);
        missed?.Flight?.End(FlightEnd.Rejected);
        return null;
    }

    private static RejectedPutReason Judge(GateDecision gate, ResultForm form, QueryParameters parameters, IList result, ISessionImplementor session, out QueryPlan plan)
    {
        plan = null!;
        if (!gate.IsOpen)
            return RejectedPutReason.Bypassed;
        if (gate.Watch!.Factory.IsReadOnly)
            return RejectedPutReason.ReadOnly;
        if (gate.Watch!.IsOnStandby)
            return RejectedPutReason.Standby;
        if (parameters.ProcessedSql is not { } sql)
            return RejectedPutReason.UnknownSql;
        if (gate.Watch.WasRewritten)
            return RejectedPutReason.RewrittenSql;
        if (result.Count > gate.Watch.Factory.Options.MaxRows)
            return RejectedPutReason.TooManyRows;
        var executed = plan = form.Plan(sql.ToString(), gate.Scope!.Plans);
        if (plan.NotCacheable is not null)
            return RejectedPutReason.NotCacheable;
        if (plan.Occurrences.Any(occurrence => occurrence.Table.HasRowSecurity) && session.GetTenantIdentifier() is null)
            return RejectedPutReason.RowSecurity;
        return gate.Watch.HasUncommitted(() => executed) ? RejectedPutReason.UncommittedChanges : RejectedPutReason.None;
    }

    /// <summary>The parameters of the executed command, as NHibernate's types bind them, in the order of the SQL.</summary>
    private static DbParameter[] ExecutedValues(QueryParameters parameters, ISessionImplementor session)
    {
        var sql = new SqlCommandImpl(parameters.ProcessedSql, [.. parameters.ProcessedSqlParameters], parameters, session.Factory);
        using var command = session.Factory.ConnectionProvider.Driver.GenerateCommand(CommandType.Text, sql.Query, sql.ParameterTypes);
        sql.Bind(command, session);
        return [.. command.Parameters.Cast<DbParameter>()];
    }
}
