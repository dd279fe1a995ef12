using System.Collections;
using System.Data.Common;
using NHibernate.Cache.Entry;
using NHibernate.Engine;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The entities that the next SELECT of a session hydrates, each with its state as it was read: not those that the session had before, nor
/// those that were loaded on the way by other SELECTs or from regions (I11). It is taken down before any listener or interceptor sees it,
/// so that they meet the same when it is used. Not thread-safe: belongs to one look-up that missed.
/// </summary>
/// <param name="session">The session that looked up. If it did so in the middle of a load, what that has hydrated is initialized too late to be meant.</param>
internal sealed class Hydration(ISessionImplementor session)
{
    private readonly Dictionary<object, CacheEntry?> _states = new(ReferenceEqualityComparer.Instance);
    private DbCommand? _command;

    /// <summary>The SELECT as it was sent; empty before, and of several that were sent as one.</summary>
    public string CommandText { get; private set; } = "";

    /// <summary>Whether the SELECT was the user's own, and may show other values than those of its rows.</summary>
    public bool IsUnproven { get; private set; }

    /// <summary>Whether the load that it waits for is over: nobody will ask any more.</summary>
    public bool IsOver => _command is not null && session.PersistenceContext.IsLoadFinished;

    /// <summary>A statement is about to be read. The first is the SELECT, or the batch it is in.</summary>
    public void Opened(DbCommand command, bool isBatch, bool isUnproven)
    {
        if (_command is null)
            (_command, CommandText, IsUnproven) = (command, isBatch ? "" : command.CommandText, isUnproven);
    }

    /// <summary>A statement has been read: what it hydrated is not initialized yet.</summary>
    public void Closed(DbCommand command)
    {
        if (!ReferenceEquals(command, _command))
            return;
        foreach (DictionaryEntry pair in session.PersistenceContext.EntityEntries)
        {
            if (pair.Value is EntityEntry { Status: Status.Loading })
                _states[pair.Key] = null;
        }
    }

    /// <summary>An entity has been read and is about to be initialized.</summary>
    public void Initializing(object entity, object[] state, IEntityPersister persister)
    {
        if (_states.ContainsKey(entity))
            _states[entity] = CacheEntry.Create(state, persister, null, session, entity);
    }

    /// <summary>The state of an entity that the SELECT hydrated; null of others.</summary>
    public CacheEntry? Find(object entity) => _states.GetValueOrDefault(entity);
}
