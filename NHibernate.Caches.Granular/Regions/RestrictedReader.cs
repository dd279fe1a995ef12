using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Engine;
using NHibernate.Event;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Tells the regions which session is loading, if it is one that may not simply read what is committed: in a snapshot, with
/// uncommitted changes, on a connection we know too little of. NHibernate does not pass the session on; its load events do, so
/// its listeners are wrapped. Sessions without such restrictions pay one look at their state. Thread-safe.
/// </summary>
internal sealed class RestrictedReader
{
    private static readonly AsyncLocal<RestrictedReader?> s_current = new();

    // Somebody who may read all that is cached.
    private static readonly RestrictedReader s_unrestricted = new(null, BypassReason.None, null);

    private readonly ConnectionWatch? _watch;
    private readonly BypassReason _bypass;
    private readonly Sequence? _asOf;

    private RestrictedReader(ConnectionWatch? watch, BypassReason bypass, Sequence? asOf) => (_watch, _bypass, _asOf) = (watch, bypass, asOf);

    /// <summary>
    /// Wraps the listeners through which entities and collections are loaded; those that are wrapped already stay, for the session
    /// factories of one configuration share them.
    /// </summary>
    public static void Wrap(EventListeners listeners)
    {
        listeners.LoadEventListeners = [.. listeners.LoadEventListeners.Select(listener => listener as LoadListener ?? new LoadListener(listener))];
        listeners.InitializeCollectionEventListeners = [.. listeners.InitializeCollectionEventListeners.Select(listener => listener as CollectionListener ?? new CollectionListener(listener))];
    }

    /// <summary>
    /// Whether whoever is loading may read this entry, and as of which sequence. NHibernate also looks whether an object is new that is about to be
    /// saved, and does not say for which session: then it counts what any session has changed.
    /// </summary>
    public static bool MayRead(RegionEntry entry, out Sequence? asOf)
    {
        var reader = s_current.Value;
        asOf = reader?._asOf;
        return reader is null ? !entry.HasUncommittedChanges : reader.MayRead(entry.Plan);
    }

    private bool MayRead(QueryPlan plan) => _bypass == BypassReason.None && _watch?.HasUncommitted(() => plan) != true;

    private static Leaving Enter(ISessionImplementor session)
    {
        var outer = s_current.Value;
        var reader = Of(session);
        if (!ReferenceEquals(outer, reader))
            s_current.Value = reader;
        return new Leaving(outer, reader);
    }

    private static RestrictedReader? Of(ISessionImplementor session)
    {
        if (StatementWitness.WatchOf(session) is not { } watch)
            return null;
        var (bypass, asOf) = ConnectionGate.Decide(watch);
        if (bypass == BypassReason.None && !watch.ServesRegions)
            bypass = BypassReason.SuppliedConnection;
        if (bypass != BypassReason.None || asOf is not null || watch.HasChanges)
            return new RestrictedReader(watch, bypass, asOf);
        // Most loads cost nothing: where nobody has uncommitted changes, it does not matter who asks.
        return watch.Scope?.UncommittedRows.IsEmpty == false ? s_unrestricted : null;
    }

    private readonly struct Leaving(RestrictedReader? outer, RestrictedReader? reader) : IDisposable
    {
        public void Dispose()
        {
            if (!ReferenceEquals(outer, reader))
                s_current.Value = outer;
        }
    }

    /// <summary>Thread-safe: stateless.</summary>
    private sealed class LoadListener(ILoadEventListener listener) : ILoadEventListener
    {
        public void OnLoad(LoadEvent @event, LoadType loadType)
        {
            using (Enter(@event.Session))
                listener.OnLoad(@event, loadType);
        }

        public async Task OnLoadAsync(LoadEvent @event, LoadType loadType, CancellationToken cancellationToken)
        {
            using (Enter(@event.Session))
                await listener.OnLoadAsync(@event, loadType, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Thread-safe: stateless.</summary>
    private sealed class CollectionListener(IInitializeCollectionEventListener listener) : IInitializeCollectionEventListener
    {
        public void OnInitializeCollection(InitializeCollectionEvent @event)
        {
            using (Enter(@event.Session))
                listener.OnInitializeCollection(@event);
        }

        public async Task OnInitializeCollectionAsync(InitializeCollectionEvent @event, CancellationToken cancellationToken)
        {
            using (Enter(@event.Session))
                await listener.OnInitializeCollectionAsync(@event, cancellationToken).ConfigureAwait(false);
        }
    }
}
