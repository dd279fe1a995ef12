using System.Collections;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>The collections that a cached result says were fetched. Thread-safe: stateless.</summary>
internal static class FetchedCollections
{
    /// <summary>
    /// The rows without those collections that the session has the owner of and not the collection: it was saved with none. NHibernate's query
    /// cache looks for it in vain; its loader leaves it alone.
    /// </summary>
    /// <param name="rows">As NHibernate caches them, which are not changed.</param>
    /// <param name="types">What a row consists of; null: no collections.</param>
    /// <param name="session">The session that gets them.</param>
    public static IList Reachable(IList rows, ICacheAssembler[]? types, ISessionImplementor session)
    {
        if (types is null || !Array.Exists(types, static type => type is CollectionType))
            return rows;
        List<object?>? reachable = null;
        // Before the rows stands what NHibernate notes of the result.
        for (var i = 1; i < rows.Count; i++)
        {
            if (rows[i] is not object?[] row || !HasUnreachable(row, types, session))
                continue;
            reachable ??= [.. rows.Cast<object?>()];
            reachable[i] = row.Select((value, j) => IsUnreachable(value, types[j], session) ? null : value).ToArray();
        }
        return reachable ?? rows;
    }

    private static bool HasUnreachable(object?[] row, ICacheAssembler[] types, ISessionImplementor session)
    {
        for (var i = 0; i < types.Length; i++)
        {
            if (IsUnreachable(row[i], types[i], session))
                return true;
        }
        return false;
    }

    private static bool IsUnreachable(object? value, ICacheAssembler type, ISessionImplementor session)
    {
        if (value is null || type is not CollectionType collection)
            return false;
        var persister = session.Factory.GetCollectionPersister(collection.Role);
        var key = persister.KeyType.Assemble(value, session, null);
        return session.PersistenceContext.GetCollection(new CollectionKey(persister, key)) is null && session.PersistenceContext.GetCollectionOwner(key, persister) is not null;
    }
}
