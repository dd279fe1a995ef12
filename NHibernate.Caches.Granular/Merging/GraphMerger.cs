using System.Collections;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Persister.Collection;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Merging;

/// <summary>
/// Gives a session copies of detached entities, as if it had loaded them in the state in which they are; what it has already stays as it
/// is there (I11). Their state is as old as they are, so it is no old value of a change (I6). Not thread-safe: merges one graph into one
/// session.
/// </summary>
internal sealed class GraphMerger(IEventSource session)
{
    private readonly IPersistenceContext _context = session.PersistenceContext;
    private readonly NewInstances _new = new(session);
    private readonly DetachedGraph _graph = new(session);

    // From what is in the graph to what the session has.
    private readonly Hashtable _merged = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, DetachedEntity> _byEntity = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<EntityKey, DetachedEntity> _sources = [];

    // Where they belong already, and still empty: sets and maps ask their elements what these equal, so all entities are filled before them.
    private readonly List<(CollectionType Type, IPersistentCollection Collection, object Source)> _collections = [];

    /// <returns>What the session has in the place of the root.</returns>
    /// <exception cref="HibernateException">Something in the graph was never saved, or was changed since it was loaded. Then nothing has joined the session.</exception>
    public object Merge(object root)
    {
        _graph.Explore(root);
        _context.BeforeLoad();
        try
        {
            Instantiate();
            foreach (var instance in _new.All)
                Fill(instance, _sources[instance.Key]);
            foreach (var (type, collection, source) in _collections)
                Fill(type, collection, source);
        }
        catch
        {
            _context.AfterLoad();
            _new.Undo();
            throw;
        }
        _context.AfterLoad();
        _context.InitializeNonLazyCollections();
        _new.TellLoaded(areProven: false);
        return MergedEntity(root);
    }

    private void Instantiate()
    {
        foreach (var detached in _graph.Entities)
            _byEntity[detached.Entity] = detached;
        foreach (var detached in _graph.Entities)
            Instantiate(detached);
        foreach (var met in _graph.Met)
            MergedEntity(met);
    }

    private object Instantiate(DetachedEntity detached)
    {
        if (_merged[detached.Entity] is { } known)
            return known;
        var id = Merged(detached.Persister.IdentifierType, detached.Id, null)!;
        var key = session.GenerateEntityKey(id, detached.Persister);
        // Of two instances of one row, the later version.
        if (_sources.TryGetValue(key, out var other))
            _sources[key] = IsLater(detached, other) ? detached : other;
        else if (_new.Add(key, id, detached.Persister) is not null)
            _sources[key] = detached;
        var entity = _context.GetEntity(key);
        return _merged[detached.Entity] = _context.ProxyFor(detached.Persister, key, entity);
    }

    private static bool IsLater(DetachedEntity one, DetachedEntity other) =>
        one.Persister.IsVersioned && ReferenceEquals(one.Persister, other.Persister) && one.Persister.VersionType.Comparator.Compare(one.Version, other.Version) > 0;

    private void Fill(NewInstance instance, DetachedEntity source)
    {
        var types = instance.Persister.PropertyTypes;
        var owner = new Owner(instance, new object?[types.Length]);
        for (var i = 0; i < types.Length; i++)
        {
            if (!HoldsCollections(types[i]))
                owner.Values[i] = Merged(types[i], source.Values[i], owner);
        }
        // Their keys may be among the other values.
        for (var i = 0; i < types.Length; i++)
        {
            if (HoldsCollections(types[i]))
                owner.Values[i] = Merged(types[i], source.Values[i], owner);
        }
        instance.Persister.SetPropertyValues(instance.Entity, owner.Values);
        _new.Filled(instance, owner.Values);
    }

    private void Fill(CollectionType type, IPersistentCollection collection, object source)
    {
        type.ReplaceElements(source, collection.GetValue(), collection.Owner, _merged, session);
        collection.ClearDirty();
        _context.GetCollectionEntry(collection).PostInitialize(collection, _context);
    }

    private static bool HoldsCollections(IType type) => type is CollectionType || (type is ComponentType component && Array.Exists(component.Subtypes, HoldsCollections));

    private object? Merged(IType type, object? value, Owner? owner)
    {
        if (DetachedGraph.IsPlaceholder(value))
            return value;
        return type switch
        {
            EntityType or AnyType => value is null ? null : MergedEntity(value),
            CollectionType collection => owner is null ? null : Collection(collection, value, owner),
            ComponentType component => value is null ? null : Component(component, value, owner),
            _ => type.DeepCopy(value, session.Factory),
        };
    }

    private object MergedEntity(object value)
    {
        if (_merged[value] is { } merged)
            return merged;
        if (value is INHibernateProxy { HibernateLazyInitializer: { IsUninitialized: true } proxy })
            return _merged[value] = ReferenceEquals(proxy.Session, session) ? value : Reference(proxy);
        var entity = DetachedGraph.Unproxied(value);
        // What is in no graph is the session's own.
        return _merged[value] = _byEntity.TryGetValue(entity, out var detached) ? Instantiate(detached) : value;
    }

    // Never loads: only a class that has proxies has references that are not loaded.
    private object Reference(ILazyInitializer proxy) =>
        session.InternalLoad(proxy.EntityName, Merged(session.Factory.GetEntityPersister(proxy.EntityName).IdentifierType, proxy.Identifier, null), false, false);

    private object Component(ComponentType type, object component, Owner? owner)
    {
        var parts = type.GetPropertyValues(component, session);
        for (var i = 0; i < parts.Length; i++)
            parts[i] = Merged(type.Subtypes[i], parts[i], owner);
        var copy = type.Instantiate(owner?.Instance.Entity, session);
        type.SetPropertyValues(copy, parts);
        return copy;
    }

    private object? KeyOf(CollectionType type, Owner owner)
    {
        var (instance, values) = owner;
        if (type.LHSPropertyName is not { } property)
            return instance.Id;
        var value = values[instance.Persister.GetPropertyIndex(property)];
        return value is not null && instance.Persister.GetPropertyType(property) is EntityType ? session.GetContextEntityIdentifier(_context.Unproxy(value)) : value;
    }

    private object? Collection(CollectionType type, object? value, Owner owner)
    {
        var persister = session.Factory.GetCollectionPersister(type.Role);
        if (KeyOf(type, owner) is not { } key)
            return null;
        if (_context.GetCollection(new CollectionKey(persister, key)) is { } known)
            return known.GetValue();
        // The identifiers of an identifier bag cannot be copied: it is loaded when it is asked for.
        if (value is null or IPersistentCollection { WasInitialized: false } || persister.IdentifierType is not null)
            return type.GetCollection(key, session, owner.Instance.Entity);
        var collection = type.Wrap(session, type.InstantiateResult(value));
        collection.Owner = owner.Instance.Entity;
        _context.AddInitializedCollection(persister, collection, key);
        if (type.HasHolder())
            _context.AddCollectionHolder(collection);
        _collections.Add((type, collection, value));
        return collection.GetValue();
    }

    /// <summary>An instance, and of its values those that it has got.</summary>
    private sealed record Owner(NewInstance Instance, object?[] Values);
}
