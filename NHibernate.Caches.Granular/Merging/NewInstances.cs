using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Persister.Entity;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Merging;

/// <summary>An instance that a session has got, to be filled. Not thread-safe: its session's.</summary>
internal sealed record NewInstance(EntityKey Key, object Entity, object Id, AbstractEntityPersister Persister);

/// <summary>
/// Instances that a session gets from elsewhere than its database: added empty, so that they find each other, then filled, then
/// announced. What NHibernate does for an entity of a region. Not thread-safe: serves one merge into one session.
/// </summary>
internal sealed class NewInstances(IEventSource session)
{
    private readonly IPersistenceContext _context = session.PersistenceContext;
    private readonly List<NewInstance> _all = [];

    public IReadOnlyList<NewInstance> All => _all;

    /// <summary>Null when the session has an instance of this identifier: that is then the one (I11).</summary>
    public NewInstance? Add(EntityKey key, object id, AbstractEntityPersister persister)
    {
        if (session.GetEntityUsingInterceptor(key) is not null)
            return null;
        var entity = session.Instantiate(persister, id);
        TwoPhaseLoad.AddUninitializedCachedEntity(key, entity, persister, LockMode.None, null, session);
        var instance = new NewInstance(key, entity, id, persister);
        _all.Add(instance);
        return instance;
    }

    /// <param name="instance">The instance, whose properties have been set.</param>
    /// <param name="values">Their values; the array is kept.</param>
    public void Filled(NewInstance instance, object?[] values)
    {
        var (key, entity, id, persister) = instance;
        TypeHelper.DeepCopy(values, persister.PropertyTypes, persister.PropertyUpdateability, values, session);
        var status = IsReadOnly(key, persister) ? Status.ReadOnly : Status.Loaded;
        _context.AddEntry(entity, status, values, null, id, Versioning.GetVersion(values, persister), LockMode.None, true, persister, false);
        persister.AfterInitialize(entity, session);
    }

    /// <param name="areProven">Whether what they were filled with is what was in the database: then it may be an old value of a change (I6).</param>
    public void TellLoaded(bool areProven)
    {
        foreach (var instance in _all)
            Resolve(instance.Key, instance.Entity);
        var watch = StatementWitness.WatchOf(session);
        foreach (var (_, entity, id, persister) in _all)
        {
            if (!areProven)
                watch?.Unproven.Add(entity);
            var loaded = new PostLoadEvent(session) { Entity = entity, Id = id, Persister = persister };
            foreach (var listener in session.Listeners.PostLoadEventListeners)
                listener.OnPostLoad(loaded);
        }
    }

    /// <summary>
    /// Takes all of them back, before anybody has heard of them: the session would hold for loaded what is not filled. A collection without its
    /// owner would be deleted by the next flush.
    /// </summary>
    public void Undo()
    {
        StatementWitness.WatchOf(session)?.Unproven.Abandon(session);
        InitializeNonLazyCollections();
        foreach (var instance in _all)
        {
            _context.RemoveEntry(instance.Entity);
            _context.RemoveEntity(instance.Key);
        }
        var owners = _all.Select(instance => instance.Entity).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var collection in _context.CollectionEntries.Keys.Cast<IPersistentCollection>().Where(collection => collection.Owner is { } owner && owners.Contains(owner)).ToList())
        {
            if (_context.GetCollectionEntry(collection) is { LoadedPersister: { } persister, LoadedKey: { } key })
                _context.CollectionsByKey.Remove(new CollectionKey(persister, key));
            _context.CollectionEntries.Remove(collection);
            collection.UnsetSession(session);
        }
        _all.Clear();
    }

    // NHibernate remembers those that it has made, and has no way to forget one.
    private void InitializeNonLazyCollections()
    {
        try
        {
            _context.InitializeNonLazyCollections();
        }
#pragma warning disable CA1031 // What went wrong before is what its caller will hear of.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The query that is executed instead will meet it again.
        }
    }

    // As NHibernate has it: a proxy that is there decides.
    private bool IsReadOnly(EntityKey key, AbstractEntityPersister persister) =>
        !persister.IsMutable || (_context.GetProxy(key) is INHibernateProxy proxy ? proxy.HibernateLazyInitializer.ReadOnly : _context.DefaultReadOnly);

    private void Resolve(EntityKey key, object entity)
    {
        if (_context.GetProxy(key) is INHibernateProxy { HibernateLazyInitializer: { IsUninitialized: true } proxy })
            proxy.SetImplementation(entity);
    }
}
