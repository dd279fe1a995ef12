using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section M of the catalogue, as far as it is about control: what users switch, suspend and ask for.</summary>
public sealed class ControlScenarios : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    private static string Title(ISession session) => session.Query<Post>().Where(post => post.Id == 1).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();

    [TestCase(TestName = "M04 Inner suspension ends first: suspended until the outermost ends")]
    public void Suspensions_are_nested()
    {
        var cache = Factory.GranularCache();
        Cache(Title);
        using (cache.SuspendInvalidation())
        {
            using (cache.SuspendInvalidation())
                Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(Ask(Title), Is.EqualTo(("first", true)), "within the inner one");
            Commit(session => session.Get<Post>(1).Title = "two");
            Assert.That(Ask(Title), Is.EqualTo(("first", true)), "within the outer one");
        }
        Commit(session => session.Get<Post>(1).Title = "three");
        Assert.That(Ask(Title), Is.EqualTo(("three", false)));
    }

    [TestCase(TestName = "M08 Switched off: nothing read or stored, no SELECT more than without a cache")]
    public void Switched_off()
    {
        Cache(Title);
        Factory.GranularCache().IsEnabled = false;
        var (statements, puts) = (Statistics.PrepareStatementCount, Statistics.QueryCachePutCount);
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements + 2), "the SELECT of Get and the UPDATE");

        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));

        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements + 4));
        Assert.That(Statistics.QueryCachePutCount, Is.EqualTo(puts));
    }

    [TestCase(TestName = "M11 Row is asked for with a lock, or got or made: always the database")]
    public void Row_is_asked_for_with_a_lock()
    {
        Cache(Title);
        Commit(session => session.Query<Post>().Where(post => post.Id == 1).WithLock(LockMode.Upgrade).WithOptions(o => o.SetCacheable(true)).Single());
        var statements = Statistics.PrepareStatementCount;

        var (locked, wasHit) = Ask(session => session.Query<Post>().Where(post => post.Id == 1).WithLock(LockMode.Upgrade).WithOptions(o => o.SetCacheable(true)).Single().Title);
        Assert.That((locked, wasHit, Statistics.PrepareStatementCount), Is.EqualTo(("first", false, statements + 1)));

        // Got or made: what is made is flushed before the next query, and seen by it.
        Commit(session =>
        {
            Assert.That(Titles(session, 2), Is.EqualTo(new[] { "second" }));
            session.Save(new Post { Id = 10, Title = "ten", Cat = session.Load<Cat>(2) });
            Assert.That(Titles(session, 2), Is.EqualTo(new[] { "second", "ten" }));
        });
    }

    [TestCase(TestName = "M12 Two formulations of one question, by filter and by exclusion: both dropped")]
    public void Question_is_asked_in_two_ways()
    {
        static int Filtered(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).WithOptions(o => o.SetCacheable(true)).Count();
        static int Excluded(ISession session) => session.Query<Post>().Where(post => !(post.Cat == null || post.Cat.Id != 1)).WithOptions(o => o.SetCacheable(true)).Count();
        static int ByCriteria(ISession session) =>
            session.CreateCriteria<Post>().Add(Restrictions.Not(Restrictions.Or(Restrictions.IsNull("Cat"), Restrictions.Not(Restrictions.Eq("Cat.Id", 1))))).SetProjection(Projections.RowCount()).SetCacheable(true).UniqueResult<int>();
        foreach (var question in new Func<ISession, int>[] { Filtered, Excluded, ByCriteria })
            Cache(question);

        Commit(Add);

        foreach (var question in new Func<ISession, int>[] { Filtered, Excluded, ByCriteria })
            Assert.That(Ask(question), Is.EqualTo((3, false)));
    }
}
