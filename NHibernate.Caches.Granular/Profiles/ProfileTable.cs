using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Profiles;

/// <summary>What the profiles say, by entity, of one mapping. Thread-safe: immutable.</summary>
internal sealed class ProfileTable
{
    // So many names are shown of a mapping.
    private const int Shown = 20;

    private readonly Dictionary<string, EntityProfile> _byEntity;

    // Of entities by their name, of collections by their role.
    private readonly Dictionary<string, TimeSpan?> _ofRegions = new(StringComparer.Ordinal);

    // The tables that hold what is forbidden, as the mapping has them, and whose they are.
    private readonly Dictionary<string, (string Entity, string Pattern)> _forbidden = new(StringComparer.Ordinal);

    private ProfileTable(Dictionary<string, EntityProfile> byEntity) => _byEntity = byEntity;

    /// <summary>Whether no profile says anything.</summary>
    public bool IsEmpty => _byEntity.Count == 0;

    /// <summary>The tables that hold what is forbidden.</summary>
    public IEnumerable<string> ForbiddenSpaces => _forbidden.Keys;

    /// <summary>Whether anything is forbidden.</summary>
    public bool ForbidsAny => _forbidden.Count > 0;

    /// <exception cref="MappingException">A pattern matches nothing; the message names all of them, and what is mapped.</exception>
    public static ProfileTable Of(ISessionFactoryImplementor factory, CacheProfiles profiles)
    {
        if (profiles.ByPattern.Count == 0)
            return new ProfileTable([]);
        var entities = factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).ToList();
        var unmatched = profiles.ByPattern.Keys.Where(pattern => !entities.Exists(entity => ProfilePattern.Specificity(pattern, entity.EntityName, entity.MappedClass) is not null)).ToList();
        if (unmatched.Count > 0 && entities.Count > 0)
            throw new MappingException($"The granular cache cannot start. {string.Join(" ", unmatched.Select(pattern => $"The profile \"{pattern}\" matches nothing that is mapped."))} A profile is named by the full name of a class, or by a namespace followed by .*; mapped are {Names(entities)}.");
        var table = new ProfileTable(entities.ToDictionary(entity => entity.EntityName, entity => ProfileOf(entity, profiles), StringComparer.Ordinal));
        foreach (var entity in entities)
            table._ofRegions[entity.EntityName] = table.Of(entity.EntityName).ExpirationOf(CachedOperations.Get);
        foreach (var collection in factory.GetAllCollectionMetadata().Keys.Select(factory.GetCollectionPersister))
            table._ofRegions[collection.Role] = table.Of(collection).ExpirationOf(CachedOperations.Fetch);
        foreach (var entity in entities.Where(entity => table.Of(entity.EntityName).ForbiddenBy is not null))
            table.Forbid(entity, factory);
        return table;
    }

    /// <summary>What the profiles say of the entity; nothing of one that is not mapped.</summary>
    public EntityProfile Of(string? entityName) => entityName is not null && _byEntity.TryGetValue(entityName, out var profile) ? profile : EntityProfile.Empty;

    /// <summary>Whose rows the table holds, and the profile that forbids them; null when it may be cached.</summary>
    public (string Entity, string Pattern)? ForbiddenIn(string space) => _forbidden.TryGetValue(space, out var found) ? found : null;

    /// <summary>How long an entity or a collection is kept; null when no profile says.</summary>
    public TimeSpan? ExpirationOf(string entityOrRole) => _ofRegions.GetValueOrDefault(entityOrRole);

    /// <summary>The profile of what a collection holds: of its entities, or of its owner when it holds values.</summary>
    public EntityProfile Of(ICollectionPersister collection) =>
        Of(collection.ElementType.IsEntityType && collection is IQueryableCollection { ElementPersister: { } element } ? element.EntityName : collection.OwnerEntityPersister.EntityName);

    private static EntityProfile ProfileOf(IEntityPersister entity, CacheProfiles profiles) => new(
    [
        .. profiles.ByPattern
            .Select(each => (Pattern: each.Key, Profile: each.Value, Specificity: ProfilePattern.Specificity(each.Key, entity.EntityName, entity.MappedClass)))
            .Where(each => each.Specificity is not null)
            .OrderByDescending(each => each.Specificity)
            .Select(each => (each.Pattern, each.Profile)),
    ]);

    // Rows of a class are in the tables of those it derives from, too; and values of its own in tables of their own.
    private void Forbid(IEntityPersister entity, ISessionFactoryImplementor factory)
    {
        var pattern = Of(entity.EntityName).ForbiddenBy!;
        var values = factory.GetAllCollectionMetadata().Keys.Select(factory.GetCollectionPersister)
            .Where(collection => collection.OwnerEntityPersister.EntityName == entity.EntityName && !collection.ElementType.IsEntityType);
        foreach (var space in entity.QuerySpaces.Concat(values.SelectMany(collection => collection.CollectionSpaces)))
            _forbidden.TryAdd(space, (entity.EntityName, pattern));
    }

    private static string Names(List<IEntityPersister> entities) =>
        string.Join(", ", entities.Select(entity => entity.EntityName).Order(StringComparer.Ordinal).Take(Shown)) + (entities.Count > Shown ? $" and {entities.Count - Shown} more" : "");
}
