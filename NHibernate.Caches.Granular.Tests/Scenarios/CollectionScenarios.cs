using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section E: many-to-many and other collections.</summary>
public sealed class CollectionScenarios : ScenarioFixture
{
    private static readonly Func<ISession, object?> s_tagsOfPost1 = Hql("select t from Post p join p.Tags t where p.Id = :a order by t.Id", 1);
    private static readonly Func<ISession, object?> s_tagsOfPost2 = Hql("select t from Post p join p.Tags t where p.Id = :a order by t.Id", 2);
    private static readonly Func<ISession, object?> s_postsOfTag1 = Linq<Post>(posts => posts.Where(post => post.Tags.Any(tag => tag.Id == 1)).OrderBy(post => post.Id));
    private static readonly Func<ISession, object?> s_postsOfTag2 = Criteria<Post>(c => c.CreateAlias("Tags", "t").Add(Restrictions.Eq("t.Id", 2)).AddOrder(Order.Asc("Id")));
    private static readonly Func<ISession, object?> s_loadedTagsOfPost1 = s => s.CreateQuery("from Post where Id = 1").SetCacheable(true).List<Post>().SelectMany(post => post.Tags).Select(tag => tag.Name).Order();
    private static readonly Func<ISession, object?> s_postsWithX = Hql("select distinct p from Post p join p.Tags t where t.Name = :a", "x");
    private static readonly Func<ISession, object?> s_postsWithoutX = Hql("from Post p where not exists (select t.Id from p.Tags t where t.Name = :a) order by p.Id", "x");
    private static readonly Func<ISession, object?> s_tagsOfCar1 = Hql("select t from Car c join c.Tags t where c.Id = :a order by t.Id", 1);
    private static readonly Func<ISession, object?> s_carsOfTag1 = Linq<Car>(cars => cars.Where(car => car.Tags.Any(tag => tag.Id == 1)).OrderBy(car => car.Id));
    private static readonly Func<ISession, object?> s_carsOfTag2 = Linq<Car>(cars => cars.Where(car => car.Tags.Any(tag => tag.Id == 2)).OrderBy(car => car.Id));
    private static readonly Func<ISession, object?> s_tag2 = Hql("from Tag where Id = :a", 2);

