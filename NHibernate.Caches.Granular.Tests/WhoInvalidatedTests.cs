using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>What an explanation says of the state of a query's entry, in this process.</summary>
public sealed class WhoInvalidatedTests : WhoInvalidated
{
    [Test]
    public void Region_that_was_cleared_is_told_as_everything()
    {
        Cache(1);
        Factory.EvictQueries("NHibernate.Cache.StandardQueryCache");
        var explanation = Explain(1);
        Assert.That(explanation.MissReason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(explanation.InvalidatedBy!.Changes, Is.Empty);
    }

    [Test]
    public void Session_that_bypasses_the_cache_is_told_so()
    {
        Cache(1);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(System.Data.IsolationLevel.Serializable);
        Assert.That(session.ExplainCache(Query(session, 1)).ToString(), Does.Contain("the session bypasses the cache now: Serializable").And.Contain("cached, stored"));
    }

    [Test]
    public void Uncommitted_change_of_the_session_itself_is_told()
    {
        Commit(session =>
        {
            session.Save(new Post { Id = 40, Cat = session.Load<Cat>(1) });
            session.Flush();
            Assert.That(session.ExplainCache(Query(session, 1)).ToString(), Does.Contain("the session bypasses the cache now: OwnWrites"));
        });
    }

    [Test]
    public void Explaining_is_no_look_up()
    {
        Factory.GranularCache().Read += (_, _) => Assert.Fail("nothing was looked up");
        Assert.That(Explain(1).MissReason, Is.EqualTo(MissReason.NotFound));
        Assert.That(Statistics.QueryCacheMissCount, Is.Zero);
    }
}

/// <summary>The same where the cache is on Redis.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class WhoInvalidatedOnRedisTests : WhoInvalidated
{
    protected override void Configure(Cfg.Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        base.Configure(configuration);
        configuration.SetProperty("cache.configuration", TestRedis.ConnectionString);
        configuration.SetProperty("cache.key_prefix", TestRedis.SharedPrefix);
        configuration.SetProperty("cache.granular.redis_timeout", "20");
    }

    [Test]
    public void Sliding_expiration_is_told_and_not_renewed()
    {
        var configuration = Configure();
        configuration.SetProperty("cache.use_sliding_expiration", "true");
        configuration.SetProperty("cache.environment_name", "sliding");
        using var factory = configuration.BuildSessionFactory();
        using var session = factory.OpenSession();
        Query(session, 1).SetCacheable(true).List();
        Assert.That(() => session.ExplainCache(Query(session, 1)).MissReason, Is.EqualTo(MissReason.None).After(20_000, 20), "its put has arrived");

        var (first, second) = (session.ExplainCache(Query(session, 1)), session.ExplainCache(Query(session, 1)));

        Assert.That(first.TimeLeft, Is.InRange(TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300)));
        Assert.That(second.TimeLeft, Is.LessThanOrEqualTo(first.TimeLeft!.Value));
        Assert.That(first.Age, Is.InRange(TimeSpan.Zero, TimeSpan.FromSeconds(60)));
    }
}

/// <summary>What both stores tell of a query's entry.</summary>
public abstract class WhoInvalidated : BlogFixture
{
    protected override bool NeedsFactoryPerTest => true;

    private protected static IQuery Query(ISession session, int cat) => session.CreateQuery("select p.Title from Post p where p.Cat.Id = :cat").SetInt32("cat", cat);

    private protected Explanation Explain(int cat)
    {
        using var session = Factory.OpenSession();
        return session.ExplainCache(Query(session, cat));
    }

    private protected void Cache(int cat)
    {
        Commit(session => Query(session, cat).SetCacheable(true).List<string>());
        Assert.That(() => Explain(cat).MissReason, Is.EqualTo(MissReason.None).After(20_000, 20), "its put has arrived");
    }

