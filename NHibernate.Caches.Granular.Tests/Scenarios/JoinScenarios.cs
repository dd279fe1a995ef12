using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.SqlCommand;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section D: joins.</summary>
public sealed class JoinScenarios : ScenarioFixture
{
    private static readonly int[] s_firstAndThird = [1, 3];

    private static readonly Func<ISession, object?> s_postsOfCatA = Hql("select p from Post p join p.Cat c where c.Title = :a order by p.Id", "A");
    private static readonly Func<ISession, object?> s_postsOfCatAAnd1 = Linq<Post>(posts => posts.Where(post => post.Cat!.Title == "A" && post.Cat.Id == 1).OrderBy(post => post.Id));
    private static readonly Func<ISession, object?> s_commentsOfCatA = Linq<Comment>(comments => comments.Where(comment => comment.Post!.Cat!.Title == "A").OrderBy(comment => comment.Id));
    private static readonly Func<ISession, object?> s_nodesUnderRoot = Hql("from Node n where n.Parent.Name = :a", "root");

    private static readonly Scenario[] s_catalogue =
    [
        new("D01", "Posts by the category's title, it is renamed", s => s.Cat(1).Title = "Z", Drop(s_postsOfCatA)),
        new("D01", "Posts by the category's title by criteria, it is renamed", s => s.Cat(1).Title = "Z",
            Drop(Criteria<Post>(c => c.CreateAlias("Cat", "c").Add(Restrictions.Eq("c.Title", "A"))))),
        new("D02", "Posts by the category's title, another gets it", s => s.Cat(2).Title = "A", Drop(s_postsOfCatA)),
        new("D03", "Posts by the category's title, another category is inserted", s => s.AddCat(9, "Q"), Keep(s_postsOfCatA)),
        new("D04", "Posts by the category's title, a post of another is inserted", s => s.AddPost(cat: 2), Either(s_postsOfCatA)),
        new("D05", "Posts by the category's title and id, a post of another is inserted", s => s.AddPost(cat: 2), Keep(s_postsOfCatAAnd1)),
        new("D05", "Posts by the category's title and id, a post is inserted there", s => s.AddPost(cat: 1), Drop(s_postsOfCatAAnd1)),
        new("D05", "Posts by the category's title and id, another category gets that title", s => s.Cat(2).Title = "A", Keep(s_postsOfCatAAnd1)),
        new("D06", "Posts of categories without the title, one is renamed", s => s.Cat(1).Title = "Z", Drop(Hql("from Post p where not p.Cat.Title = :a order by p.Id", "A"))),
        new("D07", "Comments over post and category, the post moves", s => s.Post(1).Cat = s.Load<Cat>(2), Drop(s_commentsOfCatA)),
        new("D08", "Comments over post and category, a post of another is inserted", s => s.AddPost(cat: 2), Either(s_commentsOfCatA)),
        new("D08", "Comments over post and category, a comment elsewhere is inserted", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(2) }), Either(s_commentsOfCatA)),
        new("D09", "Categories that have a post of a score, it changes", s => s.Post(2).Score = 8, Drop(Linq<Cat>(cats => cats.Where(cat => cat.Posts.Any(post => post.Score == 7))))),
        new("D09", "Categories joined with posts of a score, it changes", s => s.Post(2).Score = 8,
            Drop(Over<Cat>(q => q.JoinQueryOver<Post>(cat => cat.Posts).Where(post => post.Score == 7).TransformUsing(NHibernate.Transform.Transformers.DistinctRootEntity)))),
        new("D10", "Categories with one hidden post of a title, a visible one is inserted", s => s.AddPost(title: "t", cat: 2, visible: true),
            Keep(Linq<Cat>(cats => cats.Where(cat => cat.Posts.Any(post => post.Title == "t" && !post.Visible))))),
        new("D11", "Categories with a post of a title and a hidden one, a visible one is inserted", s => s.AddPost(title: "t", cat: 2, visible: true),
            Drop(Linq<Cat>(cats => cats.Where(cat => cat.Posts.Any(post => post.Title == "t") && cat.Posts.Any(post => !post.Visible))))),
        new("D12", "Categories without a post of a score, it changes", s => s.Post(2).Score = 8,
            Drop(Hql("from Cat c where not exists (select p.Id from Post p where p.Cat.Id = c.Id and p.Score = 7) order by c.Id"))),
        new("D12", "Categories without a post of a score by left join, it changes", s => s.Post(2).Score = 8,
            Drop(Hql("select c from Cat c left join c.Posts p with p.Score = 7 where p.Id is null order by c.Id"))),
        new("D13", "Categories without posts, the last post of one is deleted", s => { ChangeScenarios.Unlink(s, 2); s.Delete(s.Post(2)); },
            Drop(Hql("select c from Cat c left join c.Posts p where p.Id is null"))),
        new("D13", "Categories without posts, one gets its first", s => s.AddPost(cat: 3), Drop(Linq<Cat>(cats => cats.Where(cat => !cat.Posts.Any()))))
            { Given = s => s.AddCat(3, "C") },
        new("D14", "Persons without passport, one gets a passport", s => s.Get<Passport>(1).Person = s.Load<Person>(1),
            Drop(Hql("select p from Person p left join p.Passport x where x.Id is null")))
            { Given = s => { s.Save(new Person { Id = 1, Name = "one" }); s.Save(new Passport { Id = 1, Number = "1" }); } },
        new("D15", "Categories left-joined with posts that have none, a category is inserted", s => s.AddCat(9, "Q"),
            Drop(Hql("select c from Cat c left join c.Posts p where p.Cat.Id is null"))),
        new("D16", "Post with its category fetched, the category is renamed", s => s.Cat(1).Title = "Z",
            Refresh(s => s.Cached<Post>().Where(post => post.Id == 1).Fetch(post => post.Cat).ToList().Select(post => post.Title + post.Cat!.Title))),
        new("D16", "Post with its category fetched by criteria, the category is renamed", s => s.Cat(1).Title = "Z",
            Refresh(s => s.CreateCriteria<Post>().Fetch(SelectMode.Fetch, "Cat").Add(Restrictions.Eq("Id", 1)).SetCacheable(true).List<Post>().Select(post => post.Cat!.Title))),
        new("D16", "Posts with comments fetched, a comment is added", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(1) }),
            Drop(s => s.Cached<Post>().Where(post => post.Id == 1).FetchMany(post => post.Comments).ToList().SelectMany(post => post.Comments).Select(comment => comment.Id).Order())),
        new("D16", "Posts with comments fetched, a comment moves to another post", s => s.Get<Comment>(1).Post = s.Load<Post>(2),
            Drop(s => s.Cached<Post>().Where(post => post.Id == 1).FetchMany(post => post.Comments).ToList().SelectMany(post => post.Comments).Select(comment => comment.Id).Order())),
        new("D16", "Posts with comments fetched, a comment's text changes", s => s.Get<Comment>(1).Text = "changed",
            Refresh(s => s.Cached<Post>().Where(post => post.Id == 1).FetchMany(post => post.Comments).ToList().SelectMany(post => post.Comments).Select(comment => comment.Text))),
        new("D17", "Category titles of posts, one is renamed", s => s.Cat(1).Title = "Z", Drop(Linq<Post>(posts => posts.OrderBy(post => post.Id).Select(post => post.Cat!.Title)))),
        new("D18", "Posts ordered by category title, one is renamed", s => s.Cat(1).Title = "Z", Drop(Hql("select p from Post p join p.Cat c order by c.Title, p.Id"))),
        new("D18", "Posts ordered by category title by criteria, one is renamed", s => s.Cat(1).Title = "Z",
            Drop(Criteria<Post>(c => c.CreateAlias("Cat", "c", JoinType.LeftOuterJoin).AddOrder(Order.Asc("c.Title")).AddOrder(Order.Asc("Id"))))),
        new("D19", "Nodes by the parent's name, the parent is renamed", s => s.Get<Node>(1).Name = "changed", Drop(s_nodesUnderRoot)) { Given = AddNodes },
        new("D19", "Nodes by the parent's name, another node is inserted", s => s.Save(new Node { Id = 9, Name = "other" }), Either(s_nodesUnderRoot)) { Given = AddNodes },
        new("D19", "Nodes by the parent's name, a node moves under it", s => s.Get<Node>(3).Parent = s.Load<Node>(1), Drop(s_nodesUnderRoot)) { Given = AddNodes },
        new("D20", "Posts by the category's title or their own, another category gets the title", s => s.Cat(2).Title = "A",
            Drop(Hql("select p from Post p left join p.Cat c where c.Title = :a or p.Title = :b order by p.Id", "A", "zz"))),
        new("D21", "Category and its posts by two queries, a post is inserted", s => s.AddPost(cat: 1), Keep(Hql("from Cat where Id = :a", 1)), Drop(Hql("from Post where Cat.Id = :a", 1))),
        new("D21", "Category and its lazy posts, a post is inserted", s => s.AddPost(cat: 1),
            Refresh(s => s.Cached<Cat>().Where(cat => cat.Id == 1).ToList().SelectMany(cat => cat.Posts).Select(post => post.Id).Order())),
        new("D22", "Comments of a list of posts, one of another post is inserted", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(2) }),
            Keep(Hql("from Comment c where c.Post.Id in (:a)", s_firstAndThird))),
        new("D22", "Lines by a list of composite keys, another is inserted", s => s.Save(new OrderLine { OrderNo = 2, LineNo = 1 }),
            Keep(Sql("select Product from OrderLine where (OrderNo, LineNo) in ((1, 1), (1, 2))"))),
        new("D22", "Lines by a list of composite keys, one of them is inserted", s => s.Save(new OrderLine { OrderNo = 1, LineNo = 2 }),
            Drop(Sql("select Product from OrderLine where (OrderNo, LineNo) in ((1, 1), (1, 2))"))),
        new("D22", "Lines by alternatives of composite keys, another is inserted", s => s.Save(new OrderLine { OrderNo = 2, LineNo = 1 }),
            Keep(Linq<OrderLine>(lines => lines.Where(line => (line.OrderNo == 1 && line.LineNo == 1) || (line.OrderNo == 1 && line.LineNo == 2))))),
        new("D23", "Categories with their posts of a score, it changes", s => s.Post(2).Score = 8, Drop(Hql("select c.Id, p.Id from Cat c left join c.Posts p with p.Score = 7 order by c.Id"))),
        new("D24", "Posts by the category as an object, one is inserted", s => s.AddPost(cat: 1),
            Drop(s => s.CreateQuery("from Post where Cat = :a").SetEntity("a", s.Load<Cat>(1)).SetCacheable(true).List()),
            Drop(s => s.Cached<Post>().Where(post => post.Cat == s.Load<Cat>(1))),
            Drop(Criteria<Post>(c => c.Add(Restrictions.Eq("Cat", new Cat { Id = 1 }))))),
        new("D25", "Visible posts of two categories by collection filter, one is inserted", s => s.AddPost(cat: 1, visible: true), Drop(VisibleOf(1)), Keep(VisibleOf(2))),
        new("D25", "Visible posts of a category by collection filter, a hidden one is inserted", s => s.AddPost(cat: 1), Keep(VisibleOf(1))),
        new("D26", "Count of categories without a hidden post, one is shown", s => s.Post(2).Visible = true,
            Drop(Linq<Cat>(cats => cats.Count(cat => !cat.Posts.Any(post => !post.Visible))))),
        new("D26", "Count of persons whose passport has another number, it changes", s => s.Get<Passport>(1).Number = "2",
            Drop(Hql("select count(*) from Person p where not p.Passport.Number = :a", "2")))
            { Given = s => { s.Save(new Person { Id = 1, Name = "one" }); s.Save(new Passport { Id = 1, Number = "1", Person = s.Load<Person>(1) }); } },
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static Func<ISession, object?> VisibleOf(int cat) => session =>
        session.CreateFilter(session.Cat(cat).Posts, "where this.Visible = true order by this.Id").SetCacheable(true).List();

    private static void AddNodes(ISession session)
    {
        session.Save(new Node { Id = 1, Name = "root" });
        session.Save(new Node { Id = 2, Name = "leaf", Parent = session.Load<Node>(1) });
        session.Save(new Node { Id = 3, Name = "loose" });
    }
}
