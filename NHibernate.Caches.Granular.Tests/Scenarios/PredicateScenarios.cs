using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section A: predicates on one table.</summary>
public sealed class PredicateScenarios : ScenarioFixture
{
    private static readonly int?[] s_nullAndOne = [null, 1];
    private static readonly int[] s_none = [];

    private static readonly Func<ISession, object?> s_postsOfCat1 = Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id));
    private static readonly Func<ISession, object?> s_postsOfCat2 = Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 2).OrderBy(post => post.Id));

    private static readonly Func<ISession, object?> s_manyAlternatives =
        Hql("select p from Post p join p.Cat c where p.Visible = true and (" + Repeat(13, " or ", i => $"p.Title like 't{i}%' or c.Title like 't{i}%'") + ")");

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static readonly Scenario[] s_catalogue =
    [
        new("A01", "Posts of a category, a post is inserted there", s => s.AddPost(cat: 1), Drop(s_postsOfCat1)),
        new("A02", "Posts of a category, a post is inserted in another", s => s.AddPost(cat: 2), Keep(s_postsOfCat1)),
        new("A03", "Post by id, another post is saved", s => s.Post(2).Title = "changed", Keep(Hql("from Post where Id = :a", 1))),
        new("A04", "Title of a post by id, it changes", s => s.Post(1).Title = "changed", Drop(Hql("select Title from Post where Id = :a", 1))),
        new("A04", "Post by id, its title changes", s => s.Post(1).Title = "changed", Refresh(Over<Post>(q => q.Where(post => post.Id == 1)))),
        new("A05", "Posts of two categories, a post moves between them", s => s.Post(2).Cat = s.Load<Cat>(1),
            Drop(s_postsOfCat1), Drop(s_postsOfCat2)),
        new("A06", "Posts of a category, a post leaves it", s => s.Post(1).Cat = s.Load<Cat>(2), Drop(s_postsOfCat1)),
        new("A06", "Posts of a category, a post leaves all", s => s.Post(1).Cat = null, Drop(s_postsOfCat1), Keep(s_postsOfCat2)),
        new("A07", "Count of visible posts, one is hidden", s => s.Post(1).Visible = false,
            Drop(Linq<Post>(posts => posts.Count(post => post.Visible)))),
        new("A07", "Count of visible posts, a hidden one is inserted", s => s.AddPost(visible: false),
            Keep(Linq<Post>(posts => posts.Count(post => post.Visible)))),
        new("A08", "Category and score range, a post with that score is inserted in another category", s => s.AddPost(cat: 2, score: 9),
            Keep(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1 && post.Score > 5)))),
        new("A09", "Category and score range, a post of the category is inserted outside the range", s => s.AddPost(cat: 1, score: 1),
            Either(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1 && post.Score > 5)))),
        new("A10", "Score range, a post is inserted outside it", s => s.AddPost(score: 1), Either(Over<Post>(q => q.Where(post => post.Score > 5)))),
        new("A11", "All categories but one, a post is inserted in that one", s => s.AddPost(cat: 1), Either(Hql("from Post where Cat.Id <> :a", 1))),
        new("A11", "All categories but one, a post is inserted in another", s => s.AddPost(cat: 2), Drop(Hql("from Post where Cat.Id <> :a", 1))),
        new("A12", "Category and not hidden, a post is inserted in another category", s => s.AddPost(cat: 2, visible: true),
            Keep(Hql("from Post where Cat.Id = :a and not Visible = false", 1))),
        new("A13", "Category and not hidden, a hidden post is inserted there", s => s.AddPost(cat: 1),
            Either(Hql("from Post where Cat.Id = :a and not Visible = false", 1))),
        new("A14", "Negated twice, a post is inserted in another category", s => s.AddPost(cat: 2),
            Keep(Criteria<Post>(c => c.Add(Restrictions.Not(Restrictions.Not(Restrictions.Eq("Cat.Id", 1))))))),
        new("A15", "Not visible in the category, a visible one is inserted there", s => s.AddPost(cat: 1, visible: true),
            Either(Hql("from Post where not (Cat.Id = :a and Visible = true)", 1))),
        new("A15", "Not visible in the category, a hidden one is inserted there", s => s.AddPost(cat: 1),
            Drop(Hql("from Post where not (Cat.Id = :a and Visible = true)", 1))),
        new("A16", "Category or score, neither is inserted", s => s.AddPost(cat: 2, score: 1), Keep(CatOrScore)),
        new("A17", "Category or score, the score is inserted", s => s.AddPost(cat: 2, score: 7), Drop(CatOrScore)),
        new("A18", "Category or score range, neither is inserted", s => s.AddPost(cat: 2, score: 1),
            Either(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1 || post.Score > 7)))),
        new("A19", "Either category or score, the category alone is inserted", s => s.AddPost(cat: 1, score: 3),
            Drop(Sql("select Id from Post where (cat_id = :a) <> (Score = :b) order by Id", 1, 7))),
        new("A20", "Two categories at once, a post is inserted in one", s => s.AddPost(cat: 1),
            Keep(Hql("from Post where Cat.Id = :a and Cat.Id = :b", 1, 2))),
        new("A21", "Score in a list, another score is inserted", s => s.AddPost(score: 8), Keep(ScoreIn(7))),
        new("A21", "Score in a list, a listed score is inserted", s => s.AddPost(score: 6), Drop(ScoreIn(7))),
        new("A22", "Score in a list longer than is compared, another score is inserted", s => s.AddPost(score: 900), Either(ScoreIn(200))),
        new("A22", "Score in a list longer than is compared, a listed score is inserted", s => s.AddPost(score: 150), Drop(ScoreIn(200))),
        new("A22", "Score in a list of 100, another score is inserted", s => s.AddPost(score: 900), Keep(ScoreIn(100))),
        new("A23", "Category in a list with null, a post is inserted in another", s => s.AddPost(cat: 2),
            Keep(Hql("from Post where Cat.Id in (:a) and Cat.Id = :b", s_nullAndOne, 1))),
        new("A24", "Score in a list with null, a post without score is inserted", s => s.AddPost(),
            Either(Criteria<Post>(c => c.Add(Restrictions.In("Score", new object?[] { null, 5 }))))),
        new("A25", "Id in an empty list, a post is inserted", s => s.AddPost(), Keep(Criteria<Post>(c => c.Add(Restrictions.In("Id", s_none))))),
        new("A25", "Id in an empty list by LINQ, a post is inserted", s => s.AddPost(), Keep(Linq<Post>(posts => posts.Where(post => s_none.Contains(post.Id))))),
        new("A26", "Without score, one without is inserted", s => s.AddPost(), Drop(Linq<Post>(posts => posts.Where(post => post.Score == null)))),
        new("A26", "Without score, one with is inserted", s => s.AddPost(score: 3), Keep(Linq<Post>(posts => posts.Where(post => post.Score == null)))),
        new("A27", "With score, one without is inserted", s => s.AddPost(), Either(Criteria<Post>(c => c.Add(Restrictions.IsNotNull("Score"))))),
        new("A27", "With score, one with is inserted", s => s.AddPost(score: 3), Drop(Criteria<Post>(c => c.Add(Restrictions.IsNotNull("Score"))))),
        new("A28", "Not in a long list, a post outside the list is inserted", s => s.AddPost(id: 30),
            Drop(Linq<Post>(posts => posts.Where(post => !(Numbers(10).Contains(post.Id) && post.Score != null))))),
        new("A29", "Long text, another text is inserted", s => s.AddPost(body: "z"), Either(Criteria<Post>(c => c.Add(Restrictions.Eq("Body", "q"))))),
        new("A29", "Long text, that text is inserted", s => s.AddPost(body: "q"), Drop(Criteria<Post>(c => c.Add(Restrictions.Eq("Body", "q"))))),
        new("A30", "First page of a category, a post is inserted behind it", s => s.AddPost(cat: 1),
            Either(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Take(1)))),
        new("A30", "First page of a category, a post is inserted in another", s => s.AddPost(cat: 2),
            Keep(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Take(1)))),
        new("A31", "Ordered by title, a title changes", s => s.Post(1).Title = "zzz", Drop(Over<Post>(q => q.Where(post => post.Cat!.Id == 1).OrderBy(post => post.Title).Asc))),
        new("A32", "Columns compared with each other, a post is inserted", s => s.AddPost(score: 9), Drop(Hql("from Post where Score = Id"))),
        new("A32", "Bits of a column, a post is inserted", s => s.AddPost(score: 3), Drop(Sql("select Id from Post where Score & 2 = 2 order by Id"))),
        new("A32", "Arithmetic on a column, a post is inserted", s => s.AddPost(score: 4), Drop(Linq<Post>(posts => posts.Where(post => post.Score + 1 == 5)))),
        new("A33", "No post has the title, one with it is inserted", s => s.AddPost(title: "none"), Drop(Linq<Post>(posts => posts.Where(post => post.Title == "none")))),
        new("A33", "No post has the title, another is inserted", s => s.AddPost(title: "some"), Keep(Linq<Post>(posts => posts.Where(post => post.Title == "none")))),
        new("A34", "No predicate, a post is inserted", s => s.AddPost(), Drop(Hql("from Post"))),
        new("A34", "No predicate, a row of another table is inserted", s => s.AddCat(9, "Q"), Keep(Hql("from Post"))),
        new("A35", "Visible and 13 alternatives over two tables, a post is inserted", s => s.AddPost(title: "t3", visible: true, cat: 1), Drop(s_manyAlternatives)),
        new("A35", "Visible and 13 alternatives over two tables, a hidden post is inserted", s => s.AddPost(title: "t3", cat: 1), Keep(s_manyAlternatives)),
        new("A36", "14 joins with alternatives each, a link is added", s => s.Post(2).Tags.Add(s.Tag(1)), Either(Hql(ManyJoins))),
        new("A37", "Predicate inside JSON, a post is inserted", s => s.AddPost(body: "{\"a\": 1}"),
            Drop(Sql("select Id from Post where cast(Body as jsonb) ->> 'a' = '1' order by Id"))),
        new("A37", "Array contains a column, a post is inserted", s => s.AddPost(score: 5),
            Drop(Sql("select Id from Post where Score = any (array[5, 6]) order by Id"))),
        new("A37", "Empty array, a post is inserted", s => s.AddPost(score: 5),
            Either(Sql("select Id from Post where Score = any (cast(array[] as int[])) order by Id"))),
        new("A38", "Result transformer, a title changes", s => s.Post(1).Title = "changed", Drop(s => s.CreateQuery("select Id as Key, Title as Value from Post where Id = 1")
            .SetResultTransformer(NHibernate.Transform.Transformers.AliasToEntityMap).SetCacheable(true).List<System.Collections.IDictionary>().Select(row => $"{row["Key"]}={row["Value"]}"))),
        new("A38", "Typed projection, a title changes", s => s.Post(1).Title = "changed",
            Drop(Linq<Post>(posts => posts.Where(post => post.Id == 1).Select(post => new { post.Id, post.Title }).ToList()))),
        new("A38", "Projection of a category, a post of another is inserted", s => s.AddPost(cat: 2),
            Keep(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).Select(post => new { post.Id, post.Title }).ToList()))),
        new("A39", "Complex right-hand side, a post is inserted", s => s.AddPost(score: 7),
            Drop(Hql("from Post where Score = (select max(p.Score) from Post p) + 0 or Title = concat(:a, 'x')", "a"))),
        new("A40", "Second page of a category, a post of the first page is deleted", s => s.Delete(s.Post(3)),
            Drop(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderByDescending(post => post.Id).Skip(1).Take(1)))),
        new("A40", "Second page of a category, a post of another is deleted", s =>
            {
                s.Sql("delete from PostTag where post_id = 2");
                s.Sql("delete from Comment where post_id = 2");
                s.Delete(s.Post(2));
            },
            Keep(Linq<Post>(posts => posts.Where(post => post.Cat!.Id == 1).OrderByDescending(post => post.Id).Skip(1).Take(1)))),
    ];

    private static string ManyJoins => "select p.Id from Post p " + Repeat(14, " ", i => $"left join p.Tags t{i}")
        + " where " + Repeat(14, " and ", i => $"(t{i}.Id = {i} or t{i}.Id = {i + 100})");

    private static object? CatOrScore(ISession session) =>
        session.CreateCriteria<Post>().Add(Restrictions.Or(Restrictions.Eq("Cat.Id", 1), Restrictions.Eq("Score", 7))).SetCacheable(true).List();

    private static Func<ISession, object?> ScoreIn(int count) => Hql("from Post where Score in (:a)", Numbers(count));

    private static int[] Numbers(int count) => [.. Enumerable.Range(1, count)];

    private static string Repeat(int count, string separator, Func<int, string> part) => string.Join(separator, Enumerable.Range(1, count).Select(part));
}
