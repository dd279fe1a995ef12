using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>An entity whose state comes from the rows of other tables too.</summary>
public sealed class FormulaTests : BlogFixture
{
    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Topic>(map =>
        {
            map.Table("Cat");
            map.Mutable(true);
            map.Cache(cache => cache.Usage(CacheUsage.NonstrictReadWrite));
            map.Id(topic => topic.Id, id => id.Generator(Generators.Assigned));
            map.Property(topic => topic.PostCount, property => property.Formula("(select count(*) from Post p where p.cat_id = Id)"));
        });
        return mapper;
    }

    [Test]
    public void Entity_that_counts_uncommitted_rows_is_not_put()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 10, Title = "never", Cat = session.Load<Cat>(1) });
            session.Flush();
            Assert.That(session.Get<Topic>(1).PostCount, Is.EqualTo(3), "its own row too");
            transaction.Rollback();
        }
        Assert.That(Commit(session => session.Get<Topic>(1).PostCount), Is.EqualTo(2));
    }

    public class Topic
    {
        public virtual int Id { get; set; }

        public virtual long PostCount { get; set; }
    }
}
