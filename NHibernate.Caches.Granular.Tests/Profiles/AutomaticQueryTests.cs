using NHibernate.Caches.Granular.Tests.Profiles.Art;
using NHibernate.Caches.Granular.Tests.Profiles.Art.Guests;
using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>Queries that nothing but a profile makes cacheable.</summary>
public sealed class AutomaticQueryTests : ProfileFixture
{
    private static readonly int[] s_ids = [1, 2];

    private static readonly (string Name, CachedOperations Operation, Func<ISession, object?> Query)[] s_queries =
    [
        ("LINQ by id", CachedOperations.Get, session => session.Query<Artist>().Single(artist => artist.Id == 1)),
        ("LINQ by natural id", CachedOperations.Get, session => session.Query<Artist>().FirstOrDefault(artist => artist.Code == "A1")),
        ("HQL by id with more conditions", CachedOperations.Get, session => session.CreateQuery("from Artist a where a.Name = 'first' and a.Id = :id").SetInt32("id", 1).UniqueResult()),
        ("HQL by id with a fetched collection", CachedOperations.Get, session => session.CreateQuery("from Artist a left join fetch a.Works where a.Id = 1").List()),
        ("LINQ list", CachedOperations.Fetch, session => session.Query<Artist>().ToList()),
        ("LINQ by one of two ids", CachedOperations.Fetch, session => session.Query<Artist>().Where(artist => s_ids.Contains(artist.Id)).ToList()),
        ("LINQ page", CachedOperations.Fetch, session => session.Query<Artist>().OrderBy(artist => artist.Name).Skip(1).Take(1).ToList()),
        ("LINQ first", CachedOperations.Fetch, session => session.Query<Artist>().OrderBy(artist => artist.Name).First()),
        ("LINQ flag of the first", CachedOperations.Fetch, session => session.Query<Artist>().Select(artist => artist.Name == "first").First()),
        ("LINQ groups", CachedOperations.Fetch, session => session.Query<Work>().GroupBy(work => work.Artist!.Id).Select(group => new { group.Key, Count = group.Count() }).ToList()),
        ("LINQ future", CachedOperations.Fetch, session => session.Query<Artist>().ToFuture().GetEnumerable().ToList()),
        ("HQL list", CachedOperations.Fetch, session => session.CreateQuery("from Artist").List()),
        ("HQL projection", CachedOperations.Fetch, session => session.CreateQuery("select a.Name, (select count(*) from Work w where w.Artist = a) from Artist a").List()),
        ("HQL future", CachedOperations.Fetch, session => session.CreateQuery("from Artist").Future<Artist>().GetEnumerable().ToList()),
        ("Filter of a collection", CachedOperations.Fetch, session => session.Get<Artist>(1).Works.AsQueryable().Where(work => work.Price > 5).ToList()),
        ("LINQ count", CachedOperations.Count, session => session.Query<Artist>().Count(artist => artist.Name != "none")),
        ("LINQ long count", CachedOperations.Count, session => session.Query<Artist>().LongCount()),
        ("LINQ count by id", CachedOperations.Count, session => session.Query<Artist>().Count(artist => artist.Id == 1)),
        ("LINQ count in a future", CachedOperations.Count, session => session.Query<Artist>().ToFutureValue(artists => artists.Count()).Value),
        ("HQL count", CachedOperations.Count, session => session.CreateQuery("select count(distinct a.Name) from Artist a").UniqueResult()),
        ("LINQ sum", CachedOperations.Aggregate, session => session.Query<Work>().Sum(work => work.Price)),
        ("LINQ maximum", CachedOperations.Aggregate, session => session.Query<Work>().Max(work => (int?)work.Price)),
        ("LINQ average", CachedOperations.Aggregate, session => session.Query<Work>().Average(work => work.Price)),
        ("HQL several", CachedOperations.Aggregate, session => session.CreateQuery("select count(*), max(w.Price) from Work w").UniqueResult()),
        ("LINQ any", CachedOperations.Exists, session => session.Query<Artist>().Any(artist => artist.Name == "first")),
        ("LINQ any by id", CachedOperations.Exists, session => session.Query<Artist>().Any(artist => artist.Id == 1)),
        ("LINQ any of a list", CachedOperations.Exists, session => session.Query<Artist>().Where(artist => s_ids.Contains(artist.Id)).Any()),
        ("LINQ all", CachedOperations.Exists, session => session.Query<Artist>().All(artist => artist.Name != "none")),
        ("LINQ contains", CachedOperations.Exists, session => session.Query<Artist>().Select(artist => artist.Name).Contains("first")),
    ];

    [TestCase(CachedOperations.Get)]
    [TestCase(CachedOperations.Fetch)]
    [TestCase(CachedOperations.Count)]
    [TestCase(CachedOperations.Aggregate)]
    [TestCase(CachedOperations.Exists)]
    [TestCase(CachedOperations.None)]
    public void Profile_caches_the_queries_of_its_operation_and_no_others(CachedOperations operation)
    {
        Open(profiles => profiles.Default.Operations = operation);
        Assert.That(s_queries.Where(each => IsCached(each.Query)).Select(each => each.Name), Is.EqualTo(s_queries.Where(each => each.Operation == operation).Select(each => each.Name)));
    }

