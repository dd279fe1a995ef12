using System.Collections;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// What a session has changed in memory and not flushed: a function that reads it sees what nobody else may. NHibernate's own check cascades,
/// and may insert; this one only looks. Thread-safe: stateless.
/// </summary>
internal static class UnflushedChanges
{
    /// <summary>Whether the session holds anything that was loaded or made persistent.</summary>
    public static bool MayBeIn(ISessionImplementor session) => session.PersistenceContext is { EntityEntries.Count: > 0 } or { CollectionEntries.Count: > 0 };

    /// <summary>The tables of what has changed, as the mapping names them.</summary>
    public static IEnumerable<string> TablesOf(ISessionImplementor session)
    {
        foreach (DictionaryEntry pair in session.PersistenceContext.EntityEntries)
        {
            var entry = (EntityEntry)pair.Value!;
            if (!IsChanged(pair.Key, entry, session))
                continue;
            foreach (var table in entry.Persister.PropertySpaces)
                yield return table;
        }
        foreach (DictionaryEntry pair in session.PersistenceContext.CollectionEntries)
        {
            var (collection, entry) = ((IPersistentCollection)pair.Key, (CollectionEntry)pair.Value!);
            if (entry.LoadedPersister is not { } persister || !IsChanged(collection, entry))
                continue;
            foreach (var table in persister.CollectionSpaces.Cast<string>())
                yield return table;
        }
    }

    private static bool IsChanged(object entity, EntityEntry entry, ISessionImplementor session)
    {
        if (!entry.ExistsInDatabase || entry.Status is Status.Deleted or Status.Gone or Status.Saving)
            return true;
        // Of what is read-only NHibernate keeps no state, and writes none.
        if (entry.LoadedState is not { } loaded || entry.Status != Status.Loaded)
            return false;
        var current = entry.Persister.GetPropertyValues(entity);
        return entry.Persister.FindDirty(current, loaded, entity, session) is not null || ReplacesCollection(entry, current, session);
    }

    /// <summary>Whether another collection stands where the loaded one did, which is no change of the entity itself.</summary>
    private static bool ReplacesCollection(EntityEntry entry, object?[] current, ISessionImplementor session)
    {
        for (var i = 0; i < current.Length; i++)
        {
            if (entry.Persister.PropertyTypes[i] is CollectionType && !ReferenceEquals(current[i], entry.LoadedState[i]) && current[i] is not null && session.PersistenceContext.GetCollectionEntryOrNull(current[i]) is null)
                return true;
        }
        return false;
    }

    private static bool IsChanged(IPersistentCollection collection, CollectionEntry entry) =>
        collection.IsDirty || collection.HasQueuedOperations
        || (collection.WasInitialized && entry.Snapshot is not null && entry.LoadedPersister.IsMutable && !collection.EqualsSnapshot(entry.LoadedPersister));
}