    private static readonly Scenario[] s_catalogue =
    [
        new("E01", "Tags of a post, one is added", s => s.Post(1).Tags.Add(s.Tag(2)), Drop(s_tagsOfPost1), Refresh(s_loadedTagsOfPost1)),
        new("E02", "Posts of a tag, it is added to a post", s => s.Post(1).Tags.Add(s.Tag(2)), Drop(s_postsOfTag2)),
        new("E03", "Tags of a post and posts of a tag, the link is removed", s => s.Post(1).Tags.Remove(s.Tag(1)), Drop(s_tagsOfPost1), Drop(s_postsOfTag1), Refresh(s_loadedTagsOfPost1)),
        new("E03", "Tags of a post and posts of a tag, one of two links is removed", s => s.Post(1).Tags.Remove(s.Tag(1)), Drop(s_tagsOfPost1), Drop(s_postsOfTag1), Keep(s_postsOfTag2))
            { Given = s => s.Post(1).Tags.Add(s.Tag(2)) },
        new("E04", "Tags of a post and posts of a tag, the post's tags are cleared", s => s.Post(1).Tags.Clear(), Drop(s_tagsOfPost1), Drop(s_postsOfTag1), Refresh(s_loadedTagsOfPost1)),
        new("E05", "Another post's link, a post's tags are cleared", s => s.Post(1).Tags.Clear(), Keep(Sql("select post_id, tag_id from PostTag where post_id = 2 and tag_id = 2"))),
        new("E06", "Another tag by id, a post's tags are cleared", s => s.Post(1).Tags.Clear(), Keep(s_tag2)),
        new("E07", "Tags of a post, its tag is added to another", s => s.Post(2).Tags.Add(s.Tag(1)), Keep(s_tagsOfPost1)),
        new("E08", "Posts of a tag, another tag is removed from another post", s => s.Post(2).Tags.Remove(s.Tag(2)), Keep(s_postsOfTag1)),
        new("E08", "Posts of a tag, one of two other tags is removed from another post", s => s.Post(2).Tags.Remove(s.Tag(2)), Keep(s_postsOfTag1))
            { Given = s => { s.AddTag(3, "z"); s.Post(2).Tags.Add(s.Load<Tag>(3)); } },
        new("E09", "Tags of the post with a tag's id, that tag loses its posts", s => s.Post(1).Tags.Remove(s.Tag(2)), Keep(s_tagsOfPost2))
            { Given = s => { s.Sql("delete from PostTag"); s.Sql("insert into PostTag (post_id, tag_id) values (1, 1), (1, 2), (2, 1)"); } },
        new("E10", "Both sides of a link with payload, one is created", s => s.Save(new Labeling { Id = 9, Post = s.Load<Post>(1), Tag = s.Load<Tag>(2), Weight = 1 }),
            Drop(LabelsOfPost(1)), Drop(LabeledWith(2)), Keep(LabelsOfPost(2)), Keep(LabeledWith(1))),
        new("E10", "Both sides of a link with payload, one is deleted", s => s.Delete(s.Get<Labeling>(1)),
            Drop(LabelsOfPost(1)), Drop(LabeledWith(1)), Keep(LabelsOfPost(2)), Keep(LabeledWith(2)))
            { Given = s => s.Save(new Labeling { Id = 1, Post = s.Load<Post>(1), Tag = s.Load<Tag>(1), Weight = 1 }) },
        new("E11", "Tags of a post, it is deleted", s => { s.Sql("delete from Comment where post_id = 1"); s.Delete(s.Post(1)); }, Drop(s_tagsOfPost1), Drop(s_postsOfTag1)),
        new("E11", "Posts of a tag, it is deleted", s => { s.Post(1).Tags.Clear(); s.Delete(s.Tag(1)); }, Drop(s_postsOfTag1), Drop(s_tagsOfPost1)),
        new("E12", "Posts with a tag of a name, it is added to one", s => s.Post(2).Tags.Add(s.Tag(1)), Drop(s_postsWithX)),
        new("E12", "Posts with a tag of a name, another tag gets it", s => s.Tag(2).Name = "x", Drop(s_postsWithX)),
        new("E13", "Tags of a post, all are replaced", s => { var tags = s.Post(1).Tags; tags.Clear(); tags.Add(s.Tag(2)); }, Drop(s_tagsOfPost1), Drop(s_postsOfTag1), Drop(s_postsOfTag2), Refresh(s_loadedTagsOfPost1)),
        new("E13", "Tags of a post, the collection is replaced by another", s => s.Post(1).ReplaceTags(s.Tag(2)), Drop(s_tagsOfPost1), Drop(s_postsOfTag1), Drop(s_postsOfTag2), Refresh(s_loadedTagsOfPost1)),
        new("E14", "Posts without a tag of a name, it is added to one", s => s.Post(3).Tags.Add(s.Tag(1)), Drop(s_postsWithoutX)),
        new("E14", "Posts without a tag of a name, another tag gets it", s => s.Tag(2).Name = "x", Drop(s_postsWithoutX)),
        new("E15", "Posts without a tag, it is added to one", s => s.Post(3).Tags.Add(s.Tag(1)),
            Drop(Linq<Post>(posts => posts.Where(post => !post.Tags.Any(tag => tag.Id == 1)).OrderBy(post => post.Id)))),
        new("E15", "Posts that a tag is no member of, it is added to one", s => s.Post(3).Tags.Add(s.Tag(1)),
            Drop(s => s.CreateQuery("from Post p where :a not in elements(p.Tags) order by p.Id").SetEntity("a", s.Load<Tag>(1)).SetCacheable(true).List())),
        new("E16", "Posts without tags, one gets its first", s => s.Post(3).Tags.Add(s.Tag(1)), Drop(Hql("from Post p where p.Tags is empty")), Drop(Hql("from Post p where size(p.Tags) = 0"))),
        new("E16", "Posts without tags by left join, one gets its first", s => s.Post(3).Tags.Add(s.Tag(1)), Drop(Hql("select p from Post p left join p.Tags t where t.Id is null"))),
        new("E17", "Posts with two tags, one gets the second", s => s.Post(1).Tags.Add(s.Tag(2)), Drop(Hql("select p from Post p join p.Tags t join p.Tags u where t.Id = 1 and u.Id = 2"))),
        new("E18", "Tags of a post, all links of its tag are updated", s => s.Sql("update PostTag set tag_id = 2 where tag_id = 1"), Drop(s_tagsOfPost1), Refresh(s_loadedTagsOfPost1)),
        new("E19", "Tags of a car and cars of a tag, one is added", s => s.Get<Car>(1).Tags.Add(s.Tag(2)), Drop(s_tagsOfCar1), Drop(s_carsOfTag2)) { Given = AddCars },
        new("E19", "Tags of a car and cars of a tag, the link is removed", s => s.Get<Car>(1).Tags.Remove(s.Tag(1)), Drop(s_tagsOfCar1), Drop(s_carsOfTag1)) { Given = AddCars },
        new("E19", "Tags of a car and cars of a tag, the car's tags are cleared", s => s.Get<Car>(1).Tags.Clear(),
            Drop(s_tagsOfCar1), Drop(s_carsOfTag1), Keep(Sql("select car_id, tag_id from CarTag where car_id = 2 and tag_id = 2")), Keep(s_tag2)) { Given = AddCars },
        new("E20", "Tags of a post, one that it has is added", s => s.Post(1).Tags.Add(s.Tag(1)), Keep(s_tagsOfPost1), Keep(s_loadedTagsOfPost1)),
        new("E21", "Media of a folder, one of a subclass is added", s => s.Save(new Picture { Id = 9, Name = "p", Folder = s.Load<Folder>(1) }),
            Drop(Hql("from Medium m where m.Folder.Id = :a", 1)), Refresh(s => s.Cached<Folder>().ToList().SelectMany(folder => folder.Media).Select(medium => medium.Id)))
            { Given = s => s.Save(new Folder { Id = 1, Name = "f" }) },
        new("E22", "Posts that have comments, which no cache knows, one is added", s => s.Save(new Comment { Id = 9, Post = s.Load<Post>(3) }),
            Drop(Hql("from Post p where p.Id in (select c.Post.Id from Comment c) order by p.Id"))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static Func<ISession, object?> LabelsOfPost(int post) => Hql("select l.Tag.Name, l.Weight from Labeling l where l.Post.Id = :a", post);

    private static Func<ISession, object?> LabeledWith(int tag) => Hql("select l.Post.Title, l.Weight from Labeling l where l.Tag.Id = :a", tag);

    private static void AddCars(ISession session)
    {
        for (var id = 1; id <= 2; id++)
        {
            var car = new Car { Id = id, Name = $"car {id}" };
            car.Tags.Add(session.Load<Tag>(id));
            session.Save(car);
        }
    }
}