    [Test]
    public async Task Asynchronous_queries_are_cached_alike()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        for (var i = 0; i < 2; i++)
        {
            using var session = Opened.OpenSession();
            await session.Query<Artist>().ToListAsync();
            await session.Query<Artist>().CountAsync();
            await session.Query<Artist>().AnyAsync();
            await session.CreateQuery("from Work").ListAsync();
            await session.CreateQuery("from Country").Future<Country>().GetEnumerableAsync();
        }
        Assert.That(Opened.Statistics.QueryCacheHitCount, Is.EqualTo(5));
    }

    [Test]
    public void Committed_change_drops_what_a_profile_has_cached()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        foreach (var (_, _, query) in s_queries)
            Do(query);
        Do(session =>
        {
            session.Save(new Artist { Id = 9, Code = "A9", Name = "new" });
            session.Save(new Painting { Id = 9, Name = "new", Price = 90, Artist = session.Get<Artist>(1) });
            session.Get<Artist>(1).Name = "renamed";
        });
        Assert.That(Do(session => session.Query<Artist>().Count(artist => artist.Name != "none")), Is.EqualTo(3));
        Assert.That(Do(session => session.Query<Work>().Sum(work => work.Price)), Is.EqualTo(150));
        Assert.That(Do(session => session.Query<Artist>().Any(artist => artist.Name == "first")), Is.False);
        Assert.That(Do(session => session.Query<Artist>().Single(artist => artist.Id == 1).Name), Is.EqualTo("renamed"));
        Assert.That(Do(session => session.Get<Artist>(1).Works.AsQueryable().Count(work => work.Price > 5)), Is.EqualTo(3));
    }

    [Test]
    public void Transaction_reads_what_it_has_written_and_nobody_else_does()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        static int Count(ISession session) => session.Query<Artist>().Count();
        Assert.That(IsCached(session => Count(session)), Is.True);
        using (var session = Opened.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Artist { Id = 9, Code = "A9", Name = "not yet" });
            Assert.That(Count(session), Is.EqualTo(3), "its own, flushed by the query");
            Assert.That(session.Query<Artist>().Any(artist => artist.Name == "not yet"), Is.True);
            Assert.That(Do(Count), Is.EqualTo(2), "another's");
            transaction.Rollback();
        }
        Assert.That(Do(Count), Is.EqualTo(2));
        Assert.That(Do(session => session.Query<Artist>().Any(artist => artist.Name == "not yet")), Is.False, "what was read inside has not been put");
    }

    [Test]
    public void Sessions_and_queries_that_keep_out_of_the_cache_keep_out()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        Func<ISession, object?>[] queries =
        [
            session => session.CreateQuery("from Artist a").SetLockMode("a", LockMode.Upgrade).List(),
            session => session.CreateQuery("from Artist").SetCacheMode(CacheMode.Ignore).List(),
            session =>
            {
                session.CacheMode = CacheMode.Ignore;
                return session.Query<Artist>().ToList();
            },
            session => session.CreateQuery("from Artist").Enumerable<Artist>().ToList(),
            session =>
            {
                using var stateless = session.SessionFactory.OpenStatelessSession();
                return stateless.Query<Artist>().ToList();
            },
        ];
        foreach (var query in queries)
        {
            Do(query);
            Do(query);
        }
        Assert.That(Opened.Statistics.QueryCacheHitCount, Is.Zero);
        Assert.That(Opened.Statistics.QueryCachePutCount, Is.Zero);
    }

    [Test]
    public void Query_that_is_not_cached_by_its_own_word_is_not_cached()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        Assert.That(IsCached(session => session.Query<Artist>().NotCached().ToList()), Is.False);
        Assert.That(IsCached(session => session.CreateQuery("from Artist").NotCached().List()), Is.False);
        Assert.That(IsCached(session => session.CreateQuery("from Artist").SetCacheRegion("some").NotCached().List()), Is.False);
        Assert.That(IsCached(session => session.CreateQuery("from Artist").NotCached().Future<Artist>().GetEnumerable().ToList()), Is.False);
    }

    [Test]
    public void Query_names_the_operations_that_are_cached_of_what_is_made_of_it()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.Fetch);
        static IQueryable<Artist> Artists(ISession session) => session.Query<Artist>().Cached(options => options.Operations = CachedOperations.Count | CachedOperations.Exists);
        Assert.That(IsCached(session => Artists(session).ToList()), Is.False, "whatever the profile says");
        Assert.That(IsCached(session => Artists(session).Count()), Is.True);
        Assert.That(IsCached(session => Artists(session).Any()), Is.True);
        Assert.That(IsCached(session => session.CreateCriteria<Artist>().Cached(options => options.Operations = CachedOperations.Count).List()), Is.False);
        Assert.That(IsCached(session => session.CreateCriteria<Artist>().SetProjection(Projections.RowCount()).Cached(options => options.Operations = CachedOperations.Count).List()), Is.True);
    }

    [Test]
    public void Query_that_only_puts_and_leaves_its_operation_out_is_not_put()
    {
        Open();
        Do(session =>
        {
            session.CacheMode = CacheMode.Put;
            return session.Query<Artist>().Cached(options => options.Operations = CachedOperations.Count).ToList();
        });
        Assert.That(Opened.Statistics.QueryCachePutCount, Is.Zero);
    }

    [Test]
    public void Criteria_and_native_sql_are_out_of_reach_and_cached_when_they_ask_for_it()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        Assert.That(IsCached(session => session.CreateCriteria<Artist>().List()), Is.False);
        Assert.That(IsCached(session => session.QueryOver<Artist>().List()), Is.False);
        Assert.That(IsCached(session => session.CreateSQLQuery("select * from Artist").AddEntity(typeof(Artist)).List()), Is.False);
        Assert.That(IsCached(session => session.CreateCriteria<Artist>().Cached().List()), Is.True);
        Assert.That(IsCached(session => session.QueryOver<Artist>().Cached().List()), Is.True);
        Assert.That(IsCached(session => session.CreateSQLQuery("select * from Artist").AddEntity(typeof(Artist)).Cached().List()), Is.True);
    }

    [Test]
    public void First_of_from_decides_whose_profile_it_is()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Operations = CachedOperations.Fetch));
        Assert.That(IsCached(session => session.CreateQuery("select w from Artist a join a.Works w").List()), Is.True);
        Assert.That(IsCached(session => session.CreateQuery("select a from Work w join w.Artist a").List()), Is.False);
    }

    [Test]
    public void Query_of_several_classes_asks_the_profile_of_each()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Operations = CachedOperations.Fetch));
        Do(session => session.CreateQuery($"from {typeof(Named).FullName}").List());
        var puts = Opened.Statistics.QueryCachePutCount;
        Assert.That(puts, Is.EqualTo(1), "of the one class whose profile says so");
        Do(session => session.CreateQuery($"from {typeof(Named).FullName}").List());
        Assert.That(Opened.Statistics.QueryCacheHitCount, Is.EqualTo(1));
        Assert.That(Opened.Statistics.QueryCacheMissCount, Is.EqualTo(1));
    }

    [Test]
    public void Class_that_its_mapping_never_caches_is_left_alone()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        Assert.That(IsCached(session => session.Query<Secret>().ToList()), Is.False);
        Assert.That(Opened.GetClassMetadata(typeof(Secret)), Is.Not.Null);
        Assert.That(() => Do(session => session.Query<Secret>().Cached().ToList()), Throws.InstanceOf<QueryException>(), "NHibernate's own word");
    }

    [Test]
    public void Mass_changes_are_executed_as_ever()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All);
        Assert.That(IsCached(session => session.Query<Work>().Sum(work => work.Price)), Is.True);
        Do(session => session.Query<Work>().Update(work => new { Price = work.Price + 1 }));
        Assert.That(Do(session => session.Query<Work>().Sum(work => work.Price)), Is.EqualTo(63));
        Do(session => session.CreateQuery("delete from Sculpture").ExecuteUpdate());
        Assert.That(Do(session => session.Query<Work>().Sum(work => work.Price)), Is.EqualTo(32));
    }

    [Test]
    public void Queries_of_another_query_cache_follow_its_own_rules()
    {
        Open(profiles => profiles.Default.Operations = CachedOperations.All, configuration => configuration.SetProperty(Cfg.Environment.QueryCacheFactory, typeof(OtherFactory).AssemblyQualifiedName));
        Assert.That(IsCached(session => session.Query<Artist>().ToList()), Is.False);
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.Zero.Or.EqualTo(1));
        Assert.That(Statements(session => session.Get<Artist>(1)), Is.Zero, "entities are cached by their profile all the same");
    }

    /// <summary>A query cache of the user's own.</summary>
    public sealed class OtherFactory : NHibernate.Cache.IQueryCacheFactory
    {
        public NHibernate.Cache.IQueryCache GetQueryCache(string regionName, NHibernate.Cache.UpdateTimestampsCache updateTimestampsCache, Cfg.Settings settings, IDictionary<string, string> props) =>
            throw new NotSupportedException();

#pragma warning disable CA1822 // NHibernate looks for it by reflection, and among the members of an instance.
        public NHibernate.Cache.IQueryCache GetQueryCache(NHibernate.Cache.UpdateTimestampsCache updateTimestampsCache, IDictionary<string, string> props, NHibernate.Cache.CacheBase regionCache) =>
            new NHibernate.Cache.StandardQueryCache(updateTimestampsCache, regionCache);
#pragma warning restore CA1822
    }
}
