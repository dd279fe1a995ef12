using System.Data;
using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Proxy;
using NHibernate.SqlCommand;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// What the result of a function depends on, as its user names it: each is the plan of a SELECT, bound to values. Not thread-safe: belongs to
/// one call.
/// </summary>
/// <param name="session">The session that calls the function.</param>
/// <param name="watch">Its connection.</param>
/// <param name="scope">Its database.</param>
/// <param name="templates">The SELECTs that load single entities.</param>
internal sealed class FunctionDependencies(ISessionImplementor session, ConnectionWatch watch, DatabaseScope scope, LoadTemplates templates)
{
    private readonly List<QueryPlan> _plans = [];
    private readonly HashSet<StampKey> _keys = [];
    private readonly Dictionary<Shape, HashSet<StampKey>> _uses = [];

    public IReadOnlyList<QueryPlan> Plans => _plans;

    /// <summary>Whether a profile forbids to cache something of it, and NHibernate is set not to throw then.</summary>
    public bool IsForbidden { get; private set; }

    public ImmutableArray<Shape> Shapes => [.. _uses.Keys];

    public Dependencies Bound => new([.. _keys], [.. _uses.Select(use => new ShapeUse(use.Key, [.. use.Value]))]);

    /// <summary>Every change of what the type is mapped to, with its subclasses, and of the tables of its own collections.</summary>
    /// <exception cref="ArgumentException">It is not mapped.</exception>
    public void AddEntities(System.Type type)
    {
        var names = session.Factory.GetImplementors(type.FullName);
        if (names.Length == 0)
            throw new ArgumentException($"{type} is not mapped, so that no change of it is noticed. Name an entity, a query or a persistent object.");
        foreach (var name in names)
            AddEntities(session.Factory.GetEntityPersister(name));
    }

    /// <summary>What the query's result depends on, and the values of all it selects.</summary>
    /// <param name="list">Lists the query as a cacheable one. It is not executed.</param>
    /// <exception cref="InvalidOperationException">It is not a query of the session.</exception>
    public void AddQuery(System.Action list)
    {
        var queries = QueryCapture.Of(session, watch, list);
        if (queries.Count == 0)
            throw new InvalidOperationException("What the function depends on is not a query of the session that was given.");
        foreach (var query in queries)
        {
            var plan = scope.Plans.OfQuery(query.Sql, selectItemsCount: true);
            Add(plan, query.Values);
            foreach (var table in query.LookUp?.Unseen(plan) ?? [])
                AddTable(table.Name);
        }
    }

    /// <summary>Every change of the row, in all tables that the entity is mapped to.</summary>
    /// <exception cref="ArgumentException">It is not an entity, or was never saved.</exception>
    public void AddInstance(object entity)
    {
        var initializer = (entity as INHibernateProxy)?.HibernateLazyInitializer;
        var name = initializer?.EntityName ?? session.BestGuessEntityName(entity);
        if (session.Factory.TryGetEntityPersister(name) is not { } persister)
            throw new ArgumentException($"{name} is neither a mapped entity nor a query, so that no change of it is noticed.");
        var identifier = initializer is null ? ToldChanges.IdentifierOf(entity, persister, session) : initializer.Identifier;
        var load = templates.Plan(persister.RootEntityName, scope);
        // A loader of the user's own reads what the mapping does not say.
        if (load.Template.Sql.Length == 0)
            AddEntities(session.Factory.GetEntityPersister(persister.RootEntityName));
        else
            Add(load.Plan, ValuesOf(persister.IdentifierType, identifier));
    }

    private void AddEntities(IEntityPersister entity)
    {
        foreach (var space in entity.EntityMetamodel.SubclassEntityNames.Select(session.Factory.GetEntityPersister).SelectMany(Spaces).Distinct(StringComparer.Ordinal))
            AddTable(space);
    }

    private IEnumerable<string> Spaces(IEntityPersister entity) =>
        TablesOf(entity).Concat(entity.PropertyTypes.SelectMany(WithParts).OfType<CollectionType>().Select(type => session.Factory.GetCollectionPersister(type.Role))
            // The elements of a one-to-many are entities of their own.
            .OfType<IQueryableCollection>().Where(collection => !collection.IsOneToMany).SelectMany(collection => collection.CollectionSpaces));

    // The root of a hierarchy of whole tables may have none of its own.
    private static IEnumerable<string> TablesOf(IEntityPersister entity) =>
        entity is UnionSubclassEntityPersister { EntityMetamodel.IsAbstract: true } union ? union.QuerySpaces.Except([union.PropertySpaces[0]]) : entity.PropertySpaces.Concat(entity.QuerySpaces);

    private static IEnumerable<IType> WithParts(IType type) => type is IAbstractComponentType component ? component.Subtypes.SelectMany(WithParts) : [type];

    // As a query, so that views, and tables that are not to be trusted, are what they are for queries.
    private void AddTable(string space) => Add(scope.Plans.OfQuery($"select table_.* from {space} table_", selectItemsCount: true), []);

    private void Add(QueryPlan plan, DbParameter[] values)
    {
        IsForbidden |= ForbiddenTables.AreIn(() => plan, scope);
        _plans.Add(plan);
        var bound = plan.Bind(values);
        _keys.UnionWith(bound.Keys);
        foreach (var use in bound.Uses)
        {
            if (!_uses.TryGetValue(use.Shape, out var conjunctions))
                _uses[use.Shape] = conjunctions = [];
            conjunctions.UnionWith(use.Conjunctions);
        }
    }

    private DbParameter[] ValuesOf(IType type, object identifier)
    {
        using var command = session.Factory.ConnectionProvider.Driver.GenerateCommand(CommandType.Text, SqlString.Empty, type.SqlTypes(session.Factory));
        type.NullSafeSet(command, identifier, 0, session);
        return [.. command.Parameters.Cast<DbParameter>()];
    }
}
