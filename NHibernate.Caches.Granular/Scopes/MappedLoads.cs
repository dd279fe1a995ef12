using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// Tells SELECTs that give entities and collections their values as the mapping does from those of the user's own that need not:
/// they may compute, mask or exchange what they call a column, and load collections in part (I6, I12). Thread-safe.
/// </summary>
/// <param name="factory">Whose mapping it is.</param>
internal sealed class MappedLoads(ISessionFactoryImplementor factory)
{
    private readonly MappedTables _tables = new(factory);
    private readonly Lazy<ILookup<string, MappedLoad>> _byLabel = new(() => All(factory).ToLookup(load => load.Label, StringComparer.Ordinal));

    /// <summary>The roles of all collections.</summary>
    public IEnumerable<string> Roles => factory.GetAllCollectionMetadata().Keys;

    /// <summary>
    /// Whether every output is written as the mapping writes it, of a table it is mapped to, or is one of no entity. It is not asked
    /// how the tables are joined: an entity of several tables may be given another row's part.
    /// </summary>
    /// <param name="text">What was made of the SQL.</param>
    /// <param name="isSteady">Whether its rows depend on nothing but tables.</param>
    /// <returns>The roles of the collections that it may load in part; null when some output is not covered.</returns>
    public ImmutableArray<string>? PartOf(ParsedText text, bool isSteady)
    {
        if (text.Error is not null)
            return null;
        var roles = ImmutableArray.CreateBuilder<string>();
        foreach (var statement in text.Statements)
        {
            if (statement is not QueryStatement { Query: { With.IsEmpty: true, Body: Select select } query } || CollectionsOf(select) is not { } reads)
                return null;
            roles.AddRange(reads.Where(read => !isSteady || !new CollectionRead(read.Collection, read.Table, _tables).IsWhole(query, select)).Select(read => read.Collection.Role));
        }
        return [.. roles.Distinct()];
    }

    /// <summary>The collections that it may read, each with the name of its table; null when some output is not covered.</summary>
    private IEnumerable<(AbstractCollectionPersister Collection, string Table)>? CollectionsOf(Select select)
    {
        var collections = new List<(AbstractCollectionPersister Collection, string Table, string Suffix)>();
        var entities = new List<(string Table, string Suffix)>();
        var items = select.Items.Select(item => item.ToString()).ToHashSet(StringComparer.Ordinal);
        var tables = select.From.SelectMany(Tables).ToHashSet(StringComparer.Ordinal);
        var covered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in select.Items)
        {
            if (item is not { Alias: { } alias, Expression: ColumnReference { Path: [var table, _] } } || covered.Contains(item.ToString()))
                continue;
            var shorter = WithoutSuffix(alias);
            foreach (var (load, suffix) in Loads(alias, "").Concat(Loads(shorter, alias[shorter.Length..])))
            {
                var (required, possible, from) = load.For(table, suffix);
                if (!tables.Contains(from) || !required.All(items.Contains))
                    continue;
                covered.UnionWith(possible.Where(items.Contains));
                if (load.Collection is { } collection)
                    collections.Add((collection, table, suffix));
                else
                    entities.Add((table, suffix));
            }
        }
        if (!select.Items.All(item => covered.Contains(item.ToString()) || IsScalar(item.Alias)))
            return null;
        // An entity's own columns look like a collection it belongs to. But who reads a one-to-many reads its elements, too.
        return collections.Where(read => !read.Collection.IsOneToMany || entities.Any(entity => entity.Table == read.Table && entity.Suffix != read.Suffix))
            .Select(read => (read.Collection, read.Table));
    }

    private IEnumerable<(MappedLoad Load, string Suffix)> Loads(string label, string suffix) => _byLabel.Value[label].Select(load => (load, suffix));

    private static IEnumerable<string> Tables(FromItem from) => from is Join join ? Tables(join.Left).Concat(Tables(join.Right)) : [from.ToString()!];

    /// <summary><c>id1_2_</c> of <c>id1_2_0_</c> and <c>id1_2_0__</c>: the rest, which may be empty, tells the entity's place in the query.</summary>
    private static string WithoutSuffix(string alias) => alias.TrimEnd('_').TrimEnd([.. "0123456789"]);

    /// <summary>What HQL, LINQ and criteria call the values that they select one by one.</summary>
    private static bool IsScalar(string? alias) =>
        alias is not null && ((alias.StartsWith("col_", StringComparison.Ordinal) && alias[4..].All(IsNumbering)) || (alias.StartsWith('y') && alias[1..].All(IsNumbering)));

    private static bool IsNumbering(char letter) => char.IsAsciiDigit(letter) || letter == '_';

    private static IEnumerable<MappedLoad> All(ISessionFactoryImplementor factory) =>
    [
        .. factory.GetAllClassMetadata().Keys.Select(factory.GetEntityPersister).OfType<AbstractEntityPersister>().Select(MappedLoad.Of),
        .. factory.GetAllCollectionMetadata().Keys.Select(factory.GetCollectionPersister).OfType<AbstractCollectionPersister>().Select(MappedLoad.Of),
    ];

    /// <summary>How the mapping selects an entity or the elements of a collection. Thread-safe: immutable.</summary>
    /// <param name="Label">What it calls its first column, without the place in the query.</param>
    /// <param name="Least">Its SELECT under an alias and suffix, without lazy properties.</param>
    /// <param name="Most">The same with all of them.</param>
    /// <param name="Collection">Null for an entity.</param>
    private sealed record MappedLoad(string Label, Func<string, string, string> Least, Func<string, string, string> Most, AbstractCollectionPersister? Collection = null)
    {
        public static MappedLoad Of(AbstractEntityPersister entity)
        {
            return new MappedLoad(Folded(entity.GetIdentifierAliases("")[0]), (alias, suffix) => Sql(alias, suffix, false), (alias, suffix) => Sql(alias, suffix, true));

            string Sql(string alias, string suffix, bool all) =>
                $"select {entity.GetIdentifierSelectFragment(alias, suffix).ToSqlStringFragment(false)}{entity.GetPropertiesSelectFragment(alias, suffix, all).ToSqlStringFragment()} from {entity.FromTableFragment(alias)}";
        }

        public static MappedLoad Of(AbstractCollectionPersister collection)
        {
            return new MappedLoad(Folded(collection.GetKeyColumnAliases("")[0]), Sql, Sql, collection);

            string Sql(string alias, string suffix) => $"select {collection.GetSelectFragment(alias, suffix).ToSqlStringFragment(false)} from {collection.TableName} {alias}";
        }

        /// <summary>The items that must be there, those that may, and the table, all as parsed SQL prints them.</summary>
        public (string[] Required, string[] Possible, string From) For(string alias, string suffix)
        {
            var (least, from) = Parsed(Least(alias, suffix));
            return (least, Parsed(Most(alias, suffix)).Items, from);
        }

        private static string Folded(string label) => Parsed($"select 1 as {label} from t").Items[0]["1 as ".Length..];

        private static (string[] Items, string From) Parsed(string sql) =>
            SqlParser.Parse(sql).Statements is [QueryStatement { Query.Body: Select { From: [var from] } select }]
                ? ([.. select.Items.Select(item => item.ToString())], from.ToString()!)
                : ([""], "");
    }
}
