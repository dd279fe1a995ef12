using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>The tables of the mapping and how it joins them, in the words in which parsed SQL prints them. Thread-safe.</summary>
/// <param name="factory">Whose mapping it is.</param>
internal sealed class MappedTables(ISessionFactoryImplementor factory)
{
    private const string Alias = "t";

    // What tells one row of a table, by the table.
    private readonly Lazy<ILookup<string, string[]>> _keys = new(() =>
        factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).OfType<AbstractEntityPersister>().SelectMany(Keys).ToLookup(key => key.Table, key => key.Columns, StringComparer.Ordinal));

    /// <summary>Whether LIMIT or its like does it; else NHibernate stops reading.</summary>
    public bool RowsAreCutInSql => factory.Dialect.SupportsLimit;

    /// <summary>Whether these equalities let a join find one row at most in the table it joins.</summary>
    public bool IsOneRow(FromItem table, IEnumerable<(ColumnReference Left, ColumnReference Right)> equalities)
    {
        var name = NameOf(table);
        var compared = equalities.Where(pair => pair.Left.Path[^2] != pair.Right.Path[^2]).SelectMany(pair => new[] { pair.Left, pair.Right })
            .Where(column => column.Path[^2] == name).Select(column => column.Path[^1]).ToHashSet(StringComparer.Ordinal);
        return _keys.Value[WithoutAlias(table)].Any(key => key.All(compared.Contains));
    }

    /// <summary>The table that an entity's FROM begins with; empty when that is no table.</summary>
    public static string TableOf(AbstractEntityPersister entity) => Parsed($"select 1 from {entity.FromTableFragment(Alias)}") is { From: [var own] } ? WithoutAlias(own) : "";

    /// <summary>What tells one entity from all others: the columns of its id, and those of its natural id.</summary>
    public static IEnumerable<string[]> IdentitiesOf(AbstractEntityPersister entity)
    {
        yield return Folded(entity.IdentifierColumnNames);
        if (entity.HasNaturalIdentifier)
            yield return Folded(entity.NaturalIdentifierProperties.SelectMany(property => entity.GetPropertyColumnNames(entity.PropertyNames[property])));
    }

    public static bool IsTableOf(FromItem table, AbstractEntityPersister entity) =>
        Parsed($"select 1 from {entity.FromTableFragment(Alias)}") is { From: [var own] } && WithoutAlias(own) == WithoutAlias(table);

    /// <summary>The joins of an entity that is mapped to several tables.</summary>
    public static HashSet<string> JoinsOf(IEntityPersister entity, string alias) => [.. Joins(entity, alias).Select(Print)];

    /// <summary>What a collection's key refers to.</summary>
    public static string[] KeysOfOwner(AbstractCollectionPersister collection) =>
        collection.OwnerEntityPersister is not AbstractEntityPersister owner ? []
        : collection.CollectionType.LHSPropertyName is { } property ? Folded(owner.GetPropertyColumnNames(property))
        : Folded([.. owner.IdentifierColumnNames, .. owner.KeyColumnNames]);

    public static string Print(Join join) => $"{join.Right} on {join.On}";

    public static string NameOf(FromItem item) => item.Alias ?? (item as TableReference)?.Name ?? "";

    /// <summary>Columns as they are called in parsed SQL.</summary>
    public static string[] Folded(IEnumerable<string?> columns) =>
        [.. columns.Select(column => Parsed($"select {Alias}.{column} from {Alias}") is { Items: [{ Expression: ColumnReference { Path: [_, var name] } }] } ? name : "")];

    /// <summary>The SELECT; null when it is none.</summary>
    public static Select? Parsed(string sql) => SqlParser.Parse(sql).Statements is [QueryStatement { Query.Body: Select select }] ? select : null;

    private static IEnumerable<Join> Joins(IEntityPersister entity, string alias)
    {
        if (entity is not AbstractEntityPersister mapped || Parsed($"select 1 from {mapped.FromTableFragment(alias)}{mapped.FromJoinFragment(alias, true, true)}") is not { From: [var from] })
            yield break;
        for (; from is Join join; from = join.Left)
            yield return join;
    }

    private static IEnumerable<(string Table, string[] Columns)> Keys(AbstractEntityPersister entity)
    {
        if (Parsed($"select 1 from {entity.FromTableFragment(Alias)}") is { From: [var own] })
            yield return (WithoutAlias(own), Folded(entity.KeyColumnNames));
        foreach (var join in Joins(entity, Alias))
        {
            var name = NameOf(join.Right);
            yield return (WithoutAlias(join.Right), [.. join.On!.DescendantsAndSelf().OfType<ColumnReference>().Where(column => column.Path is [var table, _] && table == name).Select(column => column.Path[1])]);
        }
    }

    public static string WithoutAlias(FromItem item) => item is TableReference table ? $"{table.Schema}.{table.Name}" : item.ToString()!;
}
