using System.Collections;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Intercept;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Properties;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Merging;

/// <summary>An entity of a detached graph. Not thread-safe: belongs to one merge; the instance is read by several at once.</summary>
/// <param name="Entity">The detached instance. It is read, and not changed.</param>
/// <param name="Persister">Of its class.</param>
/// <param name="Id">Its identifier, which may contain detached entities.</param>
/// <param name="Values">Its properties' values.</param>
internal sealed record DetachedEntity(object Entity, AbstractEntityPersister Persister, object Id, object?[] Values)
{
    public object? Version => Versioning.GetVersion(Values, Persister);
}

/// <summary>
/// Everything that can be reached from a detached entity without loading anything: over references, components, and collections that are
/// loaded. Finding out changes neither the objects nor the session. Not thread-safe: looks at one graph.
/// </summary>
/// <param name="session">The session that the graph is to join.</param>
internal sealed class DetachedGraph(ISessionImplementor session)
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<object> _found = new();

    /// <summary>The entities that are loaded and not the session's own, each once.</summary>
    public List<DetachedEntity> Entities { get; } = [];

    /// <summary>All that stands for an entity: instances, and references to them.</summary>
    public IReadOnlyCollection<object> Met => _seen;

    /// <exception cref="HibernateException">Something in it was never saved, or was changed since it was loaded.</exception>
    public void Explore(object root)
    {
        Meet(root);
        while (_found.TryDequeue(out var next))
            Explore(next, session.GetEntityPersister(session.BestGuessEntityName(next), next));
    }

    /// <summary>The entity behind a reference that is loaded; otherwise the same.</summary>
    public static object Unproxied(object entity) =>
        entity is INHibernateProxy { HibernateLazyInitializer: { IsUninitialized: false } proxy } ? proxy.GetImplementation() : entity;

    /// <summary>What NHibernate has in the place of a value that it does not know, or has not loaded.</summary>
    public static bool IsPlaceholder(object? value) => Equals(value, LazyPropertyInitializer.UnfetchedProperty) || Equals(value, BackrefPropertyAccessor.Unknown);

    private void Explore(object entity, IEntityPersister persister)
    {
        if (persister is not AbstractEntityPersister known)
            throw new HibernateException($"{persister.EntityName} has a persister of its own, and cannot be merged.");
        var values = known.GetPropertyValues(entity);
        var id = known.CanExtractIdOutOfEntity ? known.GetIdentifier(entity) : null;
        var detached = new DetachedEntity(entity, known, id!, values);
        if (id is null || IsUnsaved(detached))
            throw new TransientObjectException($"{MessageOf(detached)} was never saved, so it cannot be merged as something that was cached. Save it, or merge what was loaded.");
        if (entity is IFieldInterceptorAccessor { FieldInterceptor.IsDirty: true })
            throw new HibernateException($"{MessageOf(detached)} was changed since it was loaded, so it cannot be merged as something that was cached. Use ISession.Merge.");
        Entities.Add(detached);
        Visit(known.IdentifierType, id, detached);
        for (var i = 0; i < values.Length; i++)
            Visit(known.PropertyTypes[i], values[i], detached);
    }

    private void Meet(object entity)
    {
        if (!_seen.Add(entity))
            return;
        if (entity is INHibernateProxy { HibernateLazyInitializer: { IsUninitialized: true } proxy })
        {
            Visit(session.Factory.GetEntityPersister(proxy.EntityName).IdentifierType, proxy.Identifier, null);
            return;
        }
        var loaded = Unproxied(entity);
        if ((ReferenceEquals(loaded, entity) || _seen.Add(loaded)) && !session.PersistenceContext.IsEntryFor(loaded))
            _found.Enqueue(loaded);
    }

    private void Visit(IType? type, object? value, DetachedEntity? owner)
    {
        if (value is null || IsPlaceholder(value))
            return;
        if (type is EntityType or AnyType)
            Meet(value);
        else if (type is CollectionType collection && owner is not null)
            VisitElements(session.Factory.GetCollectionPersister(collection.Role), value, owner);
        else if (type is ComponentType component)
        {
            var parts = component.GetPropertyValues(value, session);
            for (var i = 0; i < parts.Length; i++)
                Visit(component.Subtypes[i], parts[i], owner);
        }
    }

    private void VisitElements(ICollectionPersister persister, object value, DetachedEntity owner)
    {
        if (value is IPersistentCollection { WasInitialized: false, HasQueuedOperations: false })
            return;
        if (value is IPersistentCollection ? value is IPersistentCollection { IsDirty: true } or IPersistentCollection { HasQueuedOperations: true } : !persister.IsArray)
            throw new HibernateException($"{MessageOf(owner)} has another {persister.Role} than it was loaded with, so it cannot be merged as something that was cached. Use ISession.Merge.");
        foreach (var item in (IEnumerable)value)
        {
            var (index, element) = Parts(item, persister);
            Visit(persister.IndexType, index, owner);
            Visit(persister.ElementType, element, owner);
        }
    }

    private static (object? Index, object? Element) Parts(object? item, ICollectionPersister persister)
    {
        if (!persister.HasIndex || item is null || item.GetType() is not { IsGenericType: true } type || type.GetGenericTypeDefinition() != typeof(KeyValuePair<,>))
            return (null, item);
        return (type.GetProperty("Key")!.GetValue(item), type.GetProperty("Value")!.GetValue(item));
    }

    private static bool IsUnsaved(DetachedEntity detached)
    {
        var metamodel = detached.Persister.EntityMetamodel;
        return metamodel.IdentifierProperty.UnsavedValue.IsUnsaved(detached.Id)
            ?? (detached.Persister.IsVersioned ? metamodel.VersionProperty.UnsavedValue.IsUnsaved(detached.Version) : null)
            ?? false;
    }

    private static string MessageOf(DetachedEntity detached) => Impl.MessageHelper.InfoString(detached.Persister, detached.Id);
}
