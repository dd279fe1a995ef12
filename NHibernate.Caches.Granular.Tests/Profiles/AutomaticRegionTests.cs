using NHibernate.Caches.Granular.Tests.Profiles.Art;
using NHibernate.Caches.Granular.Tests.Profiles.Art.Guests;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>Entities and collections that nothing but a profile gives a region.</summary>
public sealed class AutomaticRegionTests : ProfileFixture
{
    [Test]
    public void Entity_is_cached_by_id_and_a_committed_change_drops_it()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Operations = CachedOperations.Get));
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.EqualTo(1));
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.Zero);
        Assert.That(Statements(session => NHibernateUtil.Initialize(session.Load<Artist>(1))), Is.Zero);
        Do(session => session.Get<Artist>(1).Name = "changed");
        Assert.That(Do(session => session.Get<Artist>(1).Name), Is.EqualTo("changed"));
        Do(session => session.CreateQuery("update Artist set Name = 'again' where Id = 1").ExecuteUpdate());
        Assert.That(Do(session => session.Get<Artist>(1).Name), Is.EqualTo("again"));
        Opened.Evict(typeof(Artist), 1);
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.EqualTo(1));
    }

    [Test]
    public void Transaction_s_own_change_reaches_nobody_before_it_is_committed()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Operations = CachedOperations.Get));
        Do(session => session.Get<Artist>(1));
        using var session = Opened.OpenSession();
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Artist>(1).Name = "not yet";
            session.Flush();
            Assert.That(Do(other => other.Get<Artist>(1).Name), Is.EqualTo("first"));
            session.Clear();
            Assert.That(session.Get<Artist>(1).Name, Is.EqualTo("not yet"));
            transaction.Rollback();
        }
        Assert.That(Do(other => other.Get<Artist>(1).Name), Is.EqualTo("first"));
    }

    [Test]
    public void Strategy_is_the_one_that_suits_the_entity()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.Get);
        var factory = (ISessionFactoryImplementor)Opened;
        Assert.That(factory.GetEntityPersister(typeof(Artist).FullName).Cache, Is.InstanceOf<NHibernate.Cache.ReadWriteCache>());
        Assert.That(factory.GetEntityPersister(typeof(Country).FullName).Cache, Is.InstanceOf<NHibernate.Cache.ReadOnlyCache>());
        Assert.That(factory.GetEntityPersister(typeof(Secret).FullName).HasCache, Is.False, "its mapping says never");
        Assert.That(Opened.Statistics.SecondLevelCacheRegionNames, Does.Contain(typeof(Artist).FullName), "NHibernate knows the region");
    }

    [Test]
    public void Hierarchy_has_one_region_and_its_root_decides()
    {
        Open(profiles => profiles.For<Work>(profile => profile.Operations = CachedOperations.Get));
        var factory = (ISessionFactoryImplementor)Opened;
        Assert.That(factory.GetEntityPersister(typeof(Painting).FullName).Cache, Is.SameAs(factory.GetEntityPersister(typeof(Work).FullName).Cache).And.Not.Null);
        Do(session => session.Get<Work>(1));
        Assert.That(Statements(session => session.Get<Painting>(1)), Is.Zero);
        Open(profiles => profiles.For<Painting>(profile => profile.Operations = CachedOperations.Get));
        factory = (ISessionFactoryImplementor)Opened;
        Assert.That(factory.GetEntityPersister(typeof(Painting).FullName).HasCache, Is.False);
    }

    [Test]
    public void Collection_is_cached_when_lists_of_what_it_holds_are_and_what_it_holds_is()
    {
        Open(profiles => profiles.For("*", profile => profile.Operations = CachedOperations.Get | CachedOperations.Fetch));
        static int Works(ISession session) => session.Get<Artist>(1).Works.Count;
        static int Nicknames(ISession session) => session.Get<Artist>(1).Nicknames.Count;
        Do(Works);
        Do(Nicknames);
        Assert.That(Statements(session => Works(session)), Is.Zero);
        Assert.That(Statements(session => Nicknames(session)), Is.Zero);
        Do(session => session.Save(new Painting { Id = 9, Name = "new", Artist = session.Load<Artist>(1) }));
        Assert.That(Do(Works), Is.EqualTo(3));
        Do(session => session.CreateSQLQuery("insert into Nickname (artist_id, nickname) values (1, 'due')").ExecuteUpdate());
        Assert.That(Do(Nicknames), Is.EqualTo(2));
    }

    [Test]
    public void Collection_of_entities_that_are_not_cached_is_not_cached()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.Fetch);
        var factory = (ISessionFactoryImplementor)Opened;
        Assert.That(factory.GetCollectionPersister($"{typeof(Artist).FullName}.{nameof(Artist.Works)}").HasCache, Is.False, "each would be loaded alone");
        Assert.That(factory.GetCollectionPersister($"{typeof(Artist).FullName}.{nameof(Artist.Nicknames)}").HasCache, Is.True, "it holds its values itself");
    }

    [Test]
    public void Mapping_that_caches_is_left_as_it_is()
    {
        Open(profiles => profiles.For<Visitor>(profile => profile.Operations = CachedOperations.None));
        Assert.That(((ISessionFactoryImplementor)Opened).GetEntityPersister(typeof(Visitor).FullName).HasCache, Is.True);
    }

    [Test]
    public void Without_the_query_cache_regions_are_given_all_the_same()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All, configuration => configuration.SetProperty(Cfg.Environment.UseQueryCache, "false"));
        Do(session => session.Get<Artist>(1));
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.Zero);
    }

    [Test]
    public void Expiration_of_the_profile_is_that_of_entities_and_collections()
    {
        Open(profiles => profiles.Default.Expire(CachedOperations.Get, TimeSpan.FromMilliseconds(1)).Operations = CachedOperations.Get | CachedOperations.Fetch);
        Do(session => session.Get<Artist>(1).Nicknames.Count);
        Thread.Sleep(50);
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.EqualTo(1), "it has expired");
        Assert.That(Statements(session => _ = session.Get<Artist>(1).Nicknames.Count), Is.LessThanOrEqualTo(1), "and the collection has not");
    }
}
