using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>A collection removed with one statement: its rows are known if they are still what the session loaded, and only then.</summary>
public sealed class CollectionRemovalTests : BlogFixture
{
    private static int PostsWith(ISession session, int tag) =>
        session.CreateSQLQuery("select count(*) as n from PostTag where tag_id = :tag").AddScalar("n", NHibernateUtil.Int32).SetInt32("tag", tag).SetCacheable(true).UniqueResult<int>();

    [Test]
    public void Removal_keeps_what_its_rows_do_not_concern()
    {
        Ask(session => PostsWith(session, 1));
        Ask(session => PostsWith(session, 2));
        Commit(session => session.Get<Post>(1).Tags.Clear());
        Assert.That(Ask(session => PostsWith(session, 1)), Is.EqualTo((0, false)));
        Assert.That(Ask(session => PostsWith(session, 2)), Is.EqualTo((1, true)));
    }

    [Test]
    public void Removal_of_a_row_that_another_transaction_added_meanwhile_drops_what_it_concerns()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var post = session.Get<Post>(1);
        Assert.That(post.Tags, Has.Count.EqualTo(1));
        Commit(other => other.Get<Post>(1).Tags.Add(other.Load<Tag>(2)));
        Assert.That(Ask(other => PostsWith(other, 2)).Result, Is.EqualTo(2));
        post.Tags.Clear();
        transaction.Commit();
        Assert.That(Ask(other => PostsWith(other, 2)), Is.EqualTo((1, false)));
    }

    [Test]
    public void Removal_of_a_row_that_nobody_reported_drops_what_it_concerns()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var post = session.Get<Post>(1);
        Assert.That(post.Tags, Has.Count.EqualTo(1));
        using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var insert = new Npgsql.NpgsqlCommand("insert into PostTag (post_id, tag_id) values (1, 2)", connection);
            insert.ExecuteNonQuery();
        }
        Assert.That(Ask(other => PostsWith(other, 2)).Result, Is.EqualTo(2));
        post.Tags.Clear();
        transaction.Commit();
        Assert.That(Ask(other => PostsWith(other, 2)), Is.EqualTo((1, false)), "the database removed more rows than the session knew of");
    }
}
