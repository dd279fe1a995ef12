using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Queries;

public sealed class QueryParameterTests : BlogFixture
{
    [Test]
    public void Entity_as_parameter_hits_from_another_session()
    {
        static long Count(ISession session) => session.CreateQuery("select count(*) from Post p where p.Cat = :cat").SetEntity("cat", session.Load<Cat>(1)).SetCacheable(true).UniqueResult<long>();
        Assert.That(Ask(Count), Is.EqualTo((2L, false)));
        Assert.That(Ask(Count), Is.EqualTo((2L, true)));
    }

    [Test]
    public void Binary_parameters_hit_by_their_content()
    {
        static object Ask(ISession session, byte last) => session.CreateSQLQuery("select count(*) as n from Post where decode('0102', 'hex') = :bytes").AddScalar("n", NHibernateUtil.Int64).SetBinary("bytes", [1, last]).SetCacheable(true).UniqueResult();
        Assert.That(this.Ask(session => Ask(session, 2)), Is.EqualTo(((object)3L, false)));
        Assert.That(this.Ask(session => Ask(session, 2)), Is.EqualTo(((object)3L, true)));
        Assert.That(this.Ask(session => Ask(session, 3)), Is.EqualTo(((object)0L, false)));
    }

    [Test]
    public void Order_in_which_parameters_were_set_does_not_matter()
    {
        static IQuery Query(ISession session) => session.CreateQuery("select count(*) from Post p where p.Slug = :slug or p.Title = :title").SetCacheable(true);
        Assert.That(Ask(session => Query(session).SetString("slug", "first").SetString("title", "second").UniqueResult<long>()), Is.EqualTo((2L, false)));
        Assert.That(Ask(session => Query(session).SetString("title", "second").SetString("slug", "first").UniqueResult<long>()), Is.EqualTo((2L, true)));
        Assert.That(Ask(session => Query(session).SetString("title", "first").SetString("slug", "first").UniqueResult<long>()), Is.EqualTo((1L, false)));
    }
}