    [Test]
    public void Entry_that_is_there_is_told_with_its_age_and_the_time_it_has_left()
    {
        Assert.That(Explain(1).MissReason, Is.EqualTo(MissReason.NotFound));
        Cache(1);
        var explanation = Explain(1);
        Assert.That(explanation.Age, Is.InRange(TimeSpan.Zero, TimeSpan.FromSeconds(60)));
        Assert.That(explanation.TimeLeft, Is.InRange(TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300)));
        Assert.That(explanation.InvalidatedBy, Is.Null);
        Assert.That(explanation.ToString(), Does.Contain("cached, stored").And.Contain("for another"));
    }

    [Test]
    public void Who_invalidated_my_query_is_told_with_table_kind_and_the_columns_that_matched()
    {
        Cache(1);
        Cache(2);
        Commit(session => session.Save(new Comment { Id = 40, Text = "another table" }));
        Commit(session => session.Save(new Post { Id = 40, Title = "new", Cat = session.Load<Cat>(1) }));

        var explanation = Explain(1);
        Assert.That(explanation.MissReason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(explanation.InvalidatedBy!.ToString(), Is.EqualTo("insert into public.post"));
        Assert.That(explanation.MatchedColumns, Is.EqualTo(new[] { "cat_id" }));
        Assert.That(explanation.ToString(), Does.Contain("invalidated by this process: insert into public.post, with the query's value of cat_id, at 20"));
        Assert.That(Explain(2).MissReason, Is.EqualTo(MissReason.None), "another value");
    }

    [Test]
    public void First_change_that_invalidated_is_told_and_one_from_before_the_query_is_not()
    {
        Commit(session => session.Save(new Post { Id = 41, Title = "before", Cat = session.Load<Cat>(1) }));
        Cache(1);
        Commit(session => session.CreateSQLQuery("delete from Post where Id = 41 and cat_id = 1").ExecuteUpdate());
        Commit(session => session.Save(new Post { Id = 42, Title = "later", Cat = session.Load<Cat>(1) }));
        Assert.That(Explain(1).InvalidatedBy!.ToString(), Is.EqualTo("delete from public.post"));
    }

    [Test]
    public void Of_a_transaction_that_changed_more_the_change_that_mattered_is_told_first()
    {
        Cache(1);
        Commit(session =>
        {
            session.Save(new Comment { Id = 43, Text = "another table" });
            session.CreateQuery("update Post set Title = 'x' where Id = 1").ExecuteUpdate();
        });
        var explanation = Explain(1);
        Assert.That(explanation.InvalidatedBy!.Changes, Has.Count.EqualTo(2));
        Assert.That(explanation.MatchedColumns, Is.Empty, "the statement does not say which category the row is in");
        Assert.That(explanation.ToString(), Does.Contain("invalidated by this process: update of public.post (title), at 20"));
    }

    [Test]
    public void Invalidation_of_everything_is_told()
    {
        Cache(1);
        Factory.GranularCache().InvalidateAll();
        Assert.That(Explain(1).InvalidatedBy!.Changes, Is.Empty);
    }

    [Test]
    public void Change_of_another_process_is_not_taken_for_one_of_this()
    {
        Cache(1);
        using (var session = Factory.OpenSession())
            StatementWitness.WatchOf(session.GetSessionImplementation())!.Scope!.Store.Move(StampKey.Table(new TableId("public.post")));
        // This one came too late.
        Commit(session => session.CreateQuery("update Comment set Text = 'x'").ExecuteUpdate());

        var explanation = Explain(1);
        Assert.That((explanation.MissReason, explanation.InvalidatedBy), Is.EqualTo((MissReason.Invalidated, (CacheInvalidation?)null)));
        Assert.That(explanation.ToString(), Does.Contain("invalidated by what this process does not remember"));
    }

    [Test]
    public void Change_is_forgotten_after_as_many_others_as_are_remembered()
    {
        Cache(1);
        Commit(session => session.Save(new Post { Id = 44, Cat = session.Load<Cat>(1) }));
        Assert.That(Explain(1).InvalidatedBy, Is.Not.Null);
        using (var session = Factory.OpenSession())
        {
            var scope = StatementWitness.WatchOf(session.GetSessionImplementation())!.Scope!;
            for (var i = 0; i < RecentChanges.Capacity; i++)
                scope.Move(StampKey.Region("another"));
        }
        Assert.That(Explain(1).InvalidatedBy, Is.Null);
    }
}
