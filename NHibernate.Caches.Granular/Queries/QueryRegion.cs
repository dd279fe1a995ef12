using System.Runtime.CompilerServices;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>A region as a query names it: where its results are, and what it asks for. Thread-safe.</summary>
/// <param name="Region">Whose settings and evictions count.</param>
/// <param name="Settings">What stands behind its name.</param>
internal sealed record QueryRegion(CacheRegion Region, QuerySettings Settings)
{
    private readonly Lazy<ImmutableArray<string>> _spaces = new(() => [.. Settings.DependsOn.SelectMany(name => SpacesOf(name, Region.Scope)).Distinct(StringComparer.Ordinal)]);

    private readonly Lazy<QueryTerms> _withoutProfile = new(() => QueryTerms.Of(Settings, Region.Own, Region.Scope.Options, EntityProfile.Empty, CachedOperations.None));

    // A query's traits live as long as NHibernate keeps the query.
    private readonly ConditionalWeakTable<QueryTraits, QueryTerms> _terms = [];

    public FactoryScope Scope => Region.Scope;

    /// <summary>The name that results are counted under.</summary>
    public string Name => Region.RegionName;

    /// <summary>
    /// What keeps entries apart: a result that depends on less, or is kept for longer, is not what was asked for.
    /// </summary>
    public string KeyName { get; } = Region.RegionName + Settings.Suffix;

    /// <summary>What goes for a function's result in this region, which no profile says anything of.</summary>
    public QueryTerms TermsOfFunctions => _withoutProfile.Value;

    /// <summary>What goes for a query in this region.</summary>
    /// <param name="key">Of the query.</param>
    /// <param name="types">What a row consists of, if that is known.</param>
    public QueryTerms TermsOf(QueryKey key, ICacheAssembler[]? types) =>
        Scope.Profiles.IsEmpty ? _withoutProfile.Value : _terms.GetValue(Scope.Traits.Of(key, types), TermsOf);

    /// <summary>Whether the query's own options leave it out.</summary>
    public bool LeavesOut(QueryKey key, ICacheAssembler[]? types) => Settings.Operations is { } operations && !operations.HasFlag(Scope.Traits.Of(key, types).Operation);

    /// <summary>The tables of the types the query depends on besides what it reads.</summary>
    /// <exception cref="QueryException">One of the types is not mapped, and nothing mapped derives from it.</exception>
    public IEnumerable<TableId> AlsoReads(DatabaseScope scope) => Settings.DependsOn.IsEmpty ? [] : _spaces.Value.SelectMany(scope.TablesOf).Distinct();

    /// <exception cref="QueryException">What stands behind the region's name cannot be understood.</exception>
    public void RefuseIfFaulty()
    {
        if (Settings.Fault is { } fault)
            throw new QueryException(fault);
    }

    private QueryTerms TermsOf(QueryTraits traits) => QueryTerms.Of(Settings, Region.Own, Scope.Options, Scope.Profiles.Of(traits.Entity), traits.Operation);

    private static IEnumerable<string> SpacesOf(string name, FactoryScope scope)
    {
        var entities = scope.Factory.GetAllClassMetadata().Keys.Select(scope.Factory.GetEntityPersister).Where(entity => Is(entity, name)).ToList();
        return entities.Count > 0
            ? entities.SelectMany(entity => entity.QuerySpaces)
            : throw new QueryException($"A query depends on {name}, which is no entity of this session factory, and no class or interface that its entities have in common.");
    }

    private static bool Is(IEntityPersister entity, string name)
    {
        for (var type = entity.MappedClass; type is not null; type = type.BaseType)
        {
            if (type.FullName == name)
                return true;
        }
        return entity.EntityName == name || entity.MappedClass?.GetInterfaces().Any(each => each.FullName == name) == true;
    }
}
