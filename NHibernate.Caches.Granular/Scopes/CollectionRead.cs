using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// One collection in a SELECT that reads its elements, and whether all of them are read, each once, as the collection's own initializer
/// would: NHibernate takes what it reads for the whole collection, whatever the SELECT's conditions (I12). Not thread-safe: made for
/// one question.
/// </summary>
/// <param name="collection">The collection.</param>
/// <param name="alias">What its table is called.</param>
/// <param name="mapped">The mapping's tables.</param>
internal sealed class CollectionRead(AbstractCollectionPersister collection, string alias, MappedTables mapped)
{
    private readonly string[] _key = MappedTables.Folded(collection.KeyColumnNames);

    // The mapping's own conditions, none of which may be missing, and those of them that were not met yet.
    private readonly HashSet<string> _conditions = Conditions(collection, alias);
    private readonly HashSet<string> _missing = Conditions(collection, alias);

    // The collection's table and all that is joined to it: a condition on one of them may hide elements.
    private readonly HashSet<string> _below = new(StringComparer.Ordinal) { alias };

    // The mapping's own joins of its elements' tables, as parsed SQL prints them.
    private readonly HashSet<string> _ownJoins = collection.IsOneToMany ? MappedTables.JoinsOf(collection.ElementPersister, alias) : [];

    // Whether it holds an element as often as it is read. Of a type of the user's own nothing is known.
    private readonly bool _repeats =
        !collection.HasIndex && !(collection.CollectionType.ReturnedClass is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ISet<>));

    private string _root = "";

    /// <param name="query">The query.</param>
    /// <param name="select">Its body.</param>
    public bool IsWhole(Query query, Select select)
    {
        // Rows that are cut, merged or skipped; a type, order or condition that is not looked at here.
        if (query.IsLimited || query.LocksRows || select.IsLimited || !select.DistinctOn.IsEmpty || !select.GroupBy.IsEmpty || select.Having is not null
            || (select.IsDistinct && _repeats && !collection.IsOneToMany)
            || collection.GetManyToManyFilterFragment(alias, ImmutableDictionary<string, IFilter>.Empty).Length > 0
            || (select.From.Length > 1 && (_repeats || collection.HasOrdering)))
            return false;
        foreach (var from in select.From)
        {
            var joins = new Stack<Join>();
            var first = from;
            for (; first is Join join; first = join.Left)
                joins.Push(join);
            _root = MappedTables.NameOf(first);
            // The order of a fetch is the query's; and what does not show in its SQL may cut its rows.
            if (!IsPlain(first) || (_root != alias && (collection.HasOrdering || !mapped.RowsAreCutInSql)) || !joins.All(IsWhole))
                return false;
        }
        return Conjuncts(select.Where).All(MayRestrict) && _missing.Count == 0;
    }

    private bool IsWhole(Join join)
    {
        if (join is not { Kind: JoinKind.Inner or JoinKind.Left, IsNatural: false, Using.IsEmpty: true } || !IsPlain(join.Right))
            return false;
        var name = MappedTables.NameOf(join.Right);
        var on = Conjuncts(join.On).ToList();
        if (name == alias)
            return IsByKey([.. on.Where(condition => !IsOwn(condition))]);
        if (IsElementsTable(join, on))
            _ownJoins.UnionWith(MappedTables.JoinsOf(collection.ElementPersister, name));
        else if (!_ownJoins.Contains(MappedTables.Print(join)))
        {
            if (on.Any(Concerns) && (join.Kind == JoinKind.Inner || !on.All(condition => Equated(condition) is not null)))
                return false;
            if (_repeats && !mapped.IsOneRow(join.Right, on.Select(Equated).OfType<(ColumnReference, ColumnReference)>()))
                return false;
        }
        if (on.Any(Concerns))
            _below.Add(name);
        return true;
    }

    // What joins a collection to its owner: its whole key, and nothing else.
    private bool IsByKey(IReadOnlyCollection<Expression> on)
    {
        var owner = MappedTables.KeysOfOwner(collection);
        return on.Count == _key.Length && _key.All(column => on.Select(Equated).Any(pair => pair is var (left, right) && (IsKey(column, left, right) || IsKey(column, right, left))));

        // What is read from an owner that comes more than once is added each time.
        bool IsKey(string column, ColumnReference key, ColumnReference other) =>
            key.Path[^2] == alias && key.Path[^1] == column && other.Path[^2] != alias && owner.Contains(other.Path[^1]) && (!_repeats || other.Path[^2] == _root);
    }

    // From the link table to the table of the elements.
    private bool IsElementsTable(Join join, List<Expression> on)
    {
        if (!collection.IsManyToMany || collection.ElementPersister is not AbstractEntityPersister element || !MappedTables.IsTableOf(join.Right, element))
            return false;
        var name = MappedTables.NameOf(join.Right);
        var links = MappedTables.Folded(collection.ElementColumnNames).Select(column => $"{alias}.{column}");
        var keys = MappedTables.Folded(element.IdentifierColumnNames).Select(column => $"{name}.{column}");
        return on.Select(condition => condition.ToString()).ToHashSet().SetEquals(links.Zip(keys, (link, key) => $"{link} = {key}"));
    }

    // It hides all elements of a collection or none: it is about the owner, or about the key that tells the owner.
    private bool MayRestrict(Expression condition) =>
        IsOwn(condition) || Columns(condition).All(column => column.Path.Length > 1 && (!_below.Contains(column.Path[^2]) || (column.Path[^2] == alias && _key.Contains(column.Path[^1]))));

    private bool IsOwn(Expression condition)
    {
        _missing.Remove(condition.ToString()!);
        return _conditions.Contains(condition.ToString()!);
    }

    // A column without a table may be one of the collection's.
    private bool Concerns(Expression condition) => Columns(condition).Any(column => column.Path.Length < 2 || _below.Contains(column.Path[^2]));

    private static bool IsPlain(FromItem item) => item is TableReference { IsSampled: false } or DerivedTable { IsLateral: false };

    private static IEnumerable<ColumnReference> Columns(SqlNode node) => node.DescendantsAndSelf().OfType<ColumnReference>();

    private static (ColumnReference Left, ColumnReference Right)? Equated(Expression condition) =>
        condition is Comparison { Operator: "=", Left: ColumnReference { Path.Length: > 1 } left, Right: ColumnReference { Path.Length: > 1 } right } ? (left, right) : null;

    private static IEnumerable<Expression> Conjuncts(Expression? condition) => condition switch
    {
        null => [],
        And and => and.Operands.SelectMany(Conjuncts),
        _ => [condition],
    };

    private static HashSet<string> Conditions(AbstractCollectionPersister collection, string alias)
    {
        var fragment = collection.FilterFragment(alias, ImmutableDictionary<string, IFilter>.Empty);
        var select = MappedTables.Parsed($"select 1 from t where 1 = 1{fragment}");
        // What cannot be read is met by no query.
        return select is null ? [fragment] : [.. Conjuncts(select.Where).Skip(1).Select(condition => condition.ToString()!)];
    }
}
