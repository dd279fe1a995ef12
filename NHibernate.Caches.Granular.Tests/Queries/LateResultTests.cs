using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Event;
using NHibernate.Event.Default;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>What commits between the steps of one cached query: after its SELECT, after its hit (I1, I2).</summary>
public sealed class LateResultTests : BlogFixture
{
    private static System.Action? s_beforeLoad;

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.EventListeners.LoadEventListeners = [new BeforeLoad(), new DefaultLoadEventListener()];
    }

    [Test]
    public void Result_read_before_a_commit_and_put_after_it_is_never_served([Values] bool isInTransaction, [Values(CacheMode.Normal, CacheMode.Put, CacheMode.Refresh)] CacheMode mode)
    {
        using (var session = Factory.WithOptions().Interceptor(new OnceLoaded(() => Commit(Rename))).OpenSession())
        using (isInTransaction ? session.BeginTransaction() : null)
        {
            session.CacheMode = mode;
            // The rows have arrived when the first becomes an entity; the result is put when all have.
            Assert.That(Named(session), Is.EqualTo("1"));
        }
        Assert.That(Ask(Named), Is.EqualTo(("1 2", false)));
    }

    [Test]
    public void Row_that_vanishes_between_a_hit_and_its_loading_makes_the_hit_a_miss([Values] bool isAsynchronous)
    {
        static IList<Tag> Tags(ISession session) => session.Query<Tag>().OrderBy(tag => tag.Id).WithOptions(o => o.SetCacheable(true)).ToList();
        static async Task<IList<Tag>> TagsAsync(ISession session) => await session.Query<Tag>().OrderBy(tag => tag.Id).WithOptions(o => o.SetCacheable(true)).ToListAsync();
        Ask(Tags);
        Factory.Evict(typeof(Tag));
        s_beforeLoad = () => Commit(session =>
        {
            session.CreateSQLQuery("delete from PostTag").ExecuteUpdate();
            session.CreateSQLQuery("delete from Tag where Id = 1").ExecuteUpdate();
        });

        using var session = Factory.OpenSession();
        var found = isAsynchronous ? TagsAsync(session).GetAwaiter().GetResult() : Tags(session);

        Assert.That(found.Select(tag => tag.Id), Is.EqualTo(new[] { 2 }));
        Assert.That(Ask(Tags).Result.Select(tag => tag.Id), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void Change_of_a_table_that_only_the_mapping_names_drops_the_result()
    {
        static long Count(ISession session) =>
            session.CreateSQLQuery("select count(*) as n from Cat").AddScalar("n", NHibernateUtil.Int64).AddSynchronizedEntityClass(typeof(Tag)).SetCacheable(true).UniqueResult<long>();
        Ask(Count);
        Assert.That(Ask(Count).WasHit, Is.True);
        Commit(session => session.Get<Tag>(1).Name = "other");
        Assert.That(Ask(Count).WasHit, Is.False);
    }

    private static string Named(ISession session) =>
        string.Join(' ', session.Query<Cat>().Where(cat => cat.Title == "A").OrderBy(cat => cat.Id).WithOptions(o => o.SetCacheable(true)).ToList().Select(cat => cat.Id));

    private static void Rename(ISession session) => session.CreateSQLQuery("update Cat set Title = 'A' where Id = 2").ExecuteUpdate();

    private sealed class OnceLoaded(System.Action act) : EmptyInterceptor
    {
        private System.Action? _act = act;

        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, Type.IType[] types)
        {
            Interlocked.Exchange(ref _act, null)?.Invoke();
            return false;
        }
    }

    private sealed class BeforeLoad : ILoadEventListener
    {
        public void OnLoad(LoadEvent @event, LoadType loadType) => Interlocked.Exchange(ref s_beforeLoad, null)?.Invoke();

        public Task OnLoadAsync(LoadEvent @event, LoadType loadType, CancellationToken cancellationToken)
        {
            OnLoad(@event, loadType);
            return Task.CompletedTask;
        }
    }
}
