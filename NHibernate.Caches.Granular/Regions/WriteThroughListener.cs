using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Keeps what sessions write of entities whose profile says so, for their regions to hold when the transaction has committed. What NHibernate offers
/// the regions then it offers before it is published, and of an insert not at all. It stands before the user's listeners: the statement that was
/// executed last is the entity's. Thread-safe: stateless.
/// </summary>
internal sealed class WriteThroughListener : IPreInsertEventListener, IPreUpdateEventListener, IPostInsertEventListener, IPostUpdateEventListener
{
    private static readonly WriteThroughListener s_instance = new();

    public static void Prepend(EventListeners listeners)
    {
        // Session factories of one configuration share their listeners.
        if (listeners.PostInsertEventListeners.Contains(s_instance))
            return;
        listeners.PreInsertEventListeners = [s_instance, .. listeners.PreInsertEventListeners];
        listeners.PreUpdateEventListeners = [s_instance, .. listeners.PreUpdateEventListeners];
        listeners.PostInsertEventListeners = [s_instance, .. listeners.PostInsertEventListeners];
        listeners.PostUpdateEventListeners = [s_instance, .. listeners.PostUpdateEventListeners];
    }

    public bool OnPreInsert(PreInsertEvent @event) => Begin(@event.Session);

    public Task<bool> OnPreInsertAsync(PreInsertEvent @event, CancellationToken cancellationToken) => Task.FromResult(Begin(@event.Session));

    public bool OnPreUpdate(PreUpdateEvent @event) => Begin(@event.Session);

    public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(Begin(@event.Session));

    public void OnPostInsert(PostInsertEvent @event) => End(@event, @event.State);

    public Task OnPostInsertAsync(PostInsertEvent @event, CancellationToken cancellationToken) => Done(() => End(@event, @event.State));

    public void OnPostUpdate(PostUpdateEvent @event) => End(@event, @event.State);

    public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken) => Done(() => End(@event, @event.State));

    private static bool Begin(ISessionImplementor session)
    {
        StatementWitness.WatchOf(session)?.BeginWrite();
        return false;
    }

    private static void End(AbstractPostDatabaseOperationEvent @event, object?[] state)
    {
        var session = (ISessionImplementor)@event.Session;
        if (session.CacheMode is not (CacheMode.Normal or CacheMode.Put)
            || @event.Persister is not AbstractEntityPersister persister
            || persister.Cache is not ReadWriteCache strategy
            || ((IBatchableCacheConcurrencyStrategy)strategy).Cache is not CacheRegion region
            || !region.WritesThrough(persister)
            || StatementWitness.WatchOf(session) is not { Written: { } change } watch
            || !WrittenForm.IsWhole(change, persister, @event.Id, state, session))
            return;
        var version = Versioning.GetVersion(state, persister);
        var entry = persister.CacheEntryStructure.Structure(CacheEntry.Create(state, persister, version, session, @event.Entity));
        var key = session.GenerateCacheKey(@event.Id, persister.IdentifierType, persister.RootEntityName);
        if (region.Written(key, new CachedItem { Value = entry, Version = version }, watch.Scope) is { } written)
            watch.Keep(change, written);
    }

    private static Task Done(System.Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
