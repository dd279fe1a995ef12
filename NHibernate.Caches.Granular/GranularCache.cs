using System.Linq.Expressions;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Functions;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular;

/// <summary>
/// The granular cache of a session factory, for what NHibernate has no words for. Thread-safe.
/// </summary>
/// <remarks>
/// Invalidating is for changes that NHibernate did not make. It takes effect at once and for everybody who shares the cache, whatever
/// becomes of a current transaction, and also on results that are on their way into the cache. Without a session it concerns every
/// database that the factory has met, with one that session's. Where Redis is out of reach, <see cref="RedisOptions.FailurePolicy"/>
/// decides: strict throws, degrade makes up for it when the server is back.
/// </remarks>
public sealed class GranularCache
{
    private readonly FactoryScope _scope;
    private readonly UserInvalidation _invalidation;
    private readonly CachedFunctions _functions;

    internal GranularCache(FactoryScope scope)
    {
        (_scope, _invalidation, _functions) = (scope, new UserInvalidation(scope), new CachedFunctions(scope));
        scope.Observers.Sender = this;
    }

    /// <summary>
    /// A look-up was made: a query, entity or collection was found, or was not. Raised on the thread that reads, before it gets its answer. What a
    /// handler throws is logged. A query that bypasses the cache looks nothing up.
    /// </summary>
    public event EventHandler<CacheRead> Read
    {
        add => _scope.Observers.Read += value;
        remove => _scope.Observers.Read -= value;
    }

    /// <summary>
    /// Changes were invalidated by this session factory. Raised after they were published, on the thread that committed, which has not got its
    /// answer yet. What a handler throws is logged.
    /// </summary>
    public event EventHandler<CacheInvalidation> Invalidated
    {
        add => _scope.Observers.Invalidated += value;
        remove => _scope.Observers.Invalidated -= value;
    }

    /// <summary>
    /// The result of a function, from the cache if it is there, and dropped as soon as a committed change alters what it depends on. The
    /// function reads the database with this session, or with one that it opens itself. A null is a result like any other.
    /// </summary>
    /// <typeparam name="T">
    /// Values, or classes that <c>System.Text.Json</c> writes and reads again. Each caller gets objects of its own. No entities: they belong to
    /// their session.
    /// </typeparam>
    /// <param name="session">The session whose transaction, tenant, filters and cache mode count.</param>
    /// <param name="key">Tells this function from others, and its arguments from other arguments.</param>
    /// <param name="dependsOn">Names what the result depends on, which includes what is read of other cached functions.</param>
    /// <param name="factory">Computes the result. What it throws is thrown, and nothing is stored.</param>
    /// <param name="options">What else is asked of the cache.</param>
    /// <exception cref="ArgumentException">Nothing was named that it depends on, or what was named is not mapped; or the session is another factory's.</exception>
    /// <exception cref="NotSupportedException">Results of this type cannot be cached.</exception>
    /// <exception cref="InvalidOperationException">The query cache is off, or a query is not of this session.</exception>
    public T GetOrAdd<T>(ISession session, string key, Action<CacheDependencies> dependsOn, Func<T> factory, CachedFunctionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return _functions.GetOrAdd(Call(session, key, dependsOn, options), factory);
    }

    /// <inheritdoc cref="GetOrAdd{T}"/>
    public Task<T> GetOrAddAsync<T>(
        ISession session, string key, Action<CacheDependencies> dependsOn, Func<CancellationToken, Task<T>> factory, CachedFunctionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return _functions.GetOrAddAsync(Call(session, key, dependsOn, options), factory, cancellationToken);
    }

    /// <summary>
    /// Drops what is cached under a key of <see cref="GetOrAdd{T}"/>, for all types and filters, and for all nodes. Takes effect at once, whatever
    /// becomes of a current transaction.
    /// </summary>
    /// <param name="session">The session whose database and tenant count.</param>
    /// <param name="key">The key.</param>
    /// <param name="region">The region, if the function's options name one.</param>
    public void Remove(ISession session, string key, string? region = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(key);
        _functions.Remove(session.GetSessionImplementation(), key, region);
    }

    /// <summary>
    /// Whether anything is read from the cache or stored. Default: <see cref="GranularCacheOptions.Enabled"/>. While it is not, changes
    /// still invalidate, because others share the stamps. Switching it on forgets everything cached of the databases first, for
    /// everybody.
    /// </summary>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict: it stays off.</exception>
    public bool IsEnabled
    {
        get => _scope.IsEnabled;
        set => _scope.IsEnabled = value;
    }

    /// <summary>Whether nothing is stored, while what is there is read. Default false. Changes invalidate as ever.</summary>
    public bool IsReadOnly
    {
        get => _scope.IsReadOnly;
        set => _scope.IsReadOnly = value;
    }

    /// <summary>
    /// The row of an entity has changed, in any of its columns: drops the entity, its collections with tables of their own, and all
    /// results that its row may be in or may come into. What it holds in memory does not matter; where more is known of
    /// the row, <see cref="InvalidateWhere{T}"/> drops less.
    /// </summary>
    /// <param name="entity">An entity, attached or not, or a proxy, which is not loaded.</param>
    /// <param name="session">Names the database; null for all. Needed where sessions need a tenant, or all of its type goes.</param>
    /// <exception cref="MappingException">It is not mapped.</exception>
    /// <exception cref="ArgumentException">It was never saved.</exception>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict.</exception>
    public void Invalidate(object entity, ISession? session = null) => _invalidation.Run(session, _invalidation.OfEntity(entity, session));

    /// <inheritdoc cref="Invalidate(object, ISession)"/>
    public Task InvalidateAsync(object entity, ISession? session = null, CancellationToken cancellationToken = default) =>
        _invalidation.RunAsync(session, _invalidation.OfEntity(entity, session), cancellationToken);

