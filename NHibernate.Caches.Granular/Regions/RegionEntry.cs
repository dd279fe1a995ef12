using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// An entity or collection as an entry: what it depends on is what the SELECT that loads it depends on. <c>default</c> is of no
/// use. Thread-safe: immutable.
/// </summary>
internal readonly struct RegionEntry
{
    private readonly CacheKey _key;
    private readonly LoadPlan _load;

    private RegionEntry(CacheKey key, LoadPlan load) => (_key, _load) = (key, load);

    public DatabaseScope Database => _load.Database;

    /// <summary>The root entity's name, or the collection's role.</summary>
    public string Name => _load.Name;

    public CachedKind Kind => _load.Template.Kind;

    public QueryPlan Plan => _load.Plan;

    /// <summary>Why nothing is ever put under its key, whoever offers it; <see cref="RejectedPutReason.None"/>: something may be.</summary>
    public RejectedPutReason NeverPut => _load.HasRowSecurity && NHibernateInternals.Tenant(_key) is null ? RejectedPutReason.RowSecurity : _load.NeverPut;

    /// <summary>Makes the shapes of <see cref="Plan"/>.</summary>
    public Func<ImmutableArray<Shape>> Shapes => _load.Shapes;

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
            if (uncommitted.Contains(StampKey.Scope) || Plan.DependsOnEverything)
                return true;
            foreach (var table in Plan.Tables)
            {
                if (RowKey(table) is { } row ? uncommitted.Contains(StampKey.Table(table)) || uncommitted.Contains(row) : uncommitted.ContainsAnyOf(table))
                    return true;
            }
            return false;
        }
    }

    /// <summary>Null when nothing may be cached under this key: caching is off, or the database is not known yet, or may be a standby.</summary>
    public static RegionEntry? Of(object key, FactoryScope scope, LoadTemplates templates)
    {
        if (!scope.IsEnabled || key is not CacheKey cacheKey || scope.OfTenant(NHibernateInternals.Tenant(cacheKey)) is not { } database)
            return null;
        return database.Identity is { IsStandby: true } or { HasSeveralHosts: true } ? null : In(database, cacheKey, templates);
    }

    /// <summary>Whether or not it may be cached by this process now.</summary>
    public static RegionEntry In(DatabaseScope database, CacheKey key, LoadTemplates templates) => new(key, templates.Plan(key.EntityOrRoleName, database));

    public RegionEntryKey Key(RegionName region) => new(region, _key);

    /// <summary>The conjunctions of this very row, or every change of the tables when the identifier's database value is not plain.</summary>
    public Dependencies Bind() => Plan.Bind(_load.Template.IsPlainKey ? [.. Enumerable.Repeat(_key.Key, Plan.ParameterCount)] : []);

    /// <summary>
    /// Of all it depends on, what is its own: the rows of one table that have its key. Null when nothing is known of its tables.
    /// </summary>
    public ShapeUse? OwnUse
    {
        get
        {
            var uses = Bind().Uses;
            foreach (var use in uses)
            {
                if (_load.RestrictsByKey(use.Shape.Table) && !use.Conjunctions.IsEmpty)
                    return use;
            }
            return uses.IsEmpty ? null : uses[0];
        }
    }

    // Of a collection, and of a table that a formula reads, other rows count than the one with this key: a change of any of them
    // keeps the entry out meanwhile.
    private StampKey? RowKey(TableId table)
    {
        if (!_load.Template.IsPlainKey || !_load.ReadsOneRowOf(table) || _load.Schema.TableOf(table).RowShape is not { EqualityColumns: [var column] } shape)
            return null;
        return _load.Schema.TableOf(table).Columns[column].Form.Convert(_key.Key) is { } value ? shape.Conjunction([value]) : null;
    }
}
