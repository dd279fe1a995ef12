using NHibernate.Cache.Entry;
using NHibernate.Collection;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Merging;

/// <summary>
/// Gives a session the entities and collections that a cached result holds, as if it had loaded them from their regions; what it has
/// already stays as it is there (I11). Not thread-safe: merges one result into one session.
/// </summary>
internal sealed class StateMerger
{
    private readonly FullResult _result;
    private readonly IEventSource _session;
    private readonly IPersistenceContext _context;
    private readonly NewInstances _new;
    private readonly List<CacheEntry> _states = [];

    private StateMerger(FullResult result, IEventSource session) =>
        (_result, _session, _context, _new) = (result, session, session.PersistenceContext, new NewInstances(session));

    /// <summary>A stateless session has nothing that could be merged into; it takes the rows, and loads what they list.</summary>
    public static void Merge(FullResult result, QueryParameters parameters, ISessionImplementor session)
    {
        if (session is not IEventSource source)
            return;
        using (new ReadOnlyDefault(parameters, source.PersistenceContext))
            new StateMerger(result, source).Merge();
    }

    /// <inheritdoc cref="Merge(FullResult, QueryParameters, ISessionImplementor)"/>
    public static async Task MergeAsync(FullResult result, QueryParameters parameters, ISessionImplementor session, CancellationToken cancellationToken)
    {
        if (session is not IEventSource source)
            return;
        using (new ReadOnlyDefault(parameters, source.PersistenceContext))
            await new StateMerger(result, source).MergeAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Merge()
    {
        try
        {
            _context.BeforeLoad();
            try
            {
                Instantiate();
                foreach (var (instance, state) in _new.All.Zip(_states))
                    _new.Filled(instance, state.Assemble(instance.Entity, instance.Id, instance.Persister, _session.Interceptor, _session));
                foreach (var (collection, persister, owner, state) in NewCollections())
                {
                    state.Assemble(collection, persister, owner);
                    Initialized(collection);
                }
            }
            finally
            {
                _context.AfterLoad();
            }
            _context.InitializeNonLazyCollections();
        }
        catch
        {
            _new.Undo();
            throw;
        }
        _new.TellLoaded(areProven: !_result.IsUnproven);
    }

    private async Task MergeAsync(CancellationToken cancellationToken)
    {
        try
        {
            _context.BeforeLoad();
            try
            {
                Instantiate();
                foreach (var (instance, state) in _new.All.Zip(_states))
                    _new.Filled(instance, await state.AssembleAsync(instance.Entity, instance.Id, instance.Persister, _session.Interceptor, _session, cancellationToken).ConfigureAwait(false));
                foreach (var (collection, persister, owner, state) in NewCollections())
                {
                    await state.AssembleAsync(collection, persister, owner, cancellationToken).ConfigureAwait(false);
                    Initialized(collection);
                }
            }
            finally
            {
                _context.AfterLoad();
            }
            await _context.InitializeNonLazyCollectionsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _new.Undo();
            throw;
        }
        _new.TellLoaded(areProven: !_result.IsUnproven);
    }

    private void Instantiate()
    {
        foreach (var held in _result.Entities)
        {
            var persister = (AbstractEntityPersister)_session.Factory.GetEntityPersister(held.State.Subclass);
            var id = persister.IdentifierType.Assemble(held.Id, _session, null);
            if (_new.Add(_session.GenerateEntityKey(id, persister), id, persister) is not null)
                _states.Add(held.State);
        }
    }

    private IEnumerable<(IPersistentCollection Collection, ICollectionPersister Persister, object Owner, CollectionCacheEntry State)> NewCollections()
    {
        foreach (var held in _result.Collections)
        {
            var persister = _session.Factory.GetCollectionPersister(held.Role);
            var key = persister.KeyType.Assemble(held.Key, _session, null);
            if (_context.GetCollection(new CollectionKey(persister, key)) is { WasInitialized: false } collection)
                yield return (collection, persister, _context.GetCollectionOwner(key, persister), held.State);
        }
    }

    private void Initialized(IPersistentCollection collection)
    {
        _context.GetCollectionEntry(collection).PostInitialize(collection, _context);
        // What the session has added before stays added.
        if (collection.HasQueuedOperations)
            collection.ApplyQueuedOperations();
    }

    /// <summary>What a query says of read-only instances, while they are made. As NHibernate's query cache does it for what it loads.</summary>
    private readonly struct ReadOnlyDefault : IDisposable
    {
        private readonly IPersistenceContext _context;
        private readonly bool _before;

        public ReadOnlyDefault(QueryParameters parameters, IPersistenceContext context)
        {
            (_context, _before) = (context, context.DefaultReadOnly);
            if (parameters.IsReadOnlyInitialized)
                context.DefaultReadOnly = parameters.ReadOnly;
        }

        public void Dispose() => _context.DefaultReadOnly = _before;
    }
}
