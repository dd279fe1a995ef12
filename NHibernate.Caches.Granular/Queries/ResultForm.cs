using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>What the cached form of a result holds, and so what it depends on. Thread-safe: immutable.</summary>
/// <param name="HoldsStates">Whether it holds the state of the entities and collections that it lists, as far as it is known.</param>
/// <param name="SelectItemsCount">Whether it holds more than identifiers of entities: then every selected column counts.</param>
/// <param name="AlsoReads">A SELECT, behind a semicolon, of what decides the states beside the columns that are selected; empty for most.</param>
internal readonly record struct ResultForm(bool HoldsStates, bool SelectItemsCount, string AlsoReads)
{
    private static readonly ResultForm s_identifiers = new(false, false, "");
    private static readonly ResultForm s_values = new(false, true, "");

    /// <summary>The form of results that consist of these types; null: types that only the execution tells.</summary>
    public static ResultForm Of(QueryRegion region, QueryTerms terms, ICacheAssembler[]? types)
    {
        if (types is null)
            return s_values;
        var factory = region.Scope.Factory;
        if (terms.Layout == ResultLayout.Full ? Array.Exists(types, type => MayHold(type, factory)) : terms.Layout == ResultLayout.Auto && NeedsStates(types, factory))
            return new ResultForm(true, true, AlsoReadsOf(types, region.Region.Templates));
        return Array.TrueForAll(types, static type => type is EntityType) ? s_identifiers : s_values;
    }

    /// <summary>What results of this SQL depend on.</summary>
    public QueryPlan Plan(string sql, Plans plans) => plans.OfQuery(sql + AlsoReads, SelectItemsCount);

    /// <summary>Whether state may be held that was read with a SELECT: joined tables that NHibernate reads with SELECTs of their own are not in it.</summary>
    public static bool MayHold(IEntityPersister entity) =>
#pragma warning disable CS0618 // What replaces it is protected.
        entity is AbstractEntityPersister { HasSequentialSelect: false };
#pragma warning restore CS0618

    /// <summary>Whether a region of its own may have the entity. None keeps what has lazy properties that may be cached, or is loaded by SQL of the user's own.</summary>
    public static bool IsCached(IEntityPersister entity, ISessionFactoryImplementor factory) =>
        entity.HasCache
        && factory.GetEntityPersister(entity.RootEntityName) is AbstractEntityPersister root
        && !NHibernateInternals.HasLoader(root)
        && root.EntityMetamodel.SubclassEntityNames.Select(factory.GetEntityPersister).All(persister => !persister.HasLazyProperties || !persister.IsLazyPropertiesCacheable);

    // A result whose entities cannot be held is one of identifiers, whatever is cached.
    private static bool NeedsStates(ICacheAssembler[] types, ISessionFactoryImplementor factory)
    {
        var (mayHold, isMissed) = (false, false);
        foreach (var type in types)
        {
            mayHold |= MayHold(type, factory);
            isMissed |= type switch
            {
                EntityType entity => !IsCached(PersisterOf(entity, factory), factory),
                CollectionType collection => !factory.GetCollectionPersister(collection.Role).HasCache,
                _ => false,
            };
        }
        return mayHold && isMissed;
    }

    private static bool MayHold(ICacheAssembler type, ISessionFactoryImplementor factory) => type is EntityType entity && MayHold(PersisterOf(entity, factory));

    private static IEntityPersister PersisterOf(EntityType type, ISessionFactoryImplementor factory) => factory.GetEntityPersister(type.GetAssociatedEntityName());

    private static string AlsoReadsOf(ICacheAssembler[] types, LoadTemplates templates)
    {
        var items = string.Concat(types.Select(type => type switch
        {
            EntityType entity => templates.References(entity.GetAssociatedEntityName()),
            CollectionType collection => templates.References(collection.Role),
            _ => "",
        }));
        return items.Length == 0 ? "" : "; select 1" + items;
    }
}
