using NHibernate.Caches.Granular.Tests.Profiles.Art;
using NHibernate.Caches.Granular.Tests.Profiles.Art.Guests;
using NHibernate.Engine;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>Entities that a profile forbids to be cached.</summary>
public sealed class ForbiddenTests : ProfileFixture
{
    private const string Pattern = "NHibernate.Caches.Granular.Tests.Profiles.Art.Guests.*";

    private static readonly Func<ISession, object?>[] s_cacheable =
    [
        session => session.Query<Visitor>().Cached().ToList(),
        session => session.Query<Visitor>().WithOptions(options => options.SetCacheable(true)).Count(),
        session => session.CreateQuery("from Visitor").SetCacheable(true).List(),
        session => session.CreateQuery("from Artist a where exists (from Visitor v where v.Favourite = a)").SetCacheable(true).List(),
        session => session.CreateQuery("from Visitor").SetCacheable(true).Future<Visitor>().GetEnumerable().ToList(),
        session => session.CreateCriteria<Visitor>().SetCacheable(true).List(),
        session => session.QueryOver<Visitor>().Cacheable().List(),
        session => session.CreateSQLQuery("select * from Visitor").AddEntity(typeof(Visitor)).SetCacheable(true).List(),
        session => session.CreateSQLQuery("select Name from Visitor").AddScalar("Name", NHibernateUtil.String).SetCacheable(true).List(),
    ];

    [Test]
    public void Cacheable_query_is_refused_by_the_names_of_entity_and_profile()
    {
        Open(Forbid);
        foreach (var query in s_cacheable)
            Assert.That(() => Do(query), Throws.InstanceOf<QueryException>().With.Message.Contains(typeof(Visitor).FullName).And.Message.Contains(Pattern));
    }

    [Test]
    public void Cacheable_query_is_refused_where_the_cache_is_off_as_well()
    {
        Open(Forbid, configuration => configuration.SetProperty("cache.granular.enabled", "false"));
        Assert.That(() => Do(session => session.Query<Visitor>().Cached().ToList()), Throws.InstanceOf<QueryException>().With.Message.Contains(Pattern), "so that it is noticed before it is on");
    }

    [Test]
    public void Cacheable_query_of_a_session_that_only_puts_is_refused()
    {
        Open(Forbid);
        foreach (var query in s_cacheable)
        {
            var refused = Assert.Catch(() => Do(session =>
            {
                session.CacheMode = CacheMode.Put;
                return query(session);
            }));
            Assert.That(refused!.GetBaseException(), Is.InstanceOf<QueryException>().With.Message.Contains(Pattern), "a batch puts it into an exception of its own");
        }
        Assert.That(Opened.Statistics.QueryCachePutCount, Is.Zero);
    }

    [Test]
    public void Where_nhibernate_is_told_not_to_throw_it_is_executed_without_the_cache()
    {
        Open(Forbid, configuration => configuration.SetProperty(Cfg.Environment.QueryThrowNeverCached, "false"));
        foreach (var query in s_cacheable)
        {
            Assert.That(IsCached(query), Is.False);
            Do(session =>
            {
                session.CacheMode = CacheMode.Put;
                return query(session);
            });
        }
        Assert.That(Opened.Statistics.QueryCachePutCount, Is.Zero);
    }

    [Test]
    public void Query_that_another_profile_would_cache_is_executed_without_the_cache_when_it_reads_what_is_forbidden()
    {
        Open(profiles =>
        {
            profiles.Default.Operations = CachedOperations.All;
            Forbid(profiles);
        });
        Assert.That(IsCached(session => session.Query<Visitor>().ToList()), Is.False);
        Assert.That(IsCached(session => session.CreateQuery("from Artist a where exists (from Visitor v where v.Favourite = a)").List()), Is.False);
        Assert.That(IsCached(session => session.Query<Artist>().ToList()), Is.True);
    }

    [Test]
    public void Region_of_the_mapping_is_taken_away()
    {
        Open(Forbid);
        Assert.That(((ISessionFactoryImplementor)Opened).GetEntityPersister(typeof(Visitor).FullName).HasCache, Is.False);
        Do(session => session.Get<Visitor>(1));
        Assert.That(Statements(session => session.Get<Visitor>(1)), Is.EqualTo(1));
        Do(session => session.Get<Visitor>(1).Name = "changed");
        Assert.That(Do(session => session.Get<Visitor>(1).Name), Is.EqualTo("changed"));
    }

    [Test]
    public void Forbidden_subclass_forbids_the_tables_it_shares()
    {
        Open(profiles =>
        {
            profiles.Default.Operations = CachedOperations.All;
            profiles.For<Sculpture>(profile => profile.Forbidden = true);
        });
        var factory = (ISessionFactoryImplementor)Opened;
        Assert.That(factory.GetEntityPersister(typeof(Work).FullName).HasCache, Is.False);
        Assert.That(factory.GetCollectionPersister($"{typeof(Artist).FullName}.{nameof(Artist.Works)}").HasCache, Is.False);
        Assert.That(IsCached(session => session.Query<Painting>().ToList()), Is.False);
        Assert.That(() => Do(session => session.Query<Work>().Cached().ToList()), Throws.InstanceOf<QueryException>().With.Message.Contains(typeof(Sculpture).FullName));
    }

    [Test]
    public void Values_of_a_forbidden_entity_are_forbidden()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Forbidden = true));
        Assert.That(() => Do(session => session.CreateSQLQuery("select nickname from Nickname").AddScalar("nickname", NHibernateUtil.String).Cached().List()), Throws.InstanceOf<QueryException>());
    }

    [Test]
    public void What_is_forbidden_as_a_rule_may_be_allowed_in_particular()
    {
        Open(profiles => profiles.For(Pattern, profile => profile.Forbidden = true).For<Visitor>(profile => profile.Forbidden = false));
        Assert.That(IsCached(session => session.Query<Visitor>().Cached().ToList()), Is.True);
    }

    [Test]
    public void Explaining_a_forbidden_query_says_so()
    {
        Open(Forbid);
        Assert.That(() => Do(session => session.ExplainCache(session.Query<Visitor>())), Throws.InstanceOf<QueryException>().With.Message.Contains(Pattern));
    }

    private static void Forbid(CacheProfiles profiles) => profiles.For(Pattern, profile => profile.Forbidden = true);
}
