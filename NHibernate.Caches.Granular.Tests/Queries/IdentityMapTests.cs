using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>A hit in a session that has something of the rows already (I11), and rows that vanish under a hit.</summary>
public sealed class IdentityMapTests : BlogFixture
{
    private static IList<Post> Posts(ISession session) => session.CreateQuery("from Post p order by p.Id").SetCacheable(true).List<Post>();

    // A hit on it loads each comment.
    private static IQuery CommentQuery(ISession session) => session.CreateQuery("from Comment c order by c.Id").SetCacheable(true).SetCacheRegion("shallow");

    private static IList<Comment> Comments(ISession session) => CommentQuery(session).List<Comment>();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.UseGranularCache(options => options.Regions["shallow"] = new RegionOptions { Layout = ResultLayout.Shallow });
    }

    [Test]
    public void Instance_that_is_scheduled_for_deletion_is_listed_as_without_a_cache()
    {
        Ask(Posts);
        var cached = WithDeleted(CacheMode.Normal);
        Assert.That(cached, Is.EqualTo(WithDeleted(CacheMode.Ignore)));

        string WithDeleted(CacheMode mode)
        {
            using var session = Factory.OpenSession();
            session.FlushMode = FlushMode.Manual;
            session.CacheMode = mode;
            session.Delete(session.Get<Post>(3));
            return string.Join(",", Posts(session).Select(post => post.Id));
        }
    }

    [Test]
    public void Evicted_instance_is_made_again_and_does_not_disturb_the_new_one()
    {
        Ask(Posts);
        using var session = Factory.OpenSession();
        var old = session.Get<Post>(1);
        session.Evict(old);
        var listed = Posts(session)[0];
        Assert.That(listed, Is.Not.SameAs(old));
        Assert.That(session.Get<Post>(1), Is.SameAs(listed));
        Assert.That(() => session.Update(old), Throws.InstanceOf<NonUniqueObjectException>(), "as ever in NHibernate");
    }

    [Test]
    public void Proxy_that_is_there_is_what_a_hit_returns()
    {
        Ask(Posts);
        using var session = Factory.OpenSession();
        var proxy = session.Load<Post>(1);
        Assert.That(Posts(session)[0], Is.SameAs(proxy));
        Assert.That(NHibernateUtil.IsInitialized(proxy), Is.True);
    }

    [Test]
    public void Read_only_session_gets_read_only_instances_and_writes_none_of_them()
    {
        Ask(Posts);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.DefaultReadOnly = true;
            var post = Posts(session)[0];
            Assert.That(session.IsReadOnly(post), Is.True);
            post.Title = "not written";
            transaction.Commit();
        }
        Assert.That(Commit(session => session.Get<Post>(1).Title), Is.EqualTo("first"));
    }

    [Test]
    public void Dirty_instance_is_written_as_it_is_and_other_rows_of_the_hit_stay()
    {
        Ask(Posts);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.FlushMode = FlushMode.Commit;
            session.Get<Post>(1).Title = "mine";
            var hits = Statistics.QueryCacheHitCount;
            Assert.That(Posts(session).Select(post => post.Title), Is.EqualTo(new[] { "mine", "second", "third" }));
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1));
            transaction.Commit();
        }
        Assert.That(Ask(Posts).Result.Select(post => post.Title), Is.EqualTo(new[] { "mine", "second", "third" }));
    }

    [Test]
    public void Row_that_vanishes_between_the_hit_and_its_loading_makes_the_hit_a_miss()
    {
        Ask(Comments);
        using var session = Factory.WithOptions().Interceptor(new AtFirstStatement(() => Commit(other => other.CreateSQLQuery("delete from Comment where Id = 2").ExecuteUpdate()))).OpenSession();
        Assert.That(Comments(session).Select(comment => comment.Id), Is.EqualTo(new[] { 1 }));
        Assert.That(Ask(Comments).Result.Select(comment => comment.Id), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public async Task Row_that_vanishes_makes_an_asynchronous_hit_a_miss_too()
    {
        Ask(Comments);
        using var session = Factory.WithOptions().Interceptor(new AtFirstStatement(() => Commit(other => other.CreateSQLQuery("delete from Comment where Id = 2").ExecuteUpdate()))).OpenSession();
        var listed = await CommentQuery(session).ListAsync<Comment>();
        Assert.That(listed.Select(comment => comment.Id), Is.EqualTo(new[] { 1 }));
    }

    /// <summary>Lets something happen when a session prepares its first statement. Belongs to one session.</summary>
    private sealed class AtFirstStatement(System.Action what) : EmptyInterceptor
    {
        private System.Action? _what = what;

        public override SqlCommand.SqlString OnPrepareStatement(SqlCommand.SqlString sql)
        {
            var now = _what;
            _what = null;
            now?.Invoke();
            return sql;
        }
    }
}
