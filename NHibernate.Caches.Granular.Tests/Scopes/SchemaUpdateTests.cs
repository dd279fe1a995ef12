using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>Factories that update the schema when they are built.</summary>
public sealed class SchemaUpdateTests : BlogFixture
{
    [Test]
    public void New_query_region_leaves_what_others_hold()
    {
        static Func<ISession, object> Query(string? region) => session => session.CreateQuery("select p.Title from Post p").SetCacheable(true).SetCacheRegion(region).List();
        Ask(Query(null));
        Ask(Query("another"));
        Assert.That(Ask(Query(null)).WasHit, Is.True);
    }

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.Hbm2ddlAuto, "update");
    }
}
