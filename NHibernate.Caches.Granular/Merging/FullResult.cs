using System.Collections;
using NHibernate.Cache.Entry;

namespace NHibernate.Caches.Granular.Merging;

/// <summary>The state of one entity as the SELECT of a result read it, disassembled. Thread-safe: immutable, and must not be changed.</summary>
/// <param name="Id">The identifier, disassembled.</param>
/// <param name="State">Class and properties. The version is among these.</param>
internal sealed record HeldEntity(object Id, CacheEntry State);

/// <summary>The elements of one fetched collection, disassembled. Thread-safe: immutable, and must not be changed.</summary>
/// <param name="Role">The collection's role.</param>
/// <param name="Key">Its key, disassembled.</param>
/// <param name="State">Its elements, and their indexes or identifiers.</param>
internal sealed record HeldCollection(string Role, object Key, CollectionCacheEntry State);

/// <summary>
/// A cached result that holds, beside the rows as NHibernate's query cache has them, the state of what they list. Thread-safe:
/// immutable, and must not be changed.
/// </summary>
/// <param name="rows">The rows.</param>
/// <param name="entities">Each entity once.</param>
/// <param name="collections">Each collection once.</param>
/// <param name="isUnproven">
/// Whether it came from SQL of the user's own, which may show other values than those of its rows: then it is right for this query, and no
/// old value of a change (I6).
/// </param>
internal sealed class FullResult(IList rows, ImmutableArray<HeldEntity> entities, ImmutableArray<HeldCollection> collections, bool isUnproven)
{
    public IList Rows => rows;

    public ImmutableArray<HeldEntity> Entities => entities;

    public ImmutableArray<HeldCollection> Collections => collections;

    public bool IsUnproven => isUnproven;

    /// <summary>Rows, classes with their entities, roles with their collections, and whether it is unproven: what it is written as.</summary>
    public object?[] Parts =>
    [
        rows,
        Grouped(entities, entity => entity.State.Subclass, entity => entity.Id, entity => entity.State.DisassembledState),
        Grouped(collections, collection => collection.Role, collection => collection.Key, collection => collection.State.State),
        isUnproven,
    ];

    /// <summary>The rows of a cached result, which holds states or does not.</summary>
    public static IList RowsOf(object payload) => payload is FullResult full ? full.Rows : (IList)payload;

    /// <summary>The result of which these are the <see cref="Parts"/>. What is not of their form throws.</summary>
    public static FullResult Of(object?[] parts) => new(
        (IList)parts[0]!,
        [.. Ungrouped((object?[])parts[1]!).Select(item => new HeldEntity(item.Key, new CacheEntry { Subclass = item.Name, DisassembledState = item.State }))],
        [.. Ungrouped((object?[])parts[2]!).Select(item => new HeldCollection(item.Name, item.Key, new CollectionCacheEntry { State = item.State }))],
        (bool)parts[3]!);

    // Name, keys, states; name, keys, states. Keys that are numbers take hardly more than their digits so.
    private static object?[] Grouped<T>(ImmutableArray<T> items, Func<T, string> name, Func<T, object> key, Func<T, object?[]> state) =>
        [.. items.GroupBy(name, StringComparer.Ordinal).SelectMany(group => new object?[] { group.Key, group.Select(key).ToArray(), group.Select(object (item) => state(item)).ToArray() })];

    private static IEnumerable<(string Name, object Key, object?[] State)> Ungrouped(object?[] groups)
    {
        for (var i = 0; i < groups.Length; i += 3)
        {
            var (name, keys, states) = ((string)groups[i]!, (object?[])groups[i + 1]!, (object?[])groups[i + 2]!);
            if (keys.Length != states.Length)
                throw new FormatException("Keys and states are not of one number.");
            for (var j = 0; j < keys.Length; j++)
                yield return (name, keys[j] ?? throw new FormatException("A key is missing."), (object?[])states[j]!);
        }
    }
}
