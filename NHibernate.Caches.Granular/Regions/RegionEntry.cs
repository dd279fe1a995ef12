using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// An entity or collection as an entry: what it depends on is what the SELECT that loads it depends on. Thread-safe: immutable.
/// </summary>
internal sealed class RegionEntry
{
    private readonly CacheKey _key;
    private readonly LoadTemplate _template;

    private RegionEntry(CacheKey key, DatabaseScope database, LoadTemplate template)
    {
        (_key, Database, _template) = (key, database, template);
        Plan = database.Plans.OfQuery(template.Sql, selectItemsCount: true);
    }

    public DatabaseScope Database { get; }

    public QueryPlan Plan { get; }

    /// <summary>
    /// Whether open transactions of this process have changed its row, or unknown rows of its tables: their sessions see it
    /// otherwise than everybody else, and a put does not say whose it is.
    /// </summary>
    public bool HasUncommittedChanges
    {
        get
        {
            var uncommitted = Database.UncommittedRows;
            if (uncommitted.IsEmpty)
                return false;
            return uncommitted.Contains(StampKey.Scope) || Plan.Tables.Any(table => uncommitted.Contains(StampKey.Table(table)) || RowKey(table) is not { } row || uncommitted.Contains(row));
        }
    }

    /// <summary>Null when nothing may be cached under this key: caching is off, or the database is not known yet.</summary>
    public static RegionEntry? Of(object key, FactoryScope scope, LoadTemplates templates)
    {
        if (!scope.Options.Enabled || key is not CacheKey cacheKey || scope.OfTenant(NHibernateInternals.Tenant(cacheKey)) is not { } database)
            return null;
        return database.Identity.IsStandby ? null : new RegionEntry(cacheKey, database, templates.Of(cacheKey.EntityOrRoleName));
    }

    public RegionEntryKey Key(string region) => new(region, _key);

    /// <summary>The conjunctions of this very row, or every change of the tables when the identifier's database value is not plain.</summary>
    public Dependencies Bind() => Plan.Bind(_template.IsPlainKey ? [_key.Key] : []);

    // A collection's rows are not known by the collection's key: a change of any row of its table keeps it out meanwhile.
    private StampKey? RowKey(TableId table)
    {
        if (_template.IsCollection || !_template.IsPlainKey || Database.Plans.Schema.TableOf(table).RowShape is not { EqualityColumns: [var column] } shape)
            return null;
        return Database.Plans.Schema.TableOf(table).Columns[column].Form.Convert(_key.Key) is { } value ? shape.Conjunction([value]) : null;
    }
}
