using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
using NHibernate.SqlCommand;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>What profiles go by: which entity a query is about, and which operation it is. Thread-safe: immutable.</summary>
/// <param name="Entity">The first of FROM; null when that is none.</param>
/// <param name="Operation">One alone.</param>
internal sealed record QueryTraits(string? Entity, CachedOperations Operation);

/// <summary>
/// The traits of queries. NHibernate knows them of HQL and LINQ, and says them here by the very SQL it will ask with; of others they are
/// told from the text. Bounded: when full, it starts afresh. Thread-safe.
/// </summary>
/// <param name="factory">Whose mapping it is.</param>
internal sealed class TraitsOfQueries(ISessionFactoryImplementor factory)
{
    private const int MaxTexts = 10_000;

    private readonly ConditionalWeakTable<SqlString, QueryTraits> _known = [];
    private readonly ConcurrentDictionary<(string Sql, string? Returned), QueryTraits> _told = new();

    // Of a hierarchy in one table, the root.
    private readonly Lazy<ILookup<string, AbstractEntityPersister>> _entities = new(() =>
        factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).OfType<AbstractEntityPersister>()
            .OrderBy(entity => entity.IsInherited).ToLookup(MappedTables.TableOf, StringComparer.Ordinal));

    public void Know(SqlString sql, QueryTraits traits) => _known.AddOrUpdate(sql, traits);

    /// <param name="key">Of the query.</param>
    /// <param name="types">What a row consists of, if that is known.</param>
    public QueryTraits Of(QueryKey key, ICacheAssembler[]? types)
    {
        var sql = NHibernateInternals.Sql(key);
        if (_known.TryGetValue(sql, out var known))
            return known;
        var text = (sql.ToString(), types is [EntityType returned, ..] ? returned.GetAssociatedEntityName() : null);
        if (_told.TryGetValue(text, out var told))
            return told;
        if (_told.Count >= MaxTexts)
            _told.Clear();
        return _told[text] = Tell(text.Item1, text.Item2);
    }

    /// <summary>The operation of a SELECT that is about an entity.</summary>
    public static CachedOperations OperationOf(string sql, IEntityPersister? entity) =>
        MappedTables.Parsed(sql) is { } select ? SqlOperation.Of(select, entity is AbstractEntityPersister mapped ? MappedTables.IdentitiesOf(mapped) : []) : CachedOperations.Fetch;

    private QueryTraits Tell(string sql, string? returned)
    {
        var table = MappedTables.Parsed(sql) is { } select ? SqlOperation.FirstTable(select) : null;
        var entities = table is null ? [] : _entities.Value[MappedTables.WithoutAlias(table)];
        var entity = entities.FirstOrDefault(each => each.EntityName == returned) ?? entities.FirstOrDefault();
        return new QueryTraits(entity?.EntityName ?? (table is null ? returned : null), OperationOf(sql, entity));
    }
}
