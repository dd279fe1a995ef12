using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section M of the catalogue: what users do with the cache beyond queries.</summary>
public sealed class ApiScenarios : BlogFixture
{
    private int _runs;

    [SetUp]
    public void ResetRuns() => _runs = 0;

    [TestCase(TestName = "M01 Function bound to a table, a predicate, a row and two tables: dropped by any of them, kept otherwise")]
    public void Function_bound_to_many_things()
    {
        int Ask() => Commit(session => Function(session, "bound", on => on.On<Tag>().On(session.Query<Post>().Where(post => post.Cat!.Id == 1)).On(session.Load<Cat>(2)).On<Comment>()));
        (string What, bool IsDropped, Action<ISession> Change)[] changes =
        [
            ("a post of another category", false, session => session.Get<Post>(2).Title = "changed"),
            ("another category", false, session => session.Get<Cat>(1).Title = "changed"),
            ("the table", true, session => session.Save(new Tag { Id = 9, Name = "new" })),
            ("the predicate", true, session => session.Get<Post>(2).Cat = session.Load<Cat>(1)),
            ("the row", true, session => session.Get<Cat>(2).Title = "changed"),
            ("the other table", true, session => session.Get<Comment>(1).Text = "changed"),
        ];
        foreach (var (what, isDropped, change) in changes)
        {
            var before = Ask();
            Commit(change);
            Assert.That(Ask() != before, Is.EqualTo(isDropped), what);
        }
    }

    [TestCase(TestName = "M02 Different arguments, the function among them: separate entries")]
    public void Different_arguments()
    {
        int Ask(string function, int argument) => Commit(session => Function(session, $"{function}:{argument}", on => on.On<Post>()));
        Assert.That(new[] { Ask("sum", 1), Ask("sum", 2), Ask("count", 1), Ask("sum", 1), Ask("count", 1), Ask("sum", 2) }, Is.EqualTo(new[] { 1, 2, 3, 1, 3, 2 }));
    }

    [TestCase(TestName = "M03 Function bound to a row, which is deleted: dropped")]
    public void Row_is_deleted()
    {
        Commit(session => session.Save(new Tag { Id = 7, Name = "seven" }));
        int Ask() => Commit(session => Function(session, "row", on => on.On(session.Load<Tag>(7))));
        Assert.That((Ask(), Ask()), Is.EqualTo((1, 1)));
        Commit(session => session.Delete(session.Get<Tag>(7)));
        Assert.That((Ask(), Ask()), Is.EqualTo((2, 2)));
    }

    [TestCase(TestName = "M07 Result removed by its key: the next call computes, others stay")]
    public void Removed_by_its_key()
    {
        int Ask(string key) => Commit(session => Function(session, key, on => on.On<Post>()));
        Assert.That((Ask("a"), Ask("b")), Is.EqualTo((1, 2)));
        Commit(session => Factory.GranularCache().Remove(session, "a"));
        Assert.That((Ask("b"), Ask("a"), Ask("a")), Is.EqualTo((2, 3, 3)));
    }

    [TestCase(TestName = "M11 Row that is read to be changed: always from the database")]
    public void Row_is_locked()
    {
        for (var i = 0; i < 2; i++)
            Commit(session => session.Query<Post>().Where(post => post.Id == 1).WithOptions(o => o.SetCacheable(true)).ToList());
        var statements = Statistics.PrepareStatementCount;
        Commit(session => session.Query<Post>().Where(post => post.Id == 1).WithLock(LockMode.Upgrade).WithOptions(o => o.SetCacheable(true)).ToList());
        Commit(session => session.Get<Post>(1, LockMode.Upgrade));
        Assert.That(Statistics.PrepareStatementCount - statements, Is.EqualTo(2));
    }

    [TestCase(TestName = "M12 Two formulations of one question: both dropped")]
    public void Two_formulations()
    {
        int Filter(ISession session) => session.Query<Post>().Where(post => post.Tags.Any(tag => tag.Name == "x")).WithOptions(o => o.SetCacheable(true)).Count();
        int Exclude(ISession session) => session.Query<Post>().Where(post => !post.Tags.All(tag => tag.Name != "x")).WithOptions(o => o.SetCacheable(true)).Count();
        foreach (var query in new Func<ISession, int>[] { Filter, Exclude })
        {
            Ask(query);
            Assert.That(Ask(query), Is.EqualTo((1, true)));
        }
        Commit(session => session.Get<Post>(3).Tags.Add(session.Load<Tag>(1)));
        Assert.That((Ask(Filter), Ask(Exclude)), Is.EqualTo(((2, false), (2, false))));
    }

    /// <summary>Gives the number of its run.</summary>
    private int Function(ISession session, string key, Action<CacheDependencies> dependsOn) => Factory.GranularCache().GetOrAdd(session, key, dependsOn, () => ++_runs);
}
