using System.Collections;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Gathers the states of what a result lists, as far as its SELECT hydrated them. Not thread-safe: gathers one result.
/// </summary>
/// <param name="types">What a row consists of.</param>
/// <param name="find">The state of an entity, if the SELECT hydrated it and all of that is among what the result depends on.</param>
/// <param name="session">The session that executed it.</param>
internal sealed class HeldStates(ICacheAssembler[] types, Func<object, CacheEntry?> find, ISessionImplementor session)
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly ImmutableArray<HeldEntity>.Builder _entities = ImmutableArray.CreateBuilder<HeldEntity>();
    private readonly ImmutableArray<HeldCollection>.Builder _collections = ImmutableArray.CreateBuilder<HeldCollection>();

    /// <summary>How many entities and collections a hit would have to load one by one: they are not held, and no region has them.</summary>
    public int Lacking { get; private set; }

    public void Gather(IList result)
    {
        for (var i = 0; i < types.Length; i++)
        {
            if (types[i] is EntityType)
                GatherEntities(Column(result, i));
            else if (types[i] is CollectionType collection)
                GatherCollections(Column(result, i), session.Factory.GetCollectionPersister(collection.Role), result);
        }
    }

    public FullResult With(IList rows, bool isUnproven) => new(rows, _entities.ToImmutable(), _collections.ToImmutable(), isUnproven);

    private IEnumerable<object?> Column(IList result, int index) => result.Cast<object?>().Select(row => types.Length == 1 ? row : ((object?[])row!)[index]);

    private void GatherEntities(IEnumerable<object?> values)
    {
        foreach (var value in values)
        {
            // What nobody has loaded is a reference, with a cache and without.
            if (Loaded(value) is not { } entity || !_seen.Add(entity) || session.PersistenceContext.GetEntry(entity) is not { } entry)
                continue;
            if (find(entity) is { } state)
                _entities.Add(new HeldEntity(entry.Persister.IdentifierType.Disassemble(entry.Id, session, null), state));
            else if (ResultForm.MayHold(entry.Persister) && !ResultForm.IsCached(entry.Persister, session.Factory))
                Lacking++;
        }
    }

    private void GatherCollections(IEnumerable<object?> values, ICollectionPersister persister, IList result)
    {
        var isComplete = true;
        foreach (var value in values)
        {
            if (value is not IPersistentCollection collection)
                isComplete = false;
            else if (_seen.Add(collection))
                GatherCollection(collection, persister);
        }
        if (!isComplete && !persister.HasCache)
            Lacking += result.OfType<object?[]>().SelectMany(row => row).Distinct(ReferenceEqualityComparer.Instance).Count(owner => HadCollectionBefore(owner, persister));
    }

    private void GatherCollection(IPersistentCollection collection, ICollectionPersister persister)
    {
        if (IsAsRead(collection) && !persister.IsArray && session.PersistenceContext.GetCollectionEntry(collection) is { LoadedKey: { } key })
            _collections.Add(new HeldCollection(persister.Role, persister.KeyType.Disassemble(key, session, null), CollectionCacheEntry.Create(collection, persister)));
        else if (!persister.HasCache)
            Lacking++;
    }

    /// <summary>Whether it is what the SELECT read. One that the session had before may have got elements that are not in the database.</summary>
    private bool IsAsRead(IPersistentCollection collection) =>
        collection is { WasInitialized: true, IsDirty: false, HasQueuedOperations: false, Owner: { } owner } && find(owner) is not null;

    /// <summary>NHibernate gives nothing for a collection that was there before, and nothing where there is no owner.</summary>
    private bool HadCollectionBefore(object? owner, ICollectionPersister persister) =>
        Loaded(owner) is { } entity
        && persister.OwnerEntityPersister.IsInstance(entity)
        && persister.CollectionType.GetKeyOfOwner(entity, session) is { } key
        && session.PersistenceContext.GetCollection(new CollectionKey(persister, key)) is { WasInitialized: true } collection
        && !_seen.Contains(collection);

    private static object? Loaded(object? value) => value is not INHibernateProxy proxy ? value
        : proxy.HibernateLazyInitializer.IsUninitialized ? null
        : proxy.HibernateLazyInitializer.GetImplementation();
}
