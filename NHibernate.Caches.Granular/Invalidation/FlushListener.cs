using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Event.Default;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Hears what NHibernate's events add to the statements: which entity an update or delete is about and what was loaded of it
/// before. It stands before the user's listeners, so that one of theirs that throws hides nothing. Thread-safe: stateless.
/// </summary>
/// <remarks>
/// It does not listen to committed actions: with a listener for them, NHibernate keeps every inserted, updated and deleted entity
/// until the commit, however often the session is cleared; and until the transaction's completion is heard the stamps are locked,
/// so nothing is gained by publishing earlier.
/// </remarks>
internal sealed class FlushListener :
    IPreLoadEventListener, IPostLoadEventListener,
    IPreUpdateEventListener, IPreDeleteEventListener,
    IPostUpdateEventListener, IPostDeleteEventListener,
    IInitializeCollectionEventListener,
    IPreCollectionUpdateEventListener, IPreCollectionRemoveEventListener,
    IPostCollectionUpdateEventListener, IPostCollectionRemoveEventListener
{
    private static readonly FlushListener s_instance = new();

    public static void Prepend(EventListeners listeners)
    {
        // Session factories of one configuration share their listeners.
        if (listeners.PostLoadEventListeners.Contains(s_instance))
            return;
        // After the user's: nothing of theirs runs before the region's put.
        listeners.PreLoadEventListeners = [new HydrationListener(), .. listeners.PreLoadEventListeners, s_instance];
        listeners.PostLoadEventListeners = [s_instance, .. listeners.PostLoadEventListeners];
        listeners.PreUpdateEventListeners = [s_instance, .. listeners.PreUpdateEventListeners];
        listeners.PreDeleteEventListeners = [s_instance, .. listeners.PreDeleteEventListeners];
        listeners.PostUpdateEventListeners = [s_instance, .. listeners.PostUpdateEventListeners];
        listeners.PostDeleteEventListeners = [s_instance, .. listeners.PostDeleteEventListeners];
        // After the listener that loads it.
        listeners.InitializeCollectionEventListeners = [.. listeners.InitializeCollectionEventListeners, s_instance];
        listeners.PreCollectionUpdateEventListeners = [s_instance, .. listeners.PreCollectionUpdateEventListeners];
        listeners.PreCollectionRemoveEventListeners = [s_instance, .. listeners.PreCollectionRemoveEventListeners];
        listeners.PostCollectionUpdateEventListeners = [s_instance, .. listeners.PostCollectionUpdateEventListeners];
        listeners.PostCollectionRemoveEventListeners = [s_instance, .. listeners.PostCollectionRemoveEventListeners];
    }

    public void OnPreLoad(PreLoadEvent @event)
    {
        if (StatementWitness.WatchOf(@event.Session)?.Unproven.Begin(@event.Entity, @event.Session) == true && @event.Persister.HasCache)
            CacheMetrics.RejectedPut(@event.Persister.Cache.RegionName, RejectedPutReason.UnprovenState);
    }

    public Task OnPreLoadAsync(PreLoadEvent @event, CancellationToken cancellationToken) => Done(() => OnPreLoad(@event));

    public void OnPostLoad(PostLoadEvent @event)
    {
        if (StatementWitness.WatchOf(@event.Session) is not { } watch || !watch.Unproven.End(@event.Entity, @event.Session) || MayDiffer(@event.Session))
            return;
        // A read-only entity keeps no state.
        if (@event.Session.PersistenceContext.GetEntry(@event.Entity)?.LoadedState is { } state)
            watch.Loaded(state);
    }

    public bool OnPreUpdate(PreUpdateEvent @event)
    {
        Begin(@event.Session, @event.Persister, @event.Id, @event.OldState);
        return false;
    }

    public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreUpdate(@event));

    public bool OnPreDelete(PreDeleteEvent @event)
    {
        // Not the event's state: that is a copy, and of the entity in memory if nothing was loaded.
        Begin(@event.Session, @event.Persister, @event.Id, @event.Session.PersistenceContext.GetEntry(@event.Entity)?.LoadedState);
        return false;
    }

    public Task<bool> OnPreDeleteAsync(PreDeleteEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreDelete(@event));

    public void OnPostUpdate(PostUpdateEvent @event)
    {
        End(@event.Session);
        StatementWitness.WatchOf(@event.Session)?.Replaced(@event.OldState, @event.State);
    }

    public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken) => Done(() => OnPostUpdate(@event));

    public void OnPostDelete(PostDeleteEvent @event) => End(@event.Session);

    public Task OnPostDeleteAsync(PostDeleteEvent @event, CancellationToken cancellationToken) => Done(() => OnPostDelete(@event));

    /// <summary>Whether someone may have changed what NHibernate read before it became the entity's state.</summary>
    private static bool MayDiffer(IEventSource session) =>
        Overriding.Has(session.Interceptor, nameof(IInterceptor.OnLoad))
        || !Array.TrueForAll(session.Listeners.PreLoadEventListeners, static listener => listener.GetType() == typeof(DefaultPreLoadEventListener) || listener is FlushListener or HydrationListener);

    public void OnInitializeCollection(InitializeCollectionEvent @event)
    {
        // What a filter hides is removed with the rest.
        if (@event.Session.EnabledFilters.Count == 0
            && StatementWitness.WatchOf(@event.Session) is { } watch
            && @event.Session.PersistenceContext.GetCollectionEntry(@event.Collection) is { Snapshot: { } snapshot, LoadedPersister.Role: var role }
            && !watch.Withholds(role))
            watch.Loaded(snapshot);
    }

    public Task OnInitializeCollectionAsync(InitializeCollectionEvent @event, CancellationToken cancellationToken) => Done(() => OnInitializeCollection(@event));

    public void OnPreUpdateCollection(PreCollectionUpdateEvent @event) => Begin(@event);

    public Task OnPreUpdateCollectionAsync(PreCollectionUpdateEvent @event, CancellationToken cancellationToken) => Done(() => Begin(@event));

    public void OnPreRemoveCollection(PreCollectionRemoveEvent @event) => Begin(@event);

    public Task OnPreRemoveCollectionAsync(PreCollectionRemoveEvent @event, CancellationToken cancellationToken) => Done(() => Begin(@event));

    public void OnPostUpdateCollection(PostCollectionUpdateEvent @event) => End(@event);

    public Task OnPostUpdateCollectionAsync(PostCollectionUpdateEvent @event, CancellationToken cancellationToken) => Done(() => End(@event));

    public void OnPostRemoveCollection(PostCollectionRemoveEvent @event) => End(@event);

    public Task OnPostRemoveCollectionAsync(PostCollectionRemoveEvent @event, CancellationToken cancellationToken) => Done(() => End(@event));

    private static void Begin(AbstractCollectionEvent @event)
    {
        if (StatementWitness.WatchOf(@event.Session) is not { } watch)
            return;
        var entry = @event.Collection is null ? null : @event.Session.PersistenceContext.GetCollectionEntry(@event.Collection);
        watch.CurrentRemoval = entry?.Snapshot is { } snapshot && watch.LoadedAt(snapshot) is { } at && entry.LoadedKey is { } key && CollectionRemoval.Explains(entry.LoadedPersister)
            ? new CollectionRemoval((IQueryableCollection)entry.LoadedPersister, key, snapshot, at, @event.Session)
            : null;
    }

    private static void End(AbstractCollectionEvent @event)
    {
        if (StatementWitness.WatchOf(@event.Session) is { } watch)
            watch.CurrentRemoval = null;
    }

    private static void Begin(ISessionImplementor session, IEntityPersister persister, object id, object?[]? state)
    {
        if (StatementWitness.WatchOf(session) is not { } watch)
            return;
        watch.CurrentAction = state is not null && watch.LoadedAt(state) is { } at && FlushAction.Explains(persister)
            ? new FlushAction((AbstractEntityPersister)persister, id, state, at, session)
            : null;
    }

    private static void End(ISessionImplementor session)
    {
        if (StatementWitness.WatchOf(session) is { } watch)
            watch.CurrentAction = null;
    }

    private static Task Done(System.Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
