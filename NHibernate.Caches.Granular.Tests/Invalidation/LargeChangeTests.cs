using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>What a transaction changes beyond the bounds moves whole tables, and nothing less.</summary>
public sealed class LargeChangeTests : BlogFixture
{
    private static readonly string[] s_conditions =
        ["p.Title = 't'", "p.Slug = 's'", "p.Score = 1", "p.Visible = true", "p.Title = 't' and p.Slug = 's'", "p.Title = 't' and p.Score = 1", "p.Slug = 's' and p.Score = 1", "p.Visible = true and p.Score = 1"];

    protected override void Configure(Configuration configuration) => configuration.UseGranularCache(options => options.MaxChanges = 1);

    [Test]
    public void Change_of_one_row_that_would_move_too_many_stamps_moves_the_table()
    {
        foreach (var condition in s_conditions)
            Ask(session => List(session, condition));
        Ask(session => List(session, "p.Cat.Id = 2"));
        Assert.That(Ask(session => List(session, "p.Cat.Id = 2")).WasHit, Is.True);

        Commit(session =>
        {
            var post = session.Get<Post>(1);
            (post.Title, post.Slug, post.Score, post.Visible) = ("other", "other", 9, false);
        });

        Assert.That(Ask(session => List(session, "p.Cat.Id = 2")).WasHit, Is.False, "nothing of it changed, but the table has moved");
        Assert.That(Ask(session => List(session, "p.Title = 'other'")).Result, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Change_within_the_bounds_moves_what_it_concerns()
    {
        Ask(session => List(session, "p.Cat.Id = 2"));
        Commit(session => session.Get<Post>(1).Price = 9);
        Assert.That(Ask(session => List(session, "p.Cat.Id = 2")).WasHit, Is.True);
    }

    [Test]
    public void Changes_beyond_their_number_move_the_table()
    {
        Ask(session => List(session, "p.Cat.Id = 2"));
        Commit(session => (session.Get<Post>(1).Score, session.Get<Post>(3).Score) = (9, 9));
        Assert.That(Ask(session => List(session, "p.Cat.Id = 2")).WasHit, Is.False);
    }

    private static IList<int> List(ISession session, string condition) =>
        session.CreateQuery($"select p.Id from Post p where {condition} order by p.Id").SetCacheable(true).List<int>();
}
