using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>What one query asks of the cache, by all four ways to write queries.</summary>
public sealed class QueryOptionsTests : PlayFixture
{
    private const string Region = "reports";

    private static readonly TestCaseData[] s_cached =
    [
        Case("LINQ", (session, configure) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(configure).ToList().Count),
        Case("HQL", (session, configure) => session.CreateQuery("from Post where Cat.Id = 1").Cached(configure).List().Count),
        Case("Native SQL", (session, configure) => session.CreateSQLQuery("select * from Post where cat_id = 1").AddEntity(typeof(Post)).Cached(configure).List().Count),
        Case("Criteria", (session, configure) => session.CreateCriteria<Post>().Add(Restrictions.Eq("Cat.Id", 1)).Cached(configure).List().Count),
        Case("Criteria below the root", (session, configure) => session.CreateCriteria<Post>().CreateCriteria("Cat").Add(Restrictions.Eq("Id", 1)).Cached(configure).List().Count),
        Case("QueryOver", (session, configure) => session.QueryOver<Post>().Where(post => post.Cat!.Id == 1).Cached(configure).List().Count),
        Case("Future", (session, configure) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(configure).ToFuture().GetEnumerable().Count()),
    ];

    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.CacheRegionPrefix, "blog");
        configuration.UseGranularCache(options => options.Regions[Region] = new RegionOptions { Expiration = TimeSpan.FromHours(1) });
    }

    [TestCaseSource(nameof(s_cached))]
    public void Query_is_cached_with_options_and_without(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        foreach (var configure in new Action<QueryCacheOptions>?[] { null, options => options.Expiration = TimeSpan.FromSeconds(30), options => options.Region = Region })
        {
            Assert.That(Ask(session => query(session, configure)), Is.EqualTo((2, false)));
            Assert.That(Ask(session => query(session, configure)), Is.EqualTo((2, true)));
        }
    }

    [TestCaseSource(nameof(s_cached))]
    public void Committed_change_drops_what_was_cached_with_options(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Query(ISession session) => query(session, options => options.Expiration = TimeSpan.FromSeconds(30));
        Cache(Query);
        Commit(Add);
        Assert.That(Ask(Query), Is.EqualTo((3, false)));
    }

    [TestCaseSource(nameof(s_cached))]
    public void Expiration_of_the_query_counts_before_its_region_s(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Query(ISession session) => query(session, options => (options.Region, options.Expiration) = (Region, TimeSpan.FromMilliseconds(1)));
        Ask(Query);
        Thread.Sleep(20);
        Assert.That(Ask(Query).WasHit, Is.False, "it has expired, as in an hour it would by its region");
    }

    [TestCaseSource(nameof(s_cached))]
    public void Eviction_of_the_region_drops_what_was_cached_with_options(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Query(ISession session) => query(session, options => (options.Region, options.Expiration) = ("evicted", TimeSpan.FromMinutes(2)));
        Cache(Query);
        Factory.EvictQueries("evicted");
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [TestCaseSource(nameof(s_cached))]
    public void Eviction_of_the_default_region_drops_what_was_cached_with_options(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Query(ISession session) => query(session, options => options.Expiration = TimeSpan.FromMinutes(2));
        Cache(Query);
        Factory.EvictQueries();
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [TestCaseSource(nameof(s_cached))]
    public void Any_change_of_an_entity_that_is_named_drops_the_result(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Plain(ISession session) => query(session, null);
        int Query(ISession session) => query(session, options => options.DependsOn<Tag>());
        Cache(Plain);
        Cache(Query);
        Commit(session => session.Save(new Tag { Id = 9, Name = "z" }));
        Assert.That(Ask(Query).WasHit, Is.False);
        Assert.That(Ask(Plain).WasHit, Is.True, "its own entry does not depend on it");
    }

    [Test]
    public void Dependency_on_the_queried_entity_itself_is_on_all_of_its_rows()
    {
        static int Query(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(options => options.DependsOn<Post>()).ToList().Count;
        Cache(Query);
        Commit(session => session.Get<Post>(2).Title = "of another category");
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [Test]
    public void Query_that_names_an_entity_is_not_answered_by_one_that_does_not()
    {
        Cache(session => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached().ToList().Count);
        Assert.That(Ask(session => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(options => options.DependsOn<Tag>()).ToList().Count).WasHit, Is.False);
    }

    [Test]
    public void Result_put_without_a_look_up_depends_on_what_is_named()
    {
        static int Query(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(options => options.DependsOn<Tag>()).ToList().Count;
        Commit(session =>
        {
            session.CacheMode = CacheMode.Put;
            return Query(session);
        });
        Assert.That(Ask(Query).WasHit, Is.True);
        Commit(session => session.Get<Tag>(1).Name = "changed");
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [Test]
    public void Session_that_has_changed_what_is_named_and_not_committed_neither_reads_nor_puts()
    {
        static int Query(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(options => options.DependsOn<Tag>()).ToList().Count;
        var puts = Statistics.QueryCachePutCount;
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Tag>(1).Name = "not yet";
            session.Flush();
            Query(session);
            transaction.Rollback();
        }
        Assert.That(Statistics.QueryCachePutCount, Is.EqualTo(puts), "not put");
        Cache(Query);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Tag>(1).Name = "not yet";
            session.Flush();
            var hits = Statistics.QueryCacheHitCount;
            Query(session);
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits), "not read");
            transaction.Rollback();
        }
        Assert.That(Ask(Query).WasHit, Is.True, "nothing was committed");
    }

    [Test]
    public void Session_that_only_puts_and_has_changed_what_is_named_does_not_put()
    {
        static int Query(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 2).Cached(options => options.DependsOn<Tag>()).ToList().Count;
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.CacheMode = CacheMode.Put;
            session.Get<Tag>(1).Name = "not yet";
            session.Flush();
            Query(session);
            transaction.Rollback();
        }
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [Test]
    public void Dependency_on_a_class_that_is_not_mapped_is_refused_by_name()
    {
        static int Query(ISession session) => session.Query<Post>().Cached(options => options.DependsOn<QueryOptionsTests>()).ToList().Count;
        Assert.That(() => Commit(Query), Throws.InstanceOf<QueryException>().With.Message.Contains(typeof(QueryOptionsTests).FullName));
    }

    [Test]
    public void Dependency_on_what_entities_have_in_common_is_on_all_of_them()
    {
        static int Query(ISession session) => session.Query<Post>().Where(post => post.Cat!.Id == 1).Cached(options => options.DependsOn<object>()).ToList().Count;
        Cache(Query);
        Commit(session => session.Save(new Cat { Id = 9, Title = "z" }));
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [TestCaseSource(nameof(s_cached))]
    public void Dependency_on_a_generic_base_is_on_what_derives_from_it(Func<ISession, Action<QueryCacheOptions>?, int> query)
    {
        int Query(ISession session) => query(session, options => options.DependsOn<Identified<int>>().DependsOn<Comment>());
        Cache(Query);
        Commit(session => session.Save(new Cat { Id = 9, Title = "z" }));
        Assert.That(Ask(Query).WasHit, Is.True);
        Commit(session => session.Save(new Tag { Id = 9, Name = "z" }));
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [Test]
    public void Options_of_a_derived_linq_query_leave_the_original_as_it_was()
    {
        Commit(session =>
        {
            var original = session.Query<Post>().Where(post => post.Cat!.Id == 1);
            var derived = original.Cached();
            _ = derived.ToList();
            _ = original.ToList();
            Assert.That(Statistics.QueryCacheMissCount, Is.EqualTo(1), "the derived one");
            _ = derived.NotCached().ToList();
            Assert.That(Statistics.QueryCacheMissCount + Statistics.QueryCacheHitCount, Is.EqualTo(1));
            _ = derived.ToList();
            Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(1));
        });
    }

    [Test]
    public void Query_that_is_not_cached_asks_for_nothing_by_any_interface()
    {
        Commit(session =>
        {
            _ = session.Query<Post>().Cached(options => options.Region = Region).NotCached().ToList();
            session.CreateQuery("from Post").Cached().NotCached().List();
            session.CreateCriteria<Post>().Cached().NotCached().List();
            session.QueryOver<Post>().Cached().NotCached().List();
            session.CreateSQLQuery("select * from Post").AddEntity(typeof(Post)).Cached().NotCached().List();
        });
        Assert.That(Statistics.QueryCacheMissCount, Is.Zero);
        Assert.That(Factory.Statistics.SecondLevelCacheRegionNames, Has.None.Contains("off"), "NHibernate has made no region of it");
    }

    [Test]
    public void Query_that_is_cached_after_all_is_cached()
    {
        static int Query(ISession session) => session.CreateQuery("from Post where Cat.Id = 1").NotCached().Cached().List().Count;
        Cache(Query);
    }

    [Test]
    public void Region_of_the_query_is_kept_when_options_name_none()
    {
        static int Query(ISession session) => session.CreateQuery("from Post").SetCacheRegion("kept").Cached(options => options.Expiration = TimeSpan.FromMinutes(3)).List().Count;
        Cache(Query);
        Factory.EvictQueries("kept");
        Assert.That(Ask(Query).WasHit, Is.False);
    }

    [Test]
    public void Query_is_counted_under_its_region_s_own_name()
    {
        Cache(session => session.Query<Post>().Cached(options => (options.Region, options.Expiration) = ("counted", TimeSpan.FromMinutes(3))).ToList().Count);
        Assert.That(Statistics.GetSecondLevelCacheStatistics("blog.counted").HitCount, Is.EqualTo(1));
    }

    [TestCase("reports#granular;")]
    [TestCase("reports#granular;expiration=soon")]
    [TestCase("reports#granular;expiration=060")]
    [TestCase("reports#granular;weather=fine")]
    [TestCase("reports#granular;depends_on=")]
    [TestCase("reports#granular;depends_on=A;expiration=60")]
    [TestCase("reports#granular;operations=some")]
    [TestCase("reports#granular;single_flight=1")]
    [TestCase("reports#granular;layout=wide")]
    public void Region_that_only_looks_like_options_is_refused_and_the_factory_can_be_closed(string region)
    {
        using var factory = Configure().BuildSessionFactory();
        using var session = factory.OpenSession();
        foreach (var mode in new[] { CacheMode.Normal, CacheMode.Put })
        {
            session.CacheMode = mode;
            Assert.That(() => session.CreateQuery("from Post").SetCacheable(true).SetCacheRegion(region).List(), Throws.InstanceOf<QueryException>().With.Message.Contains(region).And.Message.Contains("Cached()"));
        }
    }

    [Test]
    public void Options_out_of_range_are_refused_where_they_are_set()
    {
        Commit(session =>
        {
            var query = session.CreateQuery("from Post");
            Assert.That(() => query.Cached(options => options.Expiration = TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => query.Cached(options => options.Expiration = TimeSpan.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => query.Cached(options => options.Region = " "), Throws.ArgumentException);
            Assert.That(() => query.Cached(options => options.Region = "a#granular;off"), Throws.ArgumentException);
        });
    }

    [Test]
    public void Computed_options_are_refused_before_they_fill_the_memory()
    {
        var texts = new RegionTexts(3);
        foreach (var seconds in new[] { 1, 2, 3 })
            texts.Admit(Text(seconds));
        Assert.That(() => texts.Admit(Text(4)), Throws.InvalidOperationException.With.Message.Contains("constants"));
        Assert.That(() => texts.Admit(Text(3)), Throws.Nothing, "known");
        Assert.That(() => texts.Admit("another region"), Throws.Nothing, "without options");

        static string Text(int seconds) => "reports" + new QuerySettings { Expiration = TimeSpan.FromSeconds(seconds) }.Suffix;
    }

    [Test]
    public void Options_have_one_spelling_and_are_read_as_they_were_written()
    {
        foreach (var settings in new[]
        {
            new QuerySettings { Expiration = TimeSpan.FromSeconds(0.25) },
            new QuerySettings { IsOff = true },
            new QuerySettings { Expiration = TimeSpan.FromDays(3), DependsOn = ["A.B", "C"] },
            new QuerySettings { Operations = CachedOperations.Get | CachedOperations.Exists, SingleFlight = SingleFlight.Nodes, DependsOn = ["A"] },
            new QuerySettings { Layout = ResultLayout.Shallow, Operations = CachedOperations.None, SingleFlight = SingleFlight.Off },
        })
        {
            var (region, read) = QuerySettings.Parse("some region" + settings.Suffix);
            Assert.That(region, Is.EqualTo("some region"));
            Assert.That(read.Suffix, Is.EqualTo(settings.Suffix));
            Assert.That((read.Expiration, read.IsOff, read.Fault), Is.EqualTo((settings.Expiration, settings.IsOff, (string?)null)));
            Assert.That((read.Operations, read.SingleFlight, read.Layout), Is.EqualTo((settings.Operations, settings.SingleFlight, settings.Layout)));
        }
        Assert.That(QuerySettings.Parse("some region").Settings, Is.SameAs(QuerySettings.None));
        Assert.That(QuerySettings.Parse(null), Is.EqualTo(((string?)null, QuerySettings.None)));
    }

    [Test]
    public void Names_of_types_are_read_as_they_were_written_whatever_is_in_them()
    {
        string[] names = [typeof(Identified<int>).FullName!, typeof(Dictionary<string, Tag[]>).FullName!, "Outer+Inner", "A,B;C=D%2C#granular;E F\\,G", "Ä"];

        var (region, read) = QuerySettings.Parse("some region" + new QuerySettings { Expiration = TimeSpan.FromSeconds(1), DependsOn = [.. names] }.Suffix);

        Assert.That((region, read.Fault, read.Expiration), Is.EqualTo(("some region", (string?)null, TimeSpan.FromSeconds(1))));
        Assert.That(read.DependsOn, Is.EqualTo(names));
        Assert.That(QuerySettings.Parse("some region#granular;depends_on=%41").Settings.Fault, Does.Contain("not written as the cache writes it"), "another spelling of one meaning");
    }

    [Test]
    public void Another_cache_takes_a_query_with_options_for_cacheable()
    {
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.CacheProvider, typeof(HashtableCacheProvider).AssemblyQualifiedName);
        using var factory = configuration.BuildSessionFactory();
        for (var i = 0; i < 2; i++)
        {
            using var session = factory.OpenSession();
            _ = session.Query<Post>().Cached(options => options.Expiration = TimeSpan.FromMinutes(3)).ToList();
        }
        Assert.That(factory.Statistics.QueryCacheHitCount, Is.EqualTo(1));
    }

    private static TestCaseData Case(string name, Func<ISession, Action<QueryCacheOptions>?, int> query) => new TestCaseData(query).SetArgDisplayNames(name);
}
