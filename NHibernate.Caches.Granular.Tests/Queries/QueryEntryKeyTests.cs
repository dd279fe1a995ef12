using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>Which executions are the same query to the cache, and which only look alike.</summary>
public sealed class QueryEntryKeyTests : BlogFixture
{
    [Test]
    public void Same_native_sql_read_as_an_entity_is_another_query()
    {
        Func<ISession, object> asRows = session => session.CreateSQLQuery("select * from Cat where id = 1").AddScalar("id", NHibernateUtil.Int32).SetCacheable(true).UniqueResult();
        Func<ISession, object> asEntity = session => session.CreateSQLQuery("select * from Cat where id = 1").AddEntity(typeof(Cat)).SetCacheable(true).UniqueResult();
        Ask(asRows);
        Assert.That(Ask(asEntity).Result, Is.InstanceOf<Cat>());
    }

    [Test]
    public void Native_query_with_discovered_types_is_found_again()
    {
        Func<ISession, object> discovered = session => session.CreateSQLQuery("select score as s from Post where id = 1").SetCacheable(true).UniqueResult();
        Ask(discovered);
        Assert.That(Ask(discovered), Is.EqualTo((5, true)));
    }
}
