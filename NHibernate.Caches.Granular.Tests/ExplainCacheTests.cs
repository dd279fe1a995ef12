using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests;

public sealed class ExplainCacheTests : BlogFixture
{
    [Test]
    public void Every_query_interface_can_be_explained()
    {
        Commit(session =>
        {
            var explanations = new[]
            {
                session.ExplainCache(session.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1)),
                session.ExplainCache(session.CreateSQLQuery("select * from Post where cat_id = :cat").AddEntity(typeof(Post)).SetInt32("cat", 1)),
                session.ExplainCache(session.CreateCriteria<Post>().Add(Restrictions.Eq("Cat.Id", 1))),
                session.ExplainCache(session.QueryOver<Post>().Where(post => post.Cat!.Id == 1)),
                session.ExplainCache(session.Query<Post>().Where(post => post.Cat!.Id == 1)),
            };
            foreach (var explanation in explanations)
            {
                Assert.That(explanation.IsCacheable, Is.True);
                Assert.That(explanation.Tables, Is.EqualTo(new[] { "public.post" }));
                Assert.That(explanation.Findings, Is.Empty);
                Assert.That(explanation.ToString(), Does.Contain("cat_id"));
            }
        });
    }

    [Test]
    public void Explaining_executes_and_flushes_nothing()
    {
        Commit(session =>
        {
            session.Save(new Post { Id = 50, Title = "not yet" });
            var before = Statistics.PrepareStatementCount;
            session.ExplainCache(session.Query<Post>());
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
            Assert.That(session.FlushMode, Is.EqualTo(FlushMode.Auto));
            Assert.That(session.Query<Post>().Count(), Is.EqualTo(4), "the session goes on as before");
        });
    }

    [Test]
    public void Query_of_a_session_that_may_not_use_the_cache_is_explained_and_not_executed()
    {
        using var session = Factory.OpenSession();
        session.CacheMode = CacheMode.Ignore;
        using var transaction = session.BeginTransaction(System.Data.IsolationLevel.Serializable);
        var before = Statistics.PrepareStatementCount;
        Assert.That(session.ExplainCache(session.Query<Post>()).Tables, Is.EqualTo(new[] { "public.post" }));
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
        Assert.That(session.CacheMode, Is.EqualTo(CacheMode.Ignore));
    }

    [Test]
    public void Query_that_depends_on_time_is_not_cacheable_and_says_why()
    {
        Commit(session =>
        {
            var explanation = session.ExplainCache(session.CreateSQLQuery("select * from Post where Published < now()").AddEntity(typeof(Post)));
            Assert.That(explanation.IsCacheable, Is.False);
            Assert.That(explanation.Findings, Has.Some.Contains("UnstableFunction"));
        });
    }

    [Test]
    public void Factory_without_the_granular_cache_is_told_so()
    {
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.CacheProvider, typeof(Cache.HashtableCacheProvider).AssemblyQualifiedName);
        using var factory = configuration.BuildSessionFactory();
        using var session = factory.OpenSession();
        Assert.That(() => session.ExplainCache(session.Query<Post>()), Throws.InvalidOperationException.With.Message.Contains("cache.provider_class"));
        Assert.That(() => factory.GranularCache(), Throws.InvalidOperationException.With.Message.Contains("cache.provider_class"));
    }
}
