using System.Data.Common;
using NHibernate.AdoNet;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The entities that are being loaded by SQL which need not give the values of their rows: native SQL, named loaders, procedures may
/// compute, mask or exchange them. Such state is no old value of a change (I6) and does not enter a region (I12). Entities are found
/// when the reader is closed: NHibernate has hydrated them then, and initializes, caches and announces them afterwards. Loads of the
/// mapping's own cost nothing here. So is state that a session's own interceptor may change. Not thread-safe: belongs to one connection.
/// </summary>
/// <param name="manager">The connection.</param>
internal sealed class UnprovenLoads(ConnectionManager manager)
{
    // Every session has one of these, and few ever need these two.
    private HashSet<object>? _entities;

    // Commands that are being read, with the number of entities there were before.
    private Dictionary<DbCommand, int>? _open;
    private CacheMode? _withheld;

    private IEnumerable<IPersistenceContext> Contexts => manager.DependentSessions.Append(manager.Session).Select(session => session.PersistenceContext);

    /// <summary>Such a statement is about to be read.</summary>
    public void Opened(DbCommand command) => (_open ??= [])[command] = CountEntities();

    /// <summary>A statement has been read.</summary>
    /// <returns>Whether it may have loaded collections.</returns>
    public bool Closed(DbCommand command)
    {
        if (_open is null || !_open.Remove(command, out var before))
            return false;
        if (CountEntities() != before)
        {
            _entities ??= new HashSet<object>(ReferenceEqualityComparer.Instance);
            foreach (var context in Contexts)
                _entities.UnionWith(context.EntityEntries.Cast<System.Collections.DictionaryEntry>().Where(pair => ((EntityEntry)pair.Value!).Status == Status.Loading).Select(pair => pair.Key));
        }
        return Contexts.Any(context => context.LoadContexts.HasRegisteredLoadingCollectionEntries);
    }

    /// <summary>An entity was made from what such a statement has read before.</summary>
    public void Add(object entity) => (_entities ??= new HashSet<object>(ReferenceEqualityComparer.Instance)).Add(entity);

    /// <summary>NHibernate is about to initialize an entity and to put it into its region, which happens before <see cref="End"/>.</summary>
    /// <returns>Whether that put was prevented.</returns>
    public bool Begin(object entity, ISessionImplementor session)
    {
        if ((!Contains(entity) && !IsChangedBySession(session)) || !session.CacheMode.HasFlag(CacheMode.Put))
            return false;
        _withheld = session.CacheMode;
        session.CacheMode &= ~CacheMode.Put;
        return true;
    }

    /// <summary>An entity was loaded.</summary>
    /// <returns>Whether its values are those of its row, as far as is known here.</returns>
    public bool End(object entity, ISessionImplementor session)
    {
        Abandon(session);
        return !Contains(entity) || (_entities?.Remove(entity) != true && _open!.Count == 0);
    }

    /// <summary>What began to be initialized will not be announced: the session may put again.</summary>
    public void Abandon(ISessionImplementor session)
    {
        if (_withheld is { } mode)
            (session.CacheMode, _withheld) = (mode, null);
    }

    // What an interceptor of the factory's changes, it changes for everybody.
    private static bool IsChangedBySession(ISessionImplementor session) =>
        !ReferenceEquals(session.Interceptor, session.Factory.Interceptor) && Overriding.Has(session.Interceptor, nameof(IInterceptor.OnLoad));

    // Hydrated by what is still being read, for all that is known.
    private bool Contains(object entity) => _open is { Count: > 0 } || _entities?.Contains(entity) == true;

    private int CountEntities() => Contexts.Sum(context => context.EntityEntries.Count);
}
