using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>The switches of a running factory: off, read-only, and a session's own.</summary>
public sealed class SwitchTests : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    private GranularCache Control => Factory.GranularCache();

    private static string Title(ISession session) => session.Query<Post>().Where(post => post.Id == 1).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();

    [Test]
    public void Off_entities_and_collections_are_neither_read_nor_stored()
    {
        Commit(session => NHibernateUtil.Initialize(session.Get<Cat>(1).Posts));
        Control.IsEnabled = false;
        var (hits, puts) = (Statistics.SecondLevelCacheHitCount, Statistics.SecondLevelCachePutCount);
        Elsewhere("update Cat set Title = 'changed'");

        Commit(session =>
        {
            Assert.That(session.Get<Cat>(1).Title, Is.EqualTo("changed"));
            Assert.That(session.Get<Cat>(1).Posts, Has.Count.EqualTo(2));
        });

        Assert.That(Statistics.SecondLevelCacheHitCount, Is.EqualTo(hits));
        Control.IsEnabled = true;
        Commit(session => session.Get<Cat>(1));
        Assert.That(Statistics.SecondLevelCacheHitCount, Is.EqualTo(hits), "nothing was stored meanwhile");
        Assert.That(puts, Is.GreaterThan(0));
    }

    [Test]
    public void Off_changes_are_told_to_other_factories_on_the_database()
    {
        using var other = OtherFactory();
        Assert.That((AskOf(other), AskOf(other)), Is.EqualTo((("first", false), ("first", true))));
        Control.IsEnabled = false;

        Commit(session => session.Get<Post>(1).Title = "changed");

        Assert.That(AskOf(other), Is.EqualTo(("changed", false)));
    }

    [Test]
    public void On_again_nothing_of_before_is_used()
    {
        Cache(Title);
        Control.IsEnabled = false;
        Elsewhere("update Post set Title = 'changed' where Id = 1");
        Control.IsEnabled = true;
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
        Assert.That(Ask(Title).WasHit, Is.True);
    }

    [Test]
    public void On_again_a_result_on_its_way_is_not_used()
    {
        using (var reader = OpenWith(new UserInterceptor
        {
            Prepared = () =>
            {
                Control.IsEnabled = false;
                Control.IsEnabled = true;
            },
        }))
            Title(reader);
        Assert.That(Ask(Title).WasHit, Is.False);
    }

    [Test]
    public void On_when_it_is_on_forgets_nothing()
    {
        Cache(Title);
        Control.IsEnabled = true;
        Assert.That(Ask(Title).WasHit, Is.True);
    }

    [Test]
    public void Factory_that_starts_off_can_be_switched_on()
    {
        using var other = OtherFactory(("cache.granular.enabled", "false"));
        Assert.That(other.GranularCache().IsEnabled, Is.False);
        Assert.That((AskOf(other), AskOf(other)), Is.EqualTo((("first", false), ("first", false))));
        other.GranularCache().IsEnabled = true;
        Assert.That((AskOf(other), AskOf(other)), Is.EqualTo((("first", false), ("first", true))));
    }

    [Test]
    public void Read_only_what_is_there_is_read_and_nothing_is_stored()
    {
        Cache(Title);
        Commit(session => session.Get<Cat>(1));
        Control.IsReadOnly = true;
        var puts = (Statistics.QueryCachePutCount, Statistics.SecondLevelCachePutCount);

        Assert.That(Ask(Title).WasHit, Is.True);
        Assert.That((Ask(First).WasHit, Ask(First).WasHit), Is.EqualTo((false, false)));
        Commit(session => session.Get<Cat>(2));
        var misses = Statistics.SecondLevelCacheMissCount;
        Commit(session => (session.Get<Cat>(1), session.Get<Cat>(2)));
        Assert.That(Statistics.SecondLevelCacheMissCount, Is.EqualTo(misses + 1));
        Assert.That(Statistics.QueryCachePutCount, Is.EqualTo(puts.QueryCachePutCount));

        Control.IsReadOnly = false;
        Assert.That((Ask(First).WasHit, Ask(First).WasHit), Is.EqualTo((false, true)));
    }

    [Test]
    public void Read_only_changes_are_told()
    {
        Cache(Title);
        Control.IsReadOnly = true;
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [Test]
    public void Session_that_ignores_the_cache_neither_reads_nor_stores_and_its_changes_are_told()
    {
        Cache(Title);
        Elsewhere("update Post set Slug = 'other' where Id = 1");
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.CacheMode = CacheMode.Ignore;
            var (hits, puts, regionHits, regionPuts) = (Statistics.QueryCacheHitCount, Statistics.QueryCachePutCount, Statistics.SecondLevelCacheHitCount, Statistics.SecondLevelCachePutCount);
            Title(session);
            First(session);
            session.Get<Cat>(2);
            Assert.That((Statistics.QueryCacheHitCount, Statistics.QueryCachePutCount, Statistics.SecondLevelCacheHitCount, Statistics.SecondLevelCachePutCount), Is.EqualTo((hits, puts, regionHits, regionPuts)));
            session.Get<Post>(1).Title = "changed";
            transaction.Commit();
        }
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [Test]
    public void Factory_that_has_met_no_database_invalidates_the_one_of_its_connections()
    {
        using var other = OtherFactory();
        Cache(Title);
        other.GranularCache().InvalidateAll();
        Assert.That(Ask(Title).WasHit, Is.False);
    }

    // Shares the stamps with the fixture's own.
    private ISessionFactory OtherFactory(params (string Name, string Value)[] properties)
    {
        var configuration = Configure();
        using (var session = Factory.OpenSession())
            configuration.SetProperty("cache.granular.database_identity", StatementWitness.WatchOf(session.GetSessionImplementation())!.Scope!.Identity.Database);
        foreach (var (name, value) in properties)
            configuration.SetProperty(name, value);
        return configuration.BuildSessionFactory();
    }

    private static (string Title, bool WasHit) AskOf(ISessionFactory factory)
    {
        var hits = factory.Statistics.QueryCacheHitCount;
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var title = Title(session);
        transaction.Commit();
        return (title, factory.Statistics.QueryCacheHitCount > hits);
    }

    private void Elsewhere(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
