using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>What an interceptor of one session makes of an entity while it is loaded is that session's alone.</summary>
public sealed class InterceptedLoadTests : BlogFixture
{
    [Test]
    public void State_that_a_session_s_own_interceptor_changes_does_not_enter_the_region([Values] bool byQuery)
    {
        using (var session = Factory.WithOptions().Interceptor(new Mask()).OpenSession())
            Assert.That((byQuery ? session.CreateQuery("from Post p where p.Id = 1").UniqueResult<Post>() : session.Get<Post>(1)).Title, Is.EqualTo("masked"));
        Commit(session => Assert.That(session.Get<Post>(1).Title, Is.EqualTo("first")));
    }

    [Test]
    public void It_does_not_enter_a_region_that_is_not_told_whose_it_is_either()
    {
        using (var session = Factory.WithOptions().Interceptor(new Mask()).OpenSession())
        {
            Assert.That(session.Get<Tag>(1).Name, Is.EqualTo("masked"));
            Assert.That(session.CacheMode, Is.EqualTo(CacheMode.Normal));
        }
        Commit(session => Assert.That(session.Get<Tag>(1).Name, Is.EqualTo("x")));
    }

    [Test]
    public void It_does_not_enter_from_a_session_that_shares_the_connection_of_another()
    {
        using (var session = Factory.OpenSession())
        using (var child = session.SessionWithOptions().Connection().Interceptor(new Mask()).OpenSession())
            Assert.That(child.Get<Tag>(1).Name, Is.EqualTo("masked"));
        Commit(session => Assert.That(session.Get<Tag>(1).Name, Is.EqualTo("x")));
    }

    [Test]
    public void Session_with_an_interceptor_that_leaves_loads_alone_feeds_the_regions()
    {
        using (var session = Factory.WithOptions().Interceptor(new Idle()).OpenSession())
            session.Get<Post>(1);
        var before = Statistics.PrepareStatementCount;
        Commit(session => session.Get<Post>(1));
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
    }

    [Test]
    public void Values_that_are_selected_one_by_one_put_nothing()
    {
        Commit(session =>
        {
            Assert.That(session.CreateQuery("select p.Id, upper(p.Title) from Post p").List<object[]>(), Is.Not.Empty);
            Assert.That(session.Query<Post>().Select(post => new Post { Id = post.Id, Title = "computed" }).ToList(), Is.Not.Empty);
        });
        Assert.That(Statistics.SecondLevelCachePutCount, Is.Zero);
    }

    [Test]
    public void Entity_with_lazy_properties_is_whole_wherever_it_is_read()
    {
        Commit(session => session.Query<Labelled>().ToList());
        Commit(session => Assert.That(session.Query<Labelled>().FetchLazyProperties().Single().Text, Is.EqualTo("long")));
        var before = Statistics.PrepareStatementCount;
        Commit(session => Assert.That(session.Get<Labelled>(1).Text, Is.EqualTo("long")));
        Assert.That(Statistics.PrepareStatementCount, Is.GreaterThan(before), "it is not cached at all");
    }

    protected override IEnumerable<string> TablesToEmpty => ["Labelled", .. base.TablesToEmpty];

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        session.Save(new Labelled { Id = 1, Name = "a", Text = "long" });
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Labelled>(map =>
        {
            map.Table("Labelled");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(labelled => labelled.Id, id => id.Generator(Generators.Assigned));
            map.Property(labelled => labelled.Name);
            map.Property(labelled => labelled.Text, property => property.Lazy(true));
        });
        return mapper;
    }

    public class Labelled
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual string Text { get; set; } = "";
    }

    private sealed class Idle : EmptyInterceptor
    {
    }

    private sealed class Mask : EmptyInterceptor
    {
        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types)
        {
            var index = Array.FindIndex(propertyNames, name => name is nameof(Post.Title) or nameof(Tag.Name));
            if (index < 0)
                return false;
            state[index] = "masked";
            return true;
        }
    }
}
