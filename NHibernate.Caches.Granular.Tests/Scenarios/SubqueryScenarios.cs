using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Dialect.Function;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section F: subqueries, set operations, aggregates.</summary>
public sealed class SubqueryScenarios : ScenarioFixture
{
    private static readonly DetachedCriteria s_none = DetachedCriteria.For<Cat>().SetProjection(Projections.Id()).Add(Restrictions.Eq("Title", "nothing"));

    private static readonly Scenario[] s_catalogue =
    [
        new("F01", "Posts in categories of a title, another gets it", s => s.Cat(2).Title = "A",
            Drop(Hql("from Post p where p.Cat.Id in (select c.Id from Cat c where c.Title = :a) order by p.Id", "A")),
            Drop(s => s.Cached<Post>().Where(post => s.Query<Cat>().Where(cat => cat.Title == "A").Contains(post.Cat)).OrderBy(post => post.Id)),
            Drop(Criteria<Post>(c => c.Add(Subqueries.PropertyIn("Cat.Id", DetachedCriteria.For<Cat>().SetProjection(Projections.Id()).Add(Restrictions.Eq("Title", "A")))).AddOrder(Order.Asc("Id"))))),
        new("F01", "Posts in categories of a title, an unrelated category is inserted", s => s.AddCat(9, "Q"),
            Keep(Hql("from Post p where p.Cat.Id in (select c.Id from Cat c where c.Title = :a)", "A"))),
        new("F02", "Categories with a post of a score, it changes", s => s.Post(2).Score = 8, Drop(Hql("from Cat c where exists (select p.Id from Post p where p.Cat.Id = c.Id and p.Score = 7)")),
            Drop(Over<Cat>(q => q.WithSubquery.WhereProperty(cat => cat.Id).In(QueryOver.Of<Post>().Where(post => post.Score == 7).Select(post => post.Cat!.Id))))),
        new("F02", "Categories with a post of a score, one of another score is inserted", s => s.AddPost(cat: 1, score: 8),
            Keep(Hql("from Cat c where exists (select p.Id from Post p where p.Cat.Id = c.Id and p.Score = 7)"))),
        new("F03", "Whether a category has a post of a score as a column, it changes", s => s.Post(2).Score = 8,
            Drop(Sql("select c.Title, exists (select 1 from Post p where p.cat_id = c.Id and p.Score = 7) as x from Cat c order by c.Id")),
            Drop(Linq<Cat>(cats => cats.OrderBy(cat => cat.Id).Select(cat => cat.Posts.Any(post => post.Score == 7))))),
        new("F04", "Categories with their newest post, one is inserted", s => s.AddPost(cat: 1), Drop(Hql("select c.Title, (select max(p.Id) from Post p where p.Cat.Id = c.Id) from Cat c order by c.Id"))),
        new("F05", "Categories with their newest post or zero, one is inserted", s => s.AddPost(cat: 1),
            Drop(Hql("select c.Title, coalesce((select max(p.Id) from Post p where p.Cat.Id = c.Id), 0) from Cat c order by c.Id"))),
        new("F06", "Scalar subquery with a subquery on comments, one is inserted", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(3) }),
            Drop(Hql("select c.Id, (select count(*) from Post p where p.Cat.Id = c.Id and exists (select x.Id from Comment x where x.Post.Id = p.Id)) from Cat c order by c.Id"))),
        new("F07", "Union of posts of a category and categories of a title, such a category is inserted", s => s.AddCat(9, "Q"), Drop(Sql(Union))),
        new("F07", "Union of posts of a category and categories of a title, another category is inserted", s => s.AddCat(9, "W"), Keep(Sql(Union))),
        new("F07", "Union of posts of a category and categories of a title, a post of another is inserted", s => s.AddPost(cat: 2), Keep(Sql(Union))),
        new("F08", "Posts except those of a score, it changes", s => s.Post(2).Score = 8, Drop(Sql("select Id from Post except select Id from Post where Score = 7 order by 1"))),
        new("F08", "Posts of a category that also have a score, it changes", s => s.Post(1).Score = 7, Drop(Sql("select Id from Post where cat_id = 1 intersect select Id from Post where Score = 7"))),
        new("F09", "Union whose second arm counts comments, one is inserted", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(3) }),
            Drop(Sql("select Id, 0 as n from Post where Id = 1 union all select c.Id, (select count(*) from Comment) from Cat c order by 1, 2"))),
        new("F10", "Union over one table, a row of it is inserted", s => s.AddPost(cat: 2), Drop(Sql("select Id from Post where cat_id = 1 union select Id from Post where cat_id = 2 order by 1"))),
        new("F10", "Union over one table, a row of neither arm is inserted", s => s.AddPost(), Keep(Sql("select Id from Post where cat_id = 1 union select Id from Post where cat_id = 2 order by 1"))),
        new("F11", "Criteria with a piece of SQL that names a table, a row of it is renamed", s => s.Cat(2).Title = "A",
            Drop(Criteria<Post>(c => c.Add(Expression.Sql("{alias}.cat_id in (select x.Id from Cat x where x.Title = 'A')")).AddOrder(Order.Asc("Id"))))),
        new("F11", "Projection of a piece of SQL that names a table, a row of it is renamed", s => s.Cat(1).Title = "Z",
            Drop(Criteria<Post>(c => c.SetProjection(Projections.SqlProjection("(select x.Title from Cat x where x.Id = {alias}.cat_id) as t", ["t"], [NHibernateUtil.String])).AddOrder(Order.Asc("Id"))))),
        new("F12", "Native SQL with another table in FROM, a row of it is renamed", s => s.Cat(2).Title = "A",
            Drop(SqlOf<Post>("select p.* from Post p, Cat c where c.Id = p.cat_id and c.Title = 'A' order by p.Id"))),
        new("F12", "Native SQL with a query in FROM, a row of it is renamed", s => s.Cat(2).Title = "A",
            Drop(SqlOf<Post>("select p.* from Post p join (select Id from Cat where Title = 'A') c on c.Id = p.cat_id order by p.Id"))),
        new("F12", "Native SQL with WITH, a row of it is renamed", s => s.Cat(2).Title = "A",
            Drop(Sql("with a as (select Id from Cat where Title = 'A') select p.Id from Post p join a on a.Id = p.cat_id order by p.Id"))),
        new("F12", "Native SQL with a recursive WITH, a row is inserted", s => s.AddPost(id: 4),
            Drop(Sql("with recursive r(n) as (select 1 union all select p.Id from r join Post p on p.Id = r.n + 1) select n from r order by n"))),
        new("F12", "Native SQL with a lateral join, a row is inserted", s => s.AddPost(cat: 1),
            Drop(Sql("select c.Id, x.n from Cat c cross join lateral (select count(*) as n from Post p where p.cat_id = c.Id) x order by c.Id"))),
        new("F13", "Count of a category, a post is inserted there", s => s.AddPost(cat: 1), Drop(CountOf(1)), Keep(CountOf(2))),
        new("F14", "Whether a title exists, it is inserted", s => s.AddPost(title: "n"), Drop(Linq<Post>(posts => posts.Any(post => post.Title == "n"))), Keep(Linq<Post>(posts => posts.Any(post => post.Title == "m")))),
        new("F15", "Count over a join, a post is inserted", s => s.AddPost(cat: 1), Drop(Hql("select count(p.Id) from Cat c join c.Posts p"))),
        new("F16", "Count over a join for one category, a post is inserted in another", s => s.AddPost(cat: 2), Keep(Hql("select count(p.Id) from Cat c join c.Posts p where c.Id = :a", 1))),
        new("F17", "Maximum under one name and under another, nothing changes", _ => { },
            Keep(Sql("select max(cat_id) as x from Post")), Keep(Sql("select max(cat_id) as y from Post")), Keep(Hql("select max(Cat.Id) as x from Post"))),
        new("F18", "Count with two inner filters, nothing changes", _ => { }, Keep(Linq<Post>(posts => posts.Count(post => post.Score > 5))), Keep(Linq<Post>(posts => posts.Count(post => post.Score < 5)))),
        new("F18", "Counts of two values, nothing changes", _ => { }, Keep(CountOf(1)), Keep(CountOf(2)), Keep(CountOf(7))),
        new("F19", "Categories with post counts, a post is inserted", s => s.AddPost(cat: 1),
            Drop(Hql("select c.Title, count(p.Id) from Cat c left join c.Posts p group by c.Title order by c.Title")),
            Drop(Linq<Post>(posts => posts.GroupBy(post => post.Cat!.Id).Select(group => new { group.Key, Count = group.Count() }).OrderBy(group => group.Key)))),
        new("F19", "Categories with more than one post, a post is inserted", s => s.AddPost(cat: 2), Drop(Hql("select p.Cat.Id from Post p group by p.Cat.Id having count(*) > 1 order by p.Cat.Id"))),
        new("F20", "Sum over posts of a score, it changes", s => s.Post(2).Score = 8, Drop(Hql("select sum(case when p.Score = 7 then 1 else 0 end) from Post p")),
            Drop(Sql("select count(*) filter (where Score = 7) as n from Post"))),
        new("F21", "Average of counts, a post is inserted", s => s.AddPost(cat: 1), Drop(Sql("select avg(n) as average from (select count(*) as n from Post group by cat_id) x"))),
        new("F22", "Alias of a joined column that is filtered, another row gets the value", s => s.Cat(2).Title = "A",
            Drop(Sql("select x.Id from (select p.Id, c.Title as t from Post p join Cat c on c.Id = p.cat_id) x where x.t = 'A' order by x.Id")),
            Drop(Linq<Post>(posts => posts.Select(post => new { post.Id, Name = post.Cat!.Title }).Where(row => row.Name == "A").OrderBy(row => row.Id)))),
        new("F23", "Combined criteria with an empty one, a post is inserted", s => s.AddPost(cat: 1),
            Drop(Criteria<Post>(c => c.Add(Restrictions.Disjunction().Add(Restrictions.Eq("Cat.Id", 1)).Add(Subqueries.PropertyIn("Cat.Id", s_none))).AddOrder(Order.Asc("Id")))),
            Keep(Criteria<Post>(c => c.Add(Restrictions.Conjunction().Add(Restrictions.Eq("Cat.Id", 2)).Add(Restrictions.Conjunction()))))),
        new("F24", "Ids in a subquery and in a list, membership changes", s => s.Cat(2).Title = "A",
            Drop(s => s.Cached<Post>().Where(post => s.Query<Cat>().Where(cat => cat.Title == "A").Select(cat => cat.Id).Contains(post.Cat!.Id)).OrderBy(post => post.Id)),
            Keep(Hql("from Post p where p.Cat.Id in (:a)", new[] { 1 }))),
        new("F25", "Distinct scores, a post is inserted", s => s.AddPost(score: 6), Drop(Hql("select distinct p.Score from Post p order by p.Score"))),
        new("F25", "Distinct days, a post is inserted", s => s.Save(new Post { Id = 9, Title = "new", Published = new DateTime(2024, 1, 1) }),
            Drop(Sql("select distinct cast(Published as date) is null as x from Post order by 1"))),
        new("F26", "Query with the current time, it is asked again", _ => { },
            NeverCache(Sql("select Id from Post where Published < now()")), NeverCache(Hql("from Post where Published < current_timestamp()")), NeverCache(Sql("select current_date = current_date as x from Post"))),
        new("F26", "Query in random order, it is asked again", _ => { },
            NeverCache(Sql("select Id from Post where Id = 1 order by random()")), NeverCache(Criteria<Post>(c => c.Add(Restrictions.Eq("Id", 1)).AddOrder(Order.Asc(Projections.SqlFunction(new NoArgSQLFunction("random", NHibernateUtil.Double), NHibernateUtil.Double)))))),
        new("F26", "Query with the session's user, it is asked again", _ => { }, NeverCache(Sql("select Id from Post where Title <> current_user"))),
        new("F27", "Sum over a filtered collection, a child changes", s => s.Post(2).Score = 8,
            Drop(Hql("select c.Id, (select coalesce(sum(p.Score), 0) from Post p where p.Cat.Id = c.Id and p.Visible = false) from Cat c order by c.Id")),
            Drop(Linq<Cat>(cats => cats.OrderBy(cat => cat.Id).Select(cat => new { cat.Id, Sum = cat.Posts.Where(post => !post.Visible).Sum(post => post.Score) })))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static string Union => "select Title from Post where cat_id = 1 union select Title from Cat where Title = 'Q' order by 1";

    private static Func<ISession, object?> CountOf(int cat) => Linq<Post>(posts => posts.Count(post => post.Cat!.Id == cat));
}
