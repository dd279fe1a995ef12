using System.Collections;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// What a session holds in memory. A function reads it as if it were the database's, and NHibernate answers from it; but it may have been
/// changed there, or have come from elsewhere. NHibernate's own check for changes cascades, and may insert; this one only looks. Thread-safe:
/// stateless.
/// </summary>
internal static class HeldState
{
    /// <summary>Whether the session holds anything that was loaded or made persistent.</summary>
    public static bool MayBeIn(ISessionImplementor session) => session.PersistenceContext is { EntityEntries.Count: > 0 } or { CollectionEntries.Count: > 0 };

    /// <summary>The tables of what was changed and not flushed, as the mapping names them.</summary>
    public static IEnumerable<string> TablesOfChanges(ISessionImplementor session)
    {
        foreach (var (entity, entry) in Entities(session))
        {
            if (!IsChanged(entity, entry, session))
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

    /// <summary>
    /// The tables of entities whose values need not be those of their rows at any time since the session opened: what was attached or is
    /// read-only, written or made up, or came from SQL of the user's own.
    /// </summary>
    public static IEnumerable<string> TablesOfUnknown(ISessionImplementor session, ConnectionWatch watch) =>
        Entities(session).Where(held => watch.LoadedAt(held.Entry.LoadedState) is not { IsWritten: false }).SelectMany(held => held.Entry.Persister.PropertySpaces);

    private static IEnumerable<(object Entity, EntityEntry Entry)> Entities(ISessionImplementor session)
    {
        foreach (DictionaryEntry pair in session.PersistenceContext.EntityEntries)
            yield return (pair.Key, (EntityEntry)pair.Value!);
    }

    private static bool IsChanged(object entity, EntityEntry entry, ISessionImplementor session)
    {
        if (!entry.ExistsInDatabase || entry.Status is Status.Deleted or Status.Gone or Status.Saving)
            return true;
        // Of what is read-only NHibernate keeps no state, and writes none.
        if (entry.Status != Status.Loaded)
            return false;
        if (entry.LoadedState is not { } loaded)
            return true;
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
