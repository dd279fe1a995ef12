using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>The SELECT, with the key as its only parameter or each of them, whose plan says what a cached entity or collection depends on.</summary>
/// <param name="Sql">The template.</param>
/// <param name="IsPlainKey">Whether the key is its own database value; a composite or converted one is not bound, which is coarse.</param>
/// <param name="IsOfferedFromMemory">
/// Whether NHibernate offers the region what is in memory, changed or not, when a lazy property is fetched: where lazy properties are cached with
/// the others (<c>include="all"</c>).
/// </param>
internal sealed record LoadTemplate(string Sql, bool IsPlainKey, bool IsOfferedFromMemory = false)
{
    public CachedKind Kind { get; init; } = CachedKind.Entity;
}

/// <summary>
/// Writes those SELECTs from the mapping: for an entity every column of it and of its subclasses; for a collection the columns
/// that its cached form holds (key, element or element's identifier, index) and those that order and filter it, but not the
/// other columns of its elements, which are cached for themselves. Thread-safe.
/// </summary>
internal sealed class LoadTemplates(ISessionFactoryImplementor factory)
{
    private const string Alias = "this_";
    private const string Unknown = "";

    private readonly ConcurrentDictionary<string, LoadTemplate> _templates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _references = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Name, DatabaseScope Database), LoadPlan> _plans = new();

    // Of entities: whether what is written of them is what is read back.
    private readonly ConcurrentDictionary<string, bool> _readAsWritten = new(StringComparer.Ordinal);

    // Most regions hold one class of one database, and keys share the very text of its name: then this is all there is to look up.
    private volatile LoadPlan? _last;

    /// <summary>The plan of such a SELECT in a database, as its catalog is now.</summary>
    /// <param name="name">The root entity's name, or the collection's role, as cache keys spell it.</param>
    /// <param name="database">The database.</param>
    public LoadPlan Plan(string name, DatabaseScope database)
    {
        if (_last is { } last && ReferenceEquals(last.Name, name) && last.IsCurrent(database))
            return last;
        if (!_plans.TryGetValue((name, database), out var plan) || !plan.IsCurrent(database))
            plan = _plans[(name, database)] = new LoadPlan(name, _templates.GetOrAdd(name, Make), database);
        return _last = plan;
    }

    /// <summary>Whether one statement writes all that the entity's SELECT reads, of types that are read as they are written.</summary>
    public bool IsReadAsWritten(AbstractEntityPersister entity) =>
        _readAsWritten.GetOrAdd(entity.EntityName, static (_, entity) => WrittenForm.Contains(entity), entity);

    /// <summary>
    /// What decides, beside their own columns, the cached form of entities of this class, or of a collection of this role: items of a
    /// SELECT, each with a comma before it. Empty for most.
    /// </summary>
    public string References(string name) => _references.GetOrAdd(name, NewReferences);

    private string NewReferences(string name)
    {
        if (factory.TryGetEntityPersister(name) is { } entity)
            return References(Classes(entity).SelectMany(persister => persister.PropertyTypes), isOfOneKey: false);
        var collection = factory.GetCollectionPersister(name);
        return References([collection.ElementType, collection.IndexType], isOfOneKey: false);
    }

    private LoadTemplate Make(string name) => factory.TryGetEntityPersister(name) switch
    {
        null => OfCollection((IQueryableCollection)factory.GetCollectionPersister(name)) with { Kind = CachedKind.Collection },
        AbstractEntityPersister entity => OfEntity(entity),
        // A persister of the user's own: nothing is known of its tables, and no statement parses from an empty text.
        _ => new LoadTemplate(Unknown, false),
    };

    private LoadTemplate OfEntity(AbstractEntityPersister entity)
    {
        // What a loader of the user's own reads is in its SQL, not in the mapping; what is written nowhere is not cached.
        if (NHibernateInternals.HasLoader(entity))
            return new LoadTemplate(Unknown, false);
        var classes = Classes(entity);
        var references = References(classes.SelectMany(persister => persister.PropertyTypes), isOfOneKey: true);
        var sql = $"select {entity.SelectFragment(Alias, "")}{references} from {Tables(entity)} where {Equals(entity.IdentifierColumnNames, column => Alias + "." + column)}{Conditions(entity)}";
        return new LoadTemplate(sql, IsPlain(entity.IdentifierType), Array.Exists(classes, persister => persister.HasLazyProperties && persister.IsLazyPropertiesCacheable));
    }

    private LoadTemplate OfCollection(IQueryableCollection collection)
    {
        if (collection is AbstractCollectionPersister known && NHibernateInternals.HasLoader(known))
            return new LoadTemplate(Unknown, false);
        var order = collection.HasOrdering ? " order by " + collection.GetSQLOrderByString(Alias) : "";
        var filter = collection.FilterFragment(Alias, ImmutableDictionary<string, IFilter>.Empty);
        if (collection.IsOneToMany)
        {
            var element = (AbstractEntityPersister)collection.ElementPersister;
            string Qualified(string column) => element.GenerateTableAliasForColumn(Alias, column) + "." + column;
            var columns = element.IdentifierColumnNames.Select(column => Alias + "." + column).Concat(collection.KeyColumnNames.Select(Qualified)).Concat(Index(collection, Qualified));
            var oneToMany = $"select {string.Join(", ", columns)} from {Tables(element)} where {Equals(collection.KeyColumnNames, Qualified)}{filter}{element.WhereJoinFragment(Alias, true, true)}{order}";
            return new LoadTemplate(oneToMany, IsPlain(collection.KeyType));
        }
        static string OfAlias(string column) => Alias + "." + column;
        // What restricts or orders a many-to-many by its target's columns is not written here: then it is not cached.
        var reachesTarget = collection.IsManyToMany && (collection.GetManyToManyFilterFragment("target_", ImmutableDictionary<string, IFilter>.Empty).Length > 0 || collection.HasManyToManyOrdering);
        var link = collection.KeyColumnNames.Concat(collection.ElementColumnNames).Where(column => column is not null).Select(OfAlias).Concat(Index(collection, OfAlias));
        var references = References([collection.ElementType, collection.IndexType], isOfOneKey: true);
        var sql = reachesTarget ? Unknown : $"select {string.Join(", ", link)}{references} from {collection.TableName} {Alias} where {Equals(collection.KeyColumnNames, OfAlias)}{filter}{order}";
        return new LoadTemplate(sql, IsPlain(collection.KeyType));
    }

    private static string Tables(AbstractEntityPersister entity) => $"{entity.FromTableFragment(Alias)}{entity.FromJoinFragment(Alias, true, true)}";

    private static string Conditions(AbstractEntityPersister entity) =>
        $"{entity.FilterFragment(Alias, ImmutableDictionary<string, IFilter>.Empty)}{entity.WhereJoinFragment(Alias, true, true)}";

    /// <summary>
    /// Of a reference the cached form holds the identifier of the row that it led to. Where that is not what the column says, other
    /// rows decide it too: of a reference by another key which row has that key, of one that may lead nowhere whether the row exists; and so of a
    /// one-to-one, which has no column.
    /// </summary>
    /// <param name="types">The types of what is held.</param>
    /// <param name="isOfOneKey">Whether the SELECT is of one owner, whose key is its parameter.</param>
    private string References(IEnumerable<IType?> types, bool isOfOneKey) => string.Concat(types.SelectMany(WithParts).OfType<EntityType>()
        .Where(type => type.IsNullable || !type.IsReferenceToPrimaryKey).Select(type => ColumnsReferredTo(type, isOfOneKey)).Distinct());

    private string ColumnsReferredTo(EntityType type, bool isOfOneKey)
    {
        const string alias = "referred_";
        var target = (AbstractEntityPersister)factory.GetEntityPersister(type.GetAssociatedEntityName());
        string[] columns = type.IsReferenceToPrimaryKey
            ? [.. target.IdentifierColumnNames.Select(column => alias + "." + column)]
            : target.ToColumns(alias, type.RHSUniqueKeyPropertyName);
        var from = $"from {target.FromTableFragment(alias)}{target.FromJoinFragment(alias, true, true)}";
        // The row that it leads to has the owner's key there; of any other reference it is not known before the owner is read.
        var where = isOfOneKey && type is OneToOneType and not SpecialOneToOneType ? " where " + Equals(columns, column => column) : "";
        return string.Concat(columns.Select(column => $", (select count({column}) {from}{where})"));
    }

    private IEntityPersister[] Classes(IEntityPersister entity) => [.. entity.EntityMetamodel.SubclassEntityNames.Select(factory.GetEntityPersister)];

    private static IEnumerable<IType> WithParts(IType? type) => type switch
    {
        null => [],
        IAbstractComponentType component => component.Subtypes.SelectMany(WithParts),
        _ => [type],
    };

    private static IEnumerable<string> Index(IQueryableCollection collection, Func<string, string> qualify) =>
        collection.HasIndex ? collection.IndexColumnNames.Where(column => column is not null).Select(qualify) : [];

    private static string Equals(string[] columns, Func<string, string> qualify) => string.Join(" and ", columns.Select(column => qualify(column) + " = ?"));

    private static bool IsPlain(IType type) => type is Int16Type or Int32Type or Int64Type or GuidType or StringType;
}
