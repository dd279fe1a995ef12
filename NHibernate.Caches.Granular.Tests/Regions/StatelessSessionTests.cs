using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>A stateless session reads nothing from the cache and puts nothing there, on either store; what it changes is told to everybody.</summary>
[TestFixture(false)]
[TestFixture(true)]
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class StatelessSessionTests(bool isShared) : NodesFixture
{
    private LocalRedisServer? _server;
    private RedisProxy? _proxy;
    private ISessionFactory _node = null!;

    private static readonly TestCaseData[] s_readings =
    [
        Reading("Get", session => session.Get<Post>(1).Title),
        Reading("Query of entities", session => session.Query<Post>().Where(post => post.Id == 1).Single().Title),
        Reading("Cacheable LINQ", session => session.Query<Post>().Where(post => post.Id == 1).WithOptions(o => o.SetCacheable(true)).Single().Title),
        Reading("Cacheable HQL", session => session.CreateQuery("select p.Title from Post p where p.Id = 1").SetCacheable(true).UniqueResult<string>()),
        Reading("Cacheable criteria", session => session.CreateCriteria<Post>().Add(Criterion.Restrictions.IdEq(1)).SetCacheable(true).UniqueResult<Post>().Title),
        Reading("Cacheable native SQL", session => session.CreateSQLQuery("select Title from Post where Id = 1").SetCacheable(true).UniqueResult<string>()),
        Reading("Fetched collection", session => session.CreateQuery("from Post p left join fetch p.Tags where p.Id = 1").SetCacheable(true).List<Post>()[0].Title),
        Reading("Fetched reference", session => session.CreateQuery("from Post p join fetch p.Cat where p.Id = 1").List<Post>()[0].Title),
    ];

    private static readonly TestCaseData[] s_changes =
    [
        Change("Insert", session => session.Insert(new Post { Id = 9, Title = "new", Slug = "new" })),
        Change("Update", session => session.Update(new Post { Id = 1, Title = "changed", Slug = "first", Price = 1 })),
        Change("Delete", session => session.Delete(new Post { Id = 3 })),
        Change("HQL", session => session.CreateQuery("update Post set Title = 'changed' where Id = 1").ExecuteUpdate()),
        Change("Native SQL", session => session.CreateSQLQuery("update Post set Title = 'changed' where Id = 1").ExecuteUpdate()),
    ];

    [SetUp]
    public async Task StartNode()
    {
        if (!isShared)
        {
            _node = Factory;
            return;
        }
        _server = await LocalRedisServer.StartAsync();
        _proxy = RedisProxy.Start(_server);
        _node = NewNode(_proxy.ConnectionString, ("cache.granular.redis_timeout", "20"));
    }

    [TearDown]
    public async Task StopServer()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        (_proxy, _server) = (null, null);
    }

    [TestCaseSource(nameof(s_readings))]
    public void Reading_asks_the_database_and_puts_nothing(Func<IStatelessSession, string> read)
    {
        Cache();
        _proxy?.Counter.Reset();
        _node.Statistics.Clear();
        for (var i = 0; i < 2; i++)
        {
            using var session = _node.OpenStatelessSession();
            using var transaction = session.BeginTransaction();
            Assert.That(read(session), Is.EqualTo("first"));
            transaction.Commit();
        }

        Assert.That(_node.Statistics.PrepareStatementCount, Is.EqualTo(2));
        Assert.That((_node.Statistics.SecondLevelCachePutCount, _node.Statistics.QueryCachePutCount), Is.EqualTo((0L, 0L)));
        Assert.That(_proxy?.Counter.Cost.Requests ?? [], Is.Empty, "nobody asks Redis");
    }

    [Test]
    public void State_that_is_read_uncommitted_reaches_nobody()
    {
        Cache();
        using (var session = _node.OpenStatelessSession())
        using (var transaction = session.BeginTransaction())
        {
            session.CreateSQLQuery("update Post set Title = 'never' where Id = 1").ExecuteUpdate();
            Assert.That(session.Get<Post>(1).Title, Is.EqualTo("never"));
            Assert.That(Titles().Answer[0], Is.EqualTo("first"));
            transaction.Rollback();
        }
        Assert.That(Titles(), Is.EqualTo((new[] { "first", "second", "third" }, 0L)), "and it costs no cached result");
    }

    [TestCaseSource(nameof(s_changes))]
    public void Change_is_seen_by_everybody_when_it_is_committed(Action<IStatelessSession> change)
    {
        Cache();
        using (var session = _node.OpenStatelessSession())
        using (var transaction = session.BeginTransaction())
        {
            change(session);
            transaction.Commit();
        }
        var expected = Run(_node, session =>
        {
            session.CacheMode = CacheMode.Ignore;
            return Titles(session);
        });

        Assert.That(Titles().Answer, Is.EqualTo(expected).And.Not.EqualTo(new[] { "first", "second", "third" }));
    }

    [Test]
    public void Refresh_makes_everybody_read_the_row_again()
    {
        Cache();
        using (var session = _node.OpenStatelessSession())
        {
            var post = session.Get<Post>(1);
            session.Refresh(post);
        }
        Assert.That(Titles(), Is.EqualTo((new[] { "first", "second", "third" }, 1L)));
    }

    [Test]
    public void Query_cannot_be_given_a_cache_mode()
    {
        using var session = _node.OpenStatelessSession();
        Assert.That(() => session.CreateQuery("from Post").SetCacheable(true).SetCacheMode(CacheMode.Normal).List<Post>(), Throws.InstanceOf<NotSupportedException>());
    }

    private static TestCaseData Reading(string name, Func<IStatelessSession, string> read) => new TestCaseData(read).SetArgDisplayNames(name);

    private static TestCaseData Change(string name, Action<IStatelessSession> change) => new TestCaseData(change).SetArgDisplayNames(name);

    private static List<string> Titles(ISession session) =>
        [.. session.Query<Post>().OrderBy(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList().Select(post => post.Title)];

    private (List<string> Answer, long Statements) Titles()
    {
        var before = _node.Statistics.PrepareStatementCount;
        return (Run(_node, Titles), _node.Statistics.PrepareStatementCount - before);
    }

    private void Cache()
    {
        for (var i = 0; i < 3; i++)
        {
            Titles();
            Thread.Sleep(isShared ? 20 : 0);
        }
        Assert.That(Titles().Statements, Is.Zero, "the scene needs cached results");
    }
}
