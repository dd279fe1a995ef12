using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Queries;

public sealed class GranularQueryCacheTests : BlogFixture
{
    private static readonly TestCaseData[] s_queries =
    [
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList())).SetName("LINQ"),
        new TestCaseData((Func<ISession, object>)(session => session.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1).SetCacheable(true).List())).SetName("HQL"),
        new TestCaseData((Func<ISession, object>)(session => session.CreateCriteria<Post>().Add(Restrictions.Eq("Visible", true)).SetCacheable(true).List())).SetName("Criteria"),
        new TestCaseData((Func<ISession, object>)(session => session.QueryOver<Post>().Where(post => post.Score == 5).Cacheable().List())).SetName("QueryOver"),
        new TestCaseData((Func<ISession, object>)(session => session.CreateSQLQuery("select * from Post where cat_id = :cat").AddEntity(typeof(Post)).SetInt32("cat", 1).SetCacheable(true).List())).SetName("Native SQL with entities"),
        new TestCaseData((Func<ISession, object>)(session => session.CreateSQLQuery("select count(*) as n from Post").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).List())).SetName("Native SQL with scalars"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().Select(post => new { post.Id, post.Title }).WithOptions(o => o.SetCacheable(true)).ToList())).SetName("Projection"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().Fetch(post => post.Cat).WithOptions(o => o.SetCacheable(true)).ToList())).SetName("Fetched reference"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().FetchMany(post => post.Comments).WithOptions(o => o.SetCacheable(true)).ToList())).SetName("Fetched collection"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().OrderBy(post => post.Id).Skip(1).Take(1).WithOptions(o => o.SetCacheable(true)).ToList())).SetName("Page"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count())).SetName("Count"),
        new TestCaseData((Func<ISession, object>)(session => session.Query<Cat>().WithOptions(o => o.SetCacheable(true)).ToFuture().GetEnumerable().ToList())).SetName("Future"),
    ];

    [TestCaseSource(nameof(s_queries))]
    public void Second_execution_in_a_quiet_database_is_a_hit(Func<ISession, object> query)
    {
        Assert.That(Ask(query).WasHit, Is.False);
        Assert.That(Ask(query).WasHit, Is.True);
    }

    [TestCaseSource(nameof(s_queries))]
    public void Committed_row_that_belongs_to_the_result_drops_it(Func<ISession, object> query)
    {
        Ask(query);
        Ask(query);
        Commit(session =>
        {
            session.Save(new Post { Id = 0, Title = "new", Cat = session.Load<Cat>(1), Visible = true, Score = 5 });
            session.Save(new Cat { Id = 0, Title = "new" });
        });
        Assert.That(Ask(query).WasHit, Is.False);
    }

    [TestCaseSource(nameof(s_queries))]
    public void Answer_after_any_change_is_the_database_s(Func<ISession, object> query)
    {
        foreach (var change in new[]
        {
            "update Post set title = title || '!'",
            "update Post set score = 5, visible = true, cat_id = 1 where id = 2",
            "update Cat set title = title || '!' where id = 1",
            "delete from Comment where post_id = 1",
            "update Post set cat_id = 2 where id = 1",
            "delete from Post where id = 3",
        })
        {
            Ask(query);
            Commit(session => session.CreateSQLQuery(change).ExecuteUpdate());
            var cached = Print(Ask(query).Result);
            var real = Print(Commit(session =>
            {
                session.CacheMode = CacheMode.Ignore;
                return query(session);
            }));
            Assert.That(cached, Is.EqualTo(real), change);
        }
    }

    [Test]
    public void Same_native_sql_for_another_entity_is_another_entry()
    {
        static object Posts(ISession session) => session.CreateSQLQuery("select Id, Title, null as Slug, null as cat_id, true as Visible, 1 as Score, 1.0 as Price, null as Published, null as Body from Cat").AddEntity(typeof(Post)).SetCacheable(true).List();
        static object Cats(ISession session) => session.CreateSQLQuery("select Id, Title, null as Slug, null as cat_id, true as Visible, 1 as Score, 1.0 as Price, null as Published, null as Body from Cat").AddEntity(typeof(Cat)).SetCacheable(true).List();
        Ask(Posts);
        var (result, wasHit) = Ask(Cats);
        Assert.That(wasHit, Is.False);
        Assert.That(result, Is.All.InstanceOf<Cat>());
    }

    [Test]
    public void Hit_returns_the_instance_the_session_has_with_its_unflushed_change()
    {
        static IList<Post> Posts(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList();
        Ask(Posts);
        using var session = Factory.OpenSession();
        session.FlushMode = FlushMode.Manual;
        var mine = session.Get<Post>(1);
        mine.Title = "not flushed";
        var hits = Statistics.QueryCacheHitCount;
        Assert.That(Posts(session)[0], Is.SameAs(mine));
        Assert.That(mine.Title, Is.EqualTo("not flushed"));
        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1));
    }

    [Test]
    public void Paging_parameters_filters_and_transformers_are_parts_of_the_key()
    {
        static object Page(ISession session, int first) => session.CreateQuery("select p.Title from Post p order by p.Id").SetFirstResult(first).SetMaxResults(1).SetCacheable(true).List();
        Assert.That(Print(Ask(session => Page(session, 0)).Result), Is.EqualTo("first"));
        Assert.That(Print(Ask(session => Page(session, 1)).Result), Is.EqualTo("second"));
        static object By(ISession session, params int[] ids) => session.CreateQuery("select p.Title from Post p where p.Id in (:ids)").SetParameterList("ids", ids).SetCacheable(true).List();
        Assert.That(Print(Ask(session => By(session, 1)).Result), Is.EqualTo("first"));
        Assert.That(Print(Ask(session => By(session, 1, 2)).Result), Is.EqualTo("first; second"));
        Assert.That(Print(Ask(session => By(session, 2, 3)).Result), Is.EqualTo("second; third"));
    }

    private static string Print(object result) => result is System.Collections.IEnumerable list and not string
        ? string.Join("; ", list.Cast<object>().Select(Print).Order(StringComparer.Ordinal))
        : result switch
        {
            Post post => $"{post.Id} {post.Title} {post.Cat?.Id} {post.Visible} {post.Score}",
            Cat cat => $"{cat.Id} {cat.Title}",
            _ => result.ToString() ?? "",
        };

    [Test]
    public void Changed_entity_is_seen_by_the_next_query()
    {
        static List<string> Titles(ISession session) => [.. session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList().Select(post => post.Title)];
        Ask(Titles);
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Ask(Titles).Result, Is.EqualTo(new[] { "changed", "third" }));
    }

    [Test]
    public void Rolled_back_change_keeps_the_result()
    {
        static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();
        Ask(Count);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 9, Title = "nine" });
            session.Flush();
            Assert.That(Count(session), Is.EqualTo(4), "the transaction sees its own row");
            transaction.Rollback();
        }
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }
}
