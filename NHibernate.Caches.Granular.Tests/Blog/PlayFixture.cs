using NHibernate.Cfg;
using NHibernate.Event;
using NHibernate.Linq;
using NHibernate.SqlCommand;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Tests.Blog;

/// <summary>
/// What interleavings are played with: several sessions on one thread, and steps of others at the points inside NHibernate where
/// only code of its user's can stand. Nothing waits for time to pass.
/// </summary>
public abstract class PlayFixture : BlogFixture
{
    /// <summary>Listeners of the fixture's factory; every test starts without any.</summary>
    protected UserListeners Listeners { get; } = new();

    [SetUp]
    public void ClearListeners() => Listeners.Clear();

    protected override void Configure(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        base.Configure(configuration);
        Listeners.Register(configuration);
    }

    protected static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    protected static string[] Titles(ISession session, int cat) =>
        [.. session.Query<Post>().Where(post => post.Cat!.Id == cat).OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true))];

    /// <summary>A query of entities, so that listeners hear of its rows.</summary>
    protected static int[] Ids(ISession session, int cat) =>
        [.. session.CreateQuery("from Post where Cat.Id = :cat order by Id").SetInt32("cat", cat).SetCacheable(true).List<Post>().Select(post => post.Id)];

    protected static string[] First(ISession session) => Titles(session, 1);

    protected static void Add(ISession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        session.Save(new Post { Id = 10, Title = "ten", Cat = session.Load<Cat>(1) });
    }

    protected static int Execute(ISession session, string sql) => session.CreateSQLQuery(sql).ExecuteUpdate();

    /// <summary>The answer without any cache.</summary>
    protected T Database<T>(Func<ISession, T> query) => Commit(session =>
    {
        session.CacheMode = CacheMode.Ignore;
        return query(session);
    });

    /// <summary>That the query is answered as the database answers it, now and from what was stored then.</summary>
    protected void AssertFresh<T>(Func<ISession, T> query)
    {
        var truth = Database(query);
        Assert.That(Ask(query).Result, Is.EqualTo(truth), "the first answer is the database's");
        Assert.That(Ask(query).Result, Is.EqualTo(truth), "the second is too");
    }

    /// <summary>Has the answer in the cache.</summary>
    protected void Cache<T>(Func<ISession, T> query)
    {
        Ask(query);
        Assert.That(Ask(query).WasHit, Is.True, "it is cached before the play begins");
    }

    /// <summary>What the cache says while something is going on: never a hit.</summary>
    protected void AssertHidden<T>(Func<ISession, T> query) => Assert.That(Ask(query).WasHit, Is.False, "hidden: its change may be committed already");

    protected ISession OpenWith(UserInterceptor interceptor) => Factory.WithOptions().Interceptor(interceptor).OpenSession();
}

/// <summary>A user's interceptor, whose steps run once each. What is null does nothing. Not thread-safe.</summary>
public sealed class UserInterceptor : EmptyInterceptor
{
    /// <summary>Between the cache's answer and the SELECT.</summary>
    public System.Action? Prepared { get; set; }

    /// <summary>Before the transaction commits, and before the synchronizations hear of it.</summary>
    public System.Action? Completing { get; set; }

    /// <summary>After COMMIT, and before anything is published.</summary>
    public System.Action? Completed { get; set; }

    public System.Action? Flushed { get; set; }

    public override SqlString OnPrepareStatement(SqlString sql)
    {
        var step = Prepared;
        Prepared = null;
        step?.Invoke();
        return sql;
    }

    public override void BeforeTransactionCompletion(ITransaction? tx)
    {
        var step = Completing;
        Completing = null;
        step?.Invoke();
    }

    public override void AfterTransactionCompletion(ITransaction? tx)
    {
        var step = tx is null ? null : Completed;
        Completed = step is null ? Completed : null;
        step?.Invoke();
    }

    public override void PostFlush(System.Collections.ICollection entities)
    {
        var step = Flushed;
        Flushed = null;
        step?.Invoke();
    }
}

/// <summary>A user's listeners, after the cache's own. What is null does nothing. Not thread-safe: one test at a time.</summary>
public sealed class UserListeners : IPreUpdateEventListener, IPostLoadEventListener, IPostUpdateEventListener
{
    public System.Action<ISession>? Updating { get; set; }

    /// <summary>Between the SELECT and the put.</summary>
    public System.Action<ISession>? Loaded { get; set; }

    /// <summary>After COMMIT, and before anything is published.</summary>
    public System.Action<ISession>? Committed { get; set; }

    public void Clear() => (Updating, Loaded, Committed) = (null, null, null);

    public void Register(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var listeners = configuration.EventListeners;
        listeners.PreUpdateEventListeners = [.. listeners.PreUpdateEventListeners, this];
        listeners.PostLoadEventListeners = [.. listeners.PostLoadEventListeners, this];
        listeners.PostCommitUpdateEventListeners = [.. listeners.PostCommitUpdateEventListeners, this];
    }

    public bool OnPreUpdate(PreUpdateEvent @event)
    {
        var step = Updating;
        Updating = null;
        step?.Invoke(@event.Session);
        return false;
    }

    public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreUpdate(@event));

    public void OnPostLoad(PostLoadEvent @event)
    {
        var step = Loaded;
        Loaded = null;
        step?.Invoke(@event.Session);
    }

    public void OnPostUpdate(PostUpdateEvent @event)
    {
        var step = Committed;
        Committed = null;
        step?.Invoke(@event.Session);
    }

    public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken)
    {
        OnPostUpdate(@event);
        return Task.CompletedTask;
    }
}

/// <summary>A step between the flush and COMMIT; of those registered, the last is the last that NHibernate calls before COMMIT.</summary>
public sealed class Synchronization(System.Action? before = null, System.Action? after = null) : ITransactionCompletionSynchronization
{
    public void ExecuteBeforeTransactionCompletion() => before?.Invoke();

    public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
    {
        before?.Invoke();
        return Task.CompletedTask;
    }

    public void ExecuteAfterTransactionCompletion(bool success) => after?.Invoke();

    public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken)
    {
        after?.Invoke();
        return Task.CompletedTask;
    }
}
