using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>Rows of the page about features that no other test is about.</summary>
public sealed class FeatureTests : BlogFixture
{
    [Test]
    public void Reference_that_is_followed_is_answered_from_the_cache()
    {
        static string? Follow(ISession session) => session.Get<Post>(1).Cat?.Title;
        Commit(Follow);
        var statements = Statistics.PrepareStatementCount;
        Assert.That(Commit(Follow), Is.EqualTo("A"));
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements));
        Commit(session => session.Get<Cat>(1).Title = "Z");
        Assert.That(Commit(Follow), Is.EqualTo("Z"));
    }

    [Test]
    public void Count_existence_and_aggregate_are_cached_and_each_is_dropped_by_its_own_changes()
    {
        static IQueryable<Post> Cached(ISession session) => session.Query<Post>().WithOptions(options => options.SetCacheable(true));
        static int Count(ISession session) => Cached(session).Count(post => post.Visible);
        static bool Any(ISession session) => Cached(session).Any(post => post.Title == "third");
        static int? Sum(ISession session) => Cached(session).Sum(post => post.Score);
        Assert.That((Ask(Count).Result, Ask(Any).Result, Ask(Sum).Result), Is.EqualTo((1, true, (int?)12)));
        Assert.That((Ask(Count).WasHit, Ask(Any).WasHit, Ask(Sum).WasHit), Is.EqualTo((true, true, true)));

        Commit(session => session.Get<Post>(1).Score = 6);
        Assert.That((Ask(Count).WasHit, Ask(Any).WasHit), Is.EqualTo((true, true)), "a score decides neither");
        Assert.That(Ask(Sum), Is.EqualTo(((int?)13, false)));

        Commit(session => session.Get<Post>(2).Visible = true);
        Assert.That((Ask(Any).WasHit, Ask(Sum).WasHit), Is.EqualTo((true, true)), "visibility decides neither");
        Assert.That(Ask(Count), Is.EqualTo((2, false)));
    }

    [Test]
    public void Projection_is_kept_when_other_columns_change()
    {
        static string Titles(ISession session) => string.Join(",", session.Query<Post>().OrderBy(post => post.Id).Select(post => post.Title).WithOptions(options => options.SetCacheable(true)));
        Ask(Titles);
        Commit(session => session.Get<Post>(1).Score = 6);
        Assert.That(Ask(Titles), Is.EqualTo(("first,second,third", true)));
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Ask(Titles), Is.EqualTo(("changed,second,third", false)));
    }

    [Test]
    public void Futures_are_cached_one_by_one()
    {
        static (int Cats, int Tags) Both(ISession session)
        {
            var cats = session.Query<Cat>().WithOptions(options => options.SetCacheable(true)).ToFuture();
            var tags = session.Query<Tag>().WithOptions(options => options.SetCacheable(true)).ToFuture();
            return (cats.GetEnumerable().Count(), tags.GetEnumerable().Count());
        }

        Commit(Both);
        Statistics.Clear();
        Assert.That(Commit(Both), Is.EqualTo((2, 2)));
        Assert.That((Statistics.QueryCacheHitCount, Statistics.QueryCacheMissCount), Is.EqualTo((2, 0)));
        Commit(session => session.Save(new Tag { Id = 9, Name = "new" }));
        Statistics.Clear();
        Assert.That(Commit(Both), Is.EqualTo((2, 3)));
        Assert.That((Statistics.QueryCacheHitCount, Statistics.QueryCacheMissCount), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Empty_result_is_cached_and_dropped_when_a_row_comes()
    {
        static int Nobody(ISession session) => session.Query<Post>().Where(post => post.Slug == "nobody").WithOptions(options => options.SetCacheable(true)).ToList().Count;
        Ask(Nobody);
        Assert.That(Ask(Nobody), Is.EqualTo((0, true)));
        Commit(session => session.Save(new Post { Id = 9, Slug = "nobody" }));
        Assert.That(Ask(Nobody), Is.EqualTo((1, false)));
    }
}
