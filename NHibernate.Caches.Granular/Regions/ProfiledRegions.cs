using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Gives regions to entities and collections that profiles cache and the mapping does not, and takes them from what is forbidden. It is
/// done when the mapping is complete and before the first session: NHibernate asks each time anew whether there is a region.
/// Thread-safe: stateless.
/// </summary>
internal static class ProfiledRegions
{
    public static void Give(FactoryScope scope)
    {
        var (factory, profiles) = (scope.Factory, scope.Profiles);
        if (profiles.IsEmpty || !factory.Settings.IsSecondLevelCacheEnabled)
            return;
        foreach (var hierarchy in factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).OfType<AbstractEntityPersister>().GroupBy(entity => entity.RootEntityName))
            Give([.. hierarchy], hierarchy.Key, scope);
        foreach (var collection in factory.GetAllCollectionMetadata().Keys.Select(factory.GetCollectionPersister).OfType<AbstractCollectionPersister>())
            Give(collection, scope);
    }

    /// <summary>A hierarchy has one region: its root's profile decides, and its members are forbidden together.</summary>
    private static void Give(AbstractEntityPersister[] hierarchy, string root, FactoryScope scope)
    {
        var isForbidden = hierarchy.Any(entity => IsForbidden(entity.QuerySpaces, scope.Profiles));
        // What its mapping says is never cached stays so; what it caches is as it says.
        var isGiven = scope.Profiles.Of(root).Caches(CachedOperations.Get) && hierarchy.All(entity => entity is { HasCache: false, SupportsQueryCache: true });
        if (!isForbidden && !isGiven)
            return;
        var strategy = isForbidden ? null : NewStrategy(root, hierarchy.Any(entity => entity.IsMutable), scope.Factory);
        foreach (var entity in hierarchy)
            NHibernateInternals.Replace(entity, strategy);
    }

    private static void Give(AbstractCollectionPersister collection, FactoryScope scope)
    {
        if (IsForbidden(collection.CollectionSpaces, scope.Profiles) || IsForbidden(collection.OwnerEntityPersister.QuerySpaces, scope.Profiles))
            NHibernateInternals.Replace(collection, null);
        else if (collection is { HasCache: false, SupportsQueryCache: true } && HoldsWhatIsCached(collection) && scope.Profiles.Of(collection).Caches(CachedOperations.Fetch))
            NHibernateInternals.Replace(collection, NewStrategy(collection.Role, collection.IsMutable, scope.Factory));
    }

    // A region of a collection holds the ids of its entities: without a region of theirs, each would be loaded alone.
    private static bool HoldsWhatIsCached(AbstractCollectionPersister collection) => !collection.ElementType.IsEntityType || collection.ElementPersister.HasCache;

    private static bool IsForbidden(IEnumerable<string> spaces, ProfileTable profiles) => profiles.ForbidsAny && spaces.Any(space => profiles.ForbiddenIn(space) is not null);

    private static ICacheConcurrencyStrategy NewStrategy(string region, bool isMutable, ISessionFactoryImplementor factory) =>
        CacheFactory.CreateCache(isMutable ? CacheFactory.ReadWrite : CacheFactory.ReadOnly, NHibernateInternals.RegionOf(factory, region), factory.Settings);
}