    /// <summary>Any rows of a type have changed, and of what derives from it: drops all that reads their tables.</summary>
    /// <typeparam name="T">A mapped class, or a base class or interface of some.</typeparam>
    /// <param name="session">Names the database; null for all.</param>
    /// <exception cref="MappingException">Nothing of the type is mapped.</exception>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict.</exception>
    public void Invalidate<T>(ISession? session = null) => _invalidation.Run(session, _invalidation.OfType(typeof(T)));

    /// <summary>
    /// Rows have changed of which this is known: each of them satisfied the condition before, and satisfies it now. So that a row that
    /// went from category 5 to 6 is <c>post => post.Cat.Id == 5 || post.Cat.Id == 6</c>. Columns of which nothing is said may have had
    /// and may have any value.
    /// </summary>
    /// <typeparam name="T">A mapped class.</typeparam>
    /// <param name="condition">Compares properties with values by ==, joined by &amp;&amp; and ||. Of anything else any row may have changed.</param>
    /// <param name="session">Names the database; null for all. Needed where sessions need a tenant, or all of the type goes.</param>
    /// <exception cref="MappingException">Nothing of the type is mapped.</exception>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict.</exception>
    public void InvalidateWhere<T>(Expression<Func<T, bool>> condition, ISession? session = null) =>
        _invalidation.Run(session, RowCondition.Of(condition, _scope.Factory, _invalidation, session).ChangeIn);

    /// <inheritdoc cref="InvalidateWhere{T}"/>
    public Task InvalidateWhereAsync<T>(Expression<Func<T, bool>> condition, ISession? session = null, CancellationToken cancellationToken = default) =>
        _invalidation.RunAsync(session, RowCondition.Of(condition, _scope.Factory, _invalidation, session).ChangeIn, cancellationToken);

    /// <summary>
    /// Drops the cached result of a query with its present parameters, in the session's database, for every session factory and process;
    /// with it go other results that depend on the same rows only. The query is not executed.
    /// </summary>
    /// <param name="session">The query's session.</param>
    /// <param name="query">The query, cacheable or not. Of LINQ it is the list; <c>Count</c> and its like are queries of their own.</param>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict.</exception>
    public void Invalidate(ISession session, IQuery query) => Drop(session, QueryListing.Of(query));

    /// <inheritdoc cref="Invalidate(ISession, IQuery)"/>
    public void Invalidate(ISession session, ICriteria query) => Drop(session, QueryListing.Of(query));

    /// <inheritdoc cref="Invalidate(ISession, IQuery)"/>
    public void Invalidate<T>(ISession session, IQueryOver<T> query) => Drop(session, QueryListing.Of(query));

    /// <inheritdoc cref="Invalidate(ISession, IQuery)"/>
    public void Invalidate<T>(ISession session, IQueryable<T> query) => Drop(session, QueryListing.Of(query));

    /// <summary>Forgets everything cached of the databases, for all factories and processes that share the cache.</summary>
    /// <param name="session">Names the database; null for all that the factory has met.</param>
    /// <exception cref="Cache.CacheException">Redis is out of reach, and the policy is strict.</exception>
    public void InvalidateAll(ISession? session = null)
    {
        foreach (var database in _invalidation.DatabasesOf(session))
            database.Move(StampKey.Scope);
    }

    /// <summary>
    /// Until the returned object is disposed, and with nested ones the outermost, changes that this work flushes or executes invalidate
    /// nothing, also when their transaction commits later. Dangerous: results that they concern are stale until they expire. What was
    /// changed so is counted in a warning. Flows with <c>await</c> and into what is called, and to nobody else.
    /// </summary>
    public IDisposable SuspendInvalidation() => _scope.Suspensions.Begin();

    /// <summary>
    /// Until the returned object is disposed, and with nested ones the outermost, the transactions of this work are published together, when
    /// it ends. Nothing is stale meanwhile: what they change stays locked, and is asked of the database by everybody. For many small
    /// transactions: on Redis each waits for one round trip instead of two. What has waited for half a lease is published before. Flows with
    /// <c>await</c> and into what is called, and to nobody else.
    /// </summary>
    public IDisposable CoalesceInvalidation() => _scope.Coalescings.Begin();

    /// <summary>Whether the cache can be used now. A store outside of this process is asked.</summary>
    internal async ValueTask<(string Store, FailurePolicy? Policy, StoreHealth Health)> CheckAsync(CancellationToken cancellationToken)
    {
        var health = await _scope.Stores.CheckAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        return (_scope.Stores.Description, _scope.IsShared ? _scope.Options.Redis.FailurePolicy : null, health);
    }

    private void Drop(ISession session, System.Action query)
    {
        ArgumentNullException.ThrowIfNull(session);
        var watch = _invalidation.WatchOf(session);
        // Nothing is cached of a database that cannot be asked which one it is.
        if (watch.Scope is not { } database)
            return;
        foreach (var entry in FoundEntry.Find(session, watch, query))
        {
            foreach (var use in entry.ToMove)
                database.Move(use);
            if (entry.Plan.DependsOnEverything)
                database.Move(StampKey.AnyChange);
            database.Store.Remove(entry.Key);
        }
    }

    private static FunctionCall Call(ISession session, string key, Action<CacheDependencies> dependsOn, CachedFunctionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(dependsOn);
        return new FunctionCall(session.GetSessionImplementation(), key, named => dependsOn(new CacheDependencies(named)))
        {
            Region = options?.Region,
            Expiration = options?.Expiration,
            SingleFlight = options?.SingleFlight,
        };
    }
}
