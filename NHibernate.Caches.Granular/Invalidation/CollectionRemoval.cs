using System.Collections;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Collection;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The rows that a one-shot delete of a collection removes, if the collection is still what the session loaded. Thread-safe:
/// immutable.
/// </summary>
/// <param name="Rows">One delete per element.</param>
/// <param name="State">What must not have changed since: every row of the collection's key.</param>
internal sealed record RemovedRows(ImmutableArray<RowChange> Rows, LoadedState State);

/// <summary>
/// The collection that a flush may be removing with one statement, and its elements as the session loaded them (I6).
/// Not thread-safe: lives within one session's flush.
/// </summary>
/// <param name="persister">The collection's persister.</param>
/// <param name="key">Its key.</param>
/// <param name="snapshot">Its elements as they were loaded.</param>
/// <param name="loadedAt">When they were loaded.</param>
/// <param name="session">The session that flushes.</param>
internal sealed class CollectionRemoval(IQueryableCollection persister, object key, object snapshot, LoadedAt loadedAt, ISessionImplementor session)
{
    /// <summary>How many changes the connection had made when the session loaded the collection.</summary>
    public long ChangesBefore => loadedAt.Changes;

    /// <summary>The collection's table, as the mapping names it.</summary>
    public string Table => persister.TableName;

    /// <summary>Whether the collection has a table of rows of its own, each of which the snapshot shows.</summary>
    public static bool Explains(ICollectionPersister persister) => persister is IQueryableCollection { IsOneToMany: false };

    /// <summary>Null when the change is not the removal of all rows of this collection's key.</summary>
    public RemovedRows? RowsOf(RowChange change, TableInfo table)
    {
        if (change.Kind != ChangeKind.Delete)
            return null;
        var owner = PropertyValues.Of(table, persister.KeyColumnNames, persister.KeyType, key, session).ToImmutableDictionary(StringComparer.Ordinal);
        if (owner.Count != persister.KeyColumnNames.Length || change.Old.Count != owner.Count || !owner.All(change.Old.Contains))
            return null;
        var shape = new Shape(table.Id, owner.Keys, ColumnSet.All);
        var ofOwner = shape.Conjunction([.. shape.EqualityColumns.Select(column => owner[column])]);
        var state = new LoadedState(owner, RowKeys.DependenciesOf(table.Id, shape, ofOwner), loadedAt.Sequence);
        var elements = snapshot is IDictionary map ? map.Values : (IEnumerable)snapshot;
        var isKnown = FaithfulTypes.Contains(persister.ElementType, session.Factory);
        return new RemovedRows([.. elements.Cast<object?>().Select(Row)], state);

        RowChange Row(object? element) =>
            RowChange.Delete(table.Id, !isKnown ? owner : owner.SetItems(PropertyValues.Of(table, persister.ElementColumnNames, persister.ElementType, element, session)));
    }
}
