using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
using NHibernate.SqlCommand;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Which states a result may hold: those that its own SELECT hydrated, for on all that it selects the result depends. Of several queries in
/// one batch nobody tells which has hydrated an entity that both list; so of those it is looked whether this one selects all there is of
/// it. Not thread-safe: serves one put.
/// </summary>
/// <param name="hydration">What was hydrated since the look-up; null: not known.</param>
/// <param name="sql">This query's own SELECT, before its rows are limited.</param>
/// <param name="plan">What the result depends on.</param>
/// <param name="region">The region it goes to.</param>
/// <param name="scope">The database.</param>
internal sealed class KnownStates(Hydration? hydration, SqlString sql, QueryPlan plan, QueryRegion region, DatabaseScope scope)
{
    private readonly bool _isOwn = hydration?.CommandText.Contains(SelectListOf(sql), StringComparison.Ordinal) == true;
    private readonly Dictionary<string, bool> _isCovered = new(StringComparer.Ordinal);

    /// <summary>The state of the entity; null when it may not be held.</summary>
    public CacheEntry? Find(object entity) => hydration?.Find(entity) is { } state && (_isOwn || IsCovered(state.Subclass)) ? state : null;

    private bool IsCovered(string name)
    {
        if (!_isCovered.TryGetValue(name, out var isCovered))
            isCovered = _isCovered[name] = region.Scope.Factory.GetEntityPersister(name) is AbstractEntityPersister { HasLazyProperties: false } entity && SelectsAllOf(entity);
        return isCovered;
    }

    private bool SelectsAllOf(AbstractEntityPersister entity)
    {
        var all = region.Region.Templates.Plan(entity.EntityName, scope).Plan;
        return plan.DependsOnEverything || (!all.DependsOnEverything && all.Occurrences.All(needed =>
            plan.Tables.Contains(needed.Table.Id)
            && plan.Occurrences.All(occurrence => occurrence.Table.Id != needed.Table.Id || occurrence.Referenced.Includes(needed.Referenced))));
    }

    /// <summary>Its text up to the first parameter; what limits its rows stands behind that, or around it.</summary>
    private static string SelectListOf(SqlString sql) => string.Concat(sql.TakeWhile(part => part is string));
}
