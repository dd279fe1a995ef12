using System.Data;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>Entities, collections and queries that are looked up together on a shared store are judged as those that are looked up alone.</summary>
public sealed class LookUpsTogetherTests : NodesFixture
{
    private ISessionFactory _node = null!;
    private ISessionFactory _other = null!;

    [SetUp]
    public void StartNodes()
    {
        var prefix = TestRedis.NewPrefix("together");
        (_node, _other) = (NewNode(TestRedis.ConnectionString, ("cache.key_prefix", prefix), Patience), NewNode(TestRedis.ConnectionString, ("cache.key_prefix", prefix), Patience));
        foreach (var node in new[] { _node, _other })
            Run(node, session => session.Get<Tag>(1)); // it has joined
    }

    private static (string, string) Patience => ("cache.granular.redis_timeout", "20");

    [Test]
    public void Entities_of_a_hit_are_not_newer_than_the_snapshot()
    {
        Cache(Posts);
        using var session = _node.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead);
        session.CreateSQLQuery("select 1").UniqueResult();
        Run(_other, other => other.Get<Post>(1).Title = "newer");
        Cache(Posts);

        Assert.That(Posts(session), Is.EqualTo(new[] { "first", "second", "third" }));
    }

    [Test]
    public void Queries_of_a_batch_are_not_newer_than_the_snapshot()
    {
        Cache(Both);
        using var session = _node.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead);
        session.CreateSQLQuery("select 1").UniqueResult();
        Run(_other, other => other.Save(new Tag { Id = 3, Name = "newer" }));
        Cache(Both);

        Assert.That(Both(session), Is.EqualTo(new[] { "first", "second", "third", "x", "y" }));
    }

    [Test]
    public void Entities_that_another_node_has_changed_are_read_again_and_the_others_are_not()
    {
        Cache(Posts);
        Run(_other, other => other.Get<Post>(2).Title = "changed");

        var (titles, statements) = Look(_node, Posts);
        Assert.That(titles, Is.EqualTo(new[] { "first", "changed", "third" }));
        Assert.That(statements, Is.EqualTo(1), "the one that was changed");
    }

    [Test]
    public void Entity_that_its_own_transaction_has_changed_is_read_from_the_database([Values] bool isFlushed)
    {
        Cache(Posts);
        using var session = _node.OpenSession();
        using var transaction = session.BeginTransaction();
        if (isFlushed)
            session.CreateSQLQuery("update Post set Title = 'mine' where Id = 1").AddSynchronizedEntityClass(typeof(Post)).ExecuteUpdate();
        else
            session.Get<Post>(1).Title = "mine";

        Assert.That(Posts(session), Is.EqualTo(new[] { "mine", "second", "third" }));
        Assert.That(Look(_other, Posts).Answer, Is.EqualTo(new[] { "first", "second", "third" }));
        transaction.Rollback();
    }

    [Test]
    public void What_one_node_has_put_the_other_finds_together()
    {
        Cache(Posts);

        var (titles, statements) = Look(_other, Posts);
        Assert.That(titles, Is.EqualTo(new[] { "first", "second", "third" }));
        Assert.That(statements, Is.Zero);
    }

    private static List<string> Posts(ISession session) =>
        [.. session.Query<Post>().Where(post => post.Id > 0).OrderBy(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList().Select(post => post.Title)];

    private static List<string> Both(ISession session)
    {
        var posts = session.Query<Post>().OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).ToFuture();
        var tags = session.Query<Tag>().OrderBy(tag => tag.Id).Select(tag => tag.Name).WithOptions(o => o.SetCacheable(true)).ToFuture();
        return [.. posts, .. tags];
    }

    private void Cache(Func<ISession, List<string>> ask)
    {
        // The put of a query that was not known yet waits until it is registered.
        for (var i = 0; i < 3; i++)
        {
            Look(_node, ask);
            Thread.Sleep(20);
        }
        Assert.That(Look(_node, ask).Statements, Is.Zero, "the scene needs cached results");
    }

    private static (List<string> Answer, long Statements) Look(ISessionFactory node, Func<ISession, List<string>> ask)
    {
        var before = node.Statistics.PrepareStatementCount;
        return (Run(node, ask), node.Statistics.PrepareStatementCount - before);
    }
}
