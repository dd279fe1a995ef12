using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Proxy;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Changes that NHibernate did not make and its user tells of, as the statements would be that made them. What the user does not tell of
/// a row is not known of it, before the change or after. Thread-safe: stateless.
/// </summary>
internal static class ToldChanges
{
    private static readonly StatementChange s_anything = StatementChange.Nothing with { MovesScope = true };

    /// <summary>Any change of these tables, and of what they make the database change.</summary>
    /// <param name="schema">The catalog.</param>
    /// <param name="spaces">The tables, as the mapping names them.</param>
    public static StatementChange OfTables(ISchema schema, IEnumerable<string> spaces) => Join(spaces.Select(space => OfTable(schema, space)));

    /// <summary>Any change of the row of an entity, in all its tables, and of its collections' own tables.</summary>
    /// <param name="schema">The catalog.</param>
    /// <param name="entity">The entity, of which counts who it is and not what it holds.</param>
    /// <param name="session">A session of its factory.</param>
    /// <exception cref="MappingException">It is not mapped.</exception>
    /// <exception cref="ArgumentException">It was never saved.</exception>
    public static StatementChange OfEntity(ISchema schema, object entity, ISessionImplementor session)
    {
        var (persister, id) = Identify(entity, session);
        var tables = persister.ConstraintOrderedTableNameClosure;
        var keys = persister.ConstraintOrderedTableKeyColumnClosure;
        var own = Enumerable.Range(0, tables.Length).Select(i => OfRow(schema, tables[i], keys[i], persister.IdentifierType, id, session));
        return Join(own.Concat(OwnCollections(persister, session.Factory).Select(collection => collection.CollectionType.LHSPropertyName is null
            ? OfRow(schema, collection.TableName, collection.KeyColumnNames, collection.KeyType, id, session)
            : OfTable(schema, collection.TableName))));
    }

    /// <summary>Changes of rows of one table.</summary>
    /// <param name="schema">The catalog.</param>
    /// <param name="table">The table; null when the catalog does not have it.</param>
    /// <param name="rows">What each row has, as far as it is known, before and after.</param>
    public static StatementChange OfRows(ISchema schema, TableInfo? table, IEnumerable<ImmutableDictionary<string, ColumnValue>> rows)
    {
        if (table is null)
            return s_anything;
        if (table.HasSideEffects || table.AffectsUnknownTables || table.ViewOf is not null)
            return OfTable(schema, table);
        return StatementChange.Nothing with { Rows = [.. rows.Select(row => RowChange.Told(table.Id, row)), .. table.Cascades.Select(RowChange.WholeTable)] };
    }

    /// <summary>The tables of a type and of all that derive from it, their collections' own tables included, as the mapping names them.</summary>
    /// <exception cref="MappingException">No mapped class is, or derives from, or implements the type.</exception>
    public static ImmutableArray<string> SpacesOf(System.Type type, ISessionFactoryImplementor factory)
    {
        var persisters = PersistersOf(type, factory);
        return [.. persisters.SelectMany(persister => EntitySpaces(persister).Concat(OwnCollections(persister, factory).Select(collection => collection.TableName))).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The tables of an entity's rows, as the mapping names them. One that is a subquery is known by what the mapping says it reads.</summary>
    public static IEnumerable<string> EntitySpaces(AbstractEntityPersister persister) =>
        persister.QuerySpaces.Concat(persister.ConstraintOrderedTableNameClosure.Where(table => !table.TrimStart().StartsWith('('))).Distinct(StringComparer.Ordinal);

    /// <summary>The mapped classes that are, derive from or implement a type.</summary>
    /// <exception cref="MappingException">There are none.</exception>
    public static ImmutableArray<AbstractEntityPersister> PersistersOf(System.Type type, ISessionFactoryImplementor factory)
    {
        ImmutableArray<AbstractEntityPersister> persisters = [.. factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).OfType<AbstractEntityPersister>().Where(persister => type.IsAssignableFrom(persister.MappedClass))];
        return persisters.IsEmpty ? throw new MappingException($"No persister for: {type}") : persisters;
    }

    /// <summary>Several changes as one.</summary>
    public static StatementChange Join(IEnumerable<StatementChange> changes) => changes.Aggregate(StatementChange.Nothing, (all, change) =>
        all with { Rows = all.Rows.AddRange(change.Rows), MovesScope = all.MovesScope || change.MovesScope });

    /// <summary>The identifier of an entity that is no proxy.</summary>
    /// <exception cref="ArgumentException">It has none, because it was never saved.</exception>
    public static object IdentifierOf(object entity, IEntityPersister persister, ISessionImplementor session)
    {
        if (session.PersistenceContext.GetEntry(entity)?.Id is { } known)
            return known;
        var (id, unsaved) = (persister.GetIdentifier(entity), persister.EntityMetamodel.IdentifierProperty.UnsavedValue);
        return id is null || (unsaved != IdentifierValue.SaveAny && unsaved.IsUnsaved(id) == true)
            ? throw new ArgumentException($"The {persister.EntityName} was never saved: its identifier is {id ?? "null"}, which no row has. Save it first, or set the identifier.")
            : id;
    }

    private static (AbstractEntityPersister Persister, object Id) Identify(object entity, ISessionImplementor session)
    {
        if (entity is INHibernateProxy { HibernateLazyInitializer: { IsUninitialized: true } lazy })
            return (Known(session.Factory.GetEntityPersister(lazy.EntityName)), lazy.Identifier);
        var target = session.PersistenceContext.Unproxy(entity);
        var persister = session.GetEntityPersister(session.PersistenceContext.GetEntry(target)?.EntityName, target);
        return (Known(persister), IdentifierOf(target, persister, session));
    }

    private static AbstractEntityPersister Known(IEntityPersister persister) =>
        persister as AbstractEntityPersister ?? throw new MappingException($"{persister.EntityName} has a persister of its own: its tables are not known.");

    // Those whose rows are no entity's.
    private static IEnumerable<AbstractCollectionPersister> OwnCollections(AbstractEntityPersister persister, ISessionFactoryImplementor factory) =>
        factory.GetAllCollectionMetadata().Keys.Select(factory.GetCollectionPersister).OfType<AbstractCollectionPersister>()
            .Where(collection => !collection.IsOneToMany && collection.OwnerEntityPersister is AbstractEntityPersister owner && owner.RootEntityName == persister.RootEntityName);

    private static StatementChange OfRow(ISchema schema, string space, string[] columns, Type.IType type, object id, ISessionImplementor session) =>
        schema.FindSpace(space) is { } table ? OfRows(schema, table, [PropertyValues.Of(table, columns, type, id, session).ToImmutableDictionary(StringComparer.Ordinal)]) : s_anything;

    private static StatementChange OfTable(ISchema schema, string space) => schema.FindSpace(space) is { } table ? OfTable(schema, table) : s_anything;

    private static StatementChange OfTable(ISchema schema, TableInfo table)
    {
        ImmutableArray<TableInfo> tables = [.. (table.ViewOf ?? [table.Id]).Select(schema.TableOf)];
        return table.AffectsUnknownTables || tables.Any(each => each.AffectsUnknownTables)
            ? s_anything
            : StatementChange.Nothing with { Rows = [.. tables.SelectMany(each => each.Cascades.Prepend(each.Id)).Distinct().Select(RowChange.WholeTable)] };
    }
}
