namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>What is cached under a key.</summary>
public enum CachedKind
{
    /// <summary>The result of a query.</summary>
    Query = 1,

    /// <summary>An entity.</summary>
    Entity = 2,

    /// <summary>A collection of an entity.</summary>
    Collection = 3,

    /// <summary>The result of a cached function.</summary>
    Function = 4,
}
