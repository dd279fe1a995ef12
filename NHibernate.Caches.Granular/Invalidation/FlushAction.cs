using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The entity update or delete that a flush is executing: whose row it is, and what the session remembers of the row. It explains
/// the statements on that row of the entity's own table, and no others (I4). Not thread-safe: lives within one session's flush.
/// </summary>
/// <param name="persister">The entity's persister.</param>
/// <param name="id">The identifier of the row.</param>
/// <param name="loadedState">Property values as the session loaded them.</param>
/// <param name="loadedAt">When they were loaded.</param>
/// <param name="session">The session that flushes.</param>
internal sealed class FlushAction(AbstractEntityPersister persister, object id, object?[] loadedState, LoadedAt loadedAt, ISessionImplementor session)
{
    /// <summary>Whether all properties live in one table, so that a property's columns are that table's.</summary>
    public static bool Explains(IEntityPersister persister) => persister is AbstractEntityPersister { IsMultiTable: false } single && single.QuerySpaces.Length == 1;

    /// <summary>How many changes the connection had made when the session loaded the row.</summary>
    public long ChangesBefore => loadedAt.Changes;

    /// <summary>
    /// What the session remembers of the row that <paramref name="change"/> concerns, or null when the change is not this row's.
    /// </summary>
    public LoadedState? StateFor(RowChange change, TableInfo table, ISchema schema)
    {
        if (table.RowShape is not { } rowShape || RowKeys.Of(change, table) is not { } key || key != KeyIn(table, rowShape))
            return null;
        // A statement that a listener sends meanwhile may concern a row of another table that has the same key.
        if (schema.FindSpace(persister.QuerySpaces[0])?.Id != table.Id)
            return null;
        return new LoadedState(ColumnValues(table), RowKeys.DependenciesOf(table.Id, rowShape, key), loadedAt.Sequence);
    }

    /// <summary>
    /// Whether the value may have been changed in memory and never written: NHibernate keeps the very object of the entity where the
    /// property is not updatable, and a component that was written need not have been written whole.
    /// </summary>
    private bool IsOfMemory(int property) =>
        persister.PropertyUpdateability[property]
            ? loadedAt.IsWritten && persister.PropertyTypes[property].IsComponentType
            : loadedAt.IsWritten || persister.PropertyTypes[property].IsMutable;

    private StampKey? KeyIn(TableInfo table, Shape rowShape)
    {
        var values = PropertyValues.Of(table, persister.IdentifierColumnNames, persister.IdentifierType, id, session);
        return RowKeys.Of(rowShape, values);
    }

    private ImmutableDictionary<string, ColumnValue> ColumnValues(TableInfo table)
    {
        var values = ImmutableDictionary.CreateBuilder<string, ColumnValue>(StringComparer.Ordinal);
        for (var i = 0; i < persister.PropertyTypes.Length; i++)
        {
            // Unfetched lazy properties are markers, not values.
            if (ReferenceEquals(loadedState[i], Intercept.LazyPropertyInitializer.UnfetchedProperty)
                || IsOfMemory(i)
                || !FaithfulTypes.Contains(persister.PropertyTypes[i], session.Factory))
                continue;
            foreach (var (column, value) in PropertyValues.Of(table, persister.GetPropertyColumnNames(i), persister.PropertyTypes[i], loadedState[i], session))
                values[column] = value;
        }
        return values.ToImmutable();
    }
}
