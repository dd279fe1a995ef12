using NHibernate.Cache;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Tests.Profiles.Art;
using NHibernate.Caches.Granular.Tests.Profiles.Art.Guests;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>What profiles say together, and how they are written as properties.</summary>
public sealed class ProfileSettingsTests : ProfileFixture
{
    private const string Namespace = "NHibernate.Caches.Granular.Tests.Profiles.Art";

    [Test]
    public void Most_specific_profile_that_says_anything_counts_for_each_setting()
    {
        var table = Table(profiles =>
        {
            (profiles.Default.Operations, profiles.Default.Expiration) = (CachedOperations.All, Seconds(1));
            profiles.For("NHibernate.*", profile => profile.Expiration = Seconds(2));
            profiles.For(Namespace + ".*", profile => profile.Expiration = Seconds(3));
            profiles.For(Namespace + ".Guests.*", profile => profile.Operations = CachedOperations.Get);
            profiles.For<Named>(profile => profile.Expire(CachedOperations.Count, Seconds(4)));
            profiles.For<Work>(profile => profile.Expiration = Seconds(5));
            profiles.For<Painting>(profile => profile.Expire(CachedOperations.Fetch | CachedOperations.Get, Seconds(6)));
        });
        EntityProfile Of<T>() => table.Of(typeof(T).FullName);
        Assert.Multiple(() =>
        {
            Assert.That(Of<Artist>().ExpirationOf(CachedOperations.Fetch), Is.EqualTo(Seconds(3)), "of the longest pattern");
            Assert.That(Of<Artist>().ExpirationOf(CachedOperations.Count), Is.EqualTo(Seconds(4)), "of the class it derives from");
            Assert.That(Of<Work>().ExpirationOf(CachedOperations.Count), Is.EqualTo(Seconds(5)), "its own, though another one is of counts");
            Assert.That(Of<Painting>().ExpirationOf(CachedOperations.Fetch), Is.EqualTo(Seconds(6)));
            Assert.That(Of<Painting>().ExpirationOf(CachedOperations.Exists), Is.EqualTo(Seconds(5)), "inherited");
            Assert.That(Of<Visitor>().Operations, Is.EqualTo(CachedOperations.Get));
            Assert.That(Of<Visitor>().ExpirationOf(CachedOperations.Get), Is.EqualTo(Seconds(3)));
            Assert.That(Of<Artist>().Operations, Is.EqualTo(CachedOperations.All));
            Assert.That(table.Of("of another factory").Operations, Is.EqualTo(CachedOperations.None));
        });
    }

    [Test]
    public void Query_s_own_word_comes_before_its_region_s_its_profile_s_and_the_general_one()
    {
        var options = new GranularCacheOptions { Expiration = Seconds(1) };
        var profile = Table(profiles => profiles.Default.Expire(CachedOperations.Count, Seconds(2))).Of(typeof(Artist).FullName);
        var region = new RegionOptions { Expiration = Seconds(3) };
        var query = new QuerySettings { Expiration = Seconds(4) };
        Assert.That(QueryTerms.Of(query, region, options, profile, CachedOperations.Count).Expiration, Is.EqualTo(Seconds(4)));
        Assert.That(QueryTerms.Of(QuerySettings.None, region, options, profile, CachedOperations.Count).Expiration, Is.EqualTo(Seconds(3)));
        Assert.That(QueryTerms.Of(QuerySettings.None, new RegionOptions(), options, profile, CachedOperations.Count).Expiration, Is.EqualTo(Seconds(2)));
        Assert.That(QueryTerms.Of(QuerySettings.None, new RegionOptions(), options, profile, CachedOperations.Fetch).Expiration, Is.EqualTo(Seconds(1)));
    }

    [Test]
    public void Single_flight_is_the_query_s_its_profile_s_or_the_general_one()
    {
        var options = new GranularCacheOptions { SingleFlight = SingleFlight.Nodes };
        var profile = Table(profiles => profiles.Default.SingleFlight = SingleFlight.Process).Of(typeof(Artist).FullName);
        SingleFlight Of(QuerySettings query, EntityProfile of) => QueryTerms.Of(query, new RegionOptions(), options, of, CachedOperations.Fetch).SingleFlight;
        Assert.That(Of(new QuerySettings { SingleFlight = SingleFlight.Off }, profile), Is.EqualTo(SingleFlight.Off));
        Assert.That(Of(QuerySettings.None, profile), Is.EqualTo(SingleFlight.Process));
        Assert.That(Of(QuerySettings.None, EntityProfile.Empty), Is.EqualTo(SingleFlight.Nodes));
    }

    [Test]
    public void Layout_is_the_query_s_its_region_s_its_profile_s_or_the_general_one()
    {
        var options = new GranularCacheOptions { Layout = ResultLayout.Shallow };
        var profile = Table(profiles => profiles.Default.Layout = ResultLayout.Full).Of(typeof(Artist).FullName);
        ResultLayout Of(QuerySettings query, RegionOptions region, EntityProfile of) => QueryTerms.Of(query, region, options, of, CachedOperations.Fetch).Layout;
        Assert.That(Of(new QuerySettings { Layout = ResultLayout.Shallow }, new RegionOptions { Layout = ResultLayout.Auto }, profile), Is.EqualTo(ResultLayout.Shallow));
        Assert.That(Of(QuerySettings.None, new RegionOptions { Layout = ResultLayout.Auto }, profile), Is.EqualTo(ResultLayout.Auto));
        Assert.That(Of(QuerySettings.None, new RegionOptions(), profile), Is.EqualTo(ResultLayout.Full));
        Assert.That(Of(QuerySettings.None, new RegionOptions(), EntityProfile.Empty), Is.EqualTo(ResultLayout.Shallow));
    }

    [Test]
    public void Layout_of_profile_and_query_decides_what_a_hit_loads()
    {
        static int Sum(ISession session) => session.Query<Work>().Cached().ToList().Sum(work => work.Price);
        static int SumShallow(ISession session) => session.Query<Work>().Cached(options => options.Layout = ResultLayout.Shallow).ToList().Sum(work => work.Price);
        Open(profiles => profiles.For<Work>(profile => profile.Layout = ResultLayout.Full));
        Do(Sum);
        Do(SumShallow);
        Assert.That(Statements(session => Sum(session)), Is.Zero, "the states are in the result");
        Assert.That(Statements(session => SumShallow(session)), Is.Positive, "no region has them, and the result has their ids only");
    }

    [Test]
    public void Expiration_of_the_profile_is_that_of_queries_however_they_became_cacheable()
    {
        Open(profiles => profiles.For<Artist>(profile => profile.Expire(CachedOperations.Count, TimeSpan.FromMilliseconds(1)).Operations = CachedOperations.All));
        Func<ISession, object?>[] counts =
        [
            session => session.Query<Artist>().Count(),
            session => session.QueryOver<Artist>().ToRowCountQuery().Cacheable().SingleOrDefault<int>(),
            session => session.CreateSQLQuery("select count(*) as n from Artist").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).UniqueResult(),
        ];
        foreach (var count in counts)
        {
            Do(count);
            Thread.Sleep(50);
            Assert.That(Hits(count), Is.False, "it has expired");
        }
        Assert.That(IsCached(session => session.Query<Artist>().ToList()), Is.True, "as lists have not");
    }

    [Test]
    public void Profiles_written_as_properties_read_as_the_same()
    {
        var options = new GranularCacheOptions();
        (options.Profiles.Default.Operations, options.Profiles.Default.Expiration) = (CachedOperations.None, Seconds(0.5));
        options.Profiles.For<Artist>(profile => profile.Expire(CachedOperations.All, Seconds(7)).Operations = CachedOperations.Get | CachedOperations.Exists);
        options.Profiles.For("Shop.*", profile => (profile.Forbidden, profile.SingleFlight, profile.Layout, profile.WriteThrough) = (true, SingleFlight.Process, ResultLayout.Shallow, true));

        var written = OptionsReader.Write(options).Where(pair => pair.Key.StartsWith("cache.granular.profile.", StringComparison.Ordinal)).ToDictionary();
        var read = OptionsReader.Read(new Dictionary<string, string>(OptionsReader.Write(options)));

        Assert.That(written["cache.granular.profile.Shop.*.forbidden"], Is.EqualTo("true"));
        Assert.That(written["cache.granular.profile.Shop.*.write_through"], Is.EqualTo("true"));
        Assert.That(written["cache.granular.profile.*.expiration"], Is.EqualTo("0.5"));
        Assert.That(written[$"cache.granular.profile.{typeof(Artist).FullName}.operations"], Is.EqualTo("get,exists"));
        Assert.That(written[$"cache.granular.profile.{typeof(Artist).FullName}.expiration.count"], Is.EqualTo("7"));
        Assert.That(OptionsReader.Write(read), Is.EquivalentTo(OptionsReader.Write(options)));
    }

    [Test]
    public void Profiles_are_read_from_properties()
    {
        Open(configure: configuration =>
        {
            configuration.SetProperty($"cache.granular.profile.{Namespace.ToUpperInvariant()}.*.operations", "Get, fetch");
            configuration.SetProperty($"cache.granular.profile.{typeof(Work).FullName}.operations", "all");
        });
        Assert.That(IsCached(session => session.Query<Artist>().ToList()), Is.True);
        Assert.That(IsCached(session => session.Query<Artist>().Count()), Is.False);
        Assert.That(IsCached(session => session.Query<Work>().Count()), Is.True);
    }

    [TestCase("cache.granular.profile.Shop.*.weather", "fine", "expiration.get")]
    [TestCase("cache.granular.profile.operations", "all", "PATTERN.SETTING")]
    [TestCase("cache.granular.profile.Shop.*.operations", "read", "none, get, fetch, count, aggregate, exists, all")]
    [TestCase("cache.granular.profile.Shop.*.operations", "get fetch", "commas")]
    [TestCase("cache.granular.profile.Shop.*.expiration", "0", "seconds from 0.001")]
    [TestCase("cache.granular.profile.Shop.*.expiration.count", "soon", "seconds from 0.001")]
    [TestCase("cache.granular.profile.Shop.*.forbidden", "perhaps", "true or false")]
    [TestCase("cache.granular.profile.Shop.*.write_through", "2", "true or false")]
    [TestCase("cache.granular.profile.Shop.*.layout", "wide", "auto or shallow or full")]
    [TestCase("cache.granular.profile.Shop.*.single_flight", "2", "off or process or nodes")]
    [TestCase("cache.granular.profile.Shop*.operations", "all", "follows a dot")]
    [TestCase("cache.granular.profile.*.Order.operations", "all", "at the end")]
    public void Property_that_is_not_understood_is_refused_with_what_it_takes(string name, string value, string takes) =>
        Assert.That(() => OptionsReader.Read(new Dictionary<string, string> { [name] = value }), Throws.InstanceOf<CacheException>().With.Message.Contains($"\"{name}\"").And.Message.Contains(takes));

    [Test]
    public void Faults_of_profiles_are_told_together_and_with_those_of_other_options()
    {
        var properties = new Dictionary<string, string>
        {
            ["cache.granular.profile.Shop.*.operations"] = "read",
            ["cache.granular.profile.Shop.Order.forbidden"] = "yes",
            ["cache.granular.lease"] = "never",
        };
        Assert.That(() => OptionsReader.Read(properties), Throws.InstanceOf<CacheException>().With.Message.Contains("Shop.*").And.Message.Contains("Shop.Order").And.Message.Contains("lease"));
    }

    [Test]
    public void Expiration_that_is_out_of_range_in_code_is_refused_when_the_factory_is_built() =>
        Assert.That(() => Open(profiles => profiles.Default.Expiration = TimeSpan.Zero), Throws.InstanceOf<CacheException>().With.Message.Contains("cache.granular.profile.*.expiration"));

    [Test]
    public void Profile_that_caches_what_it_forbids_is_refused() =>
        Assert.That(() => Open(profiles => (profiles.Default.Operations, profiles.Default.Forbidden) = (CachedOperations.Get, true)), Throws.InstanceOf<CacheException>().With.Message.Contains("forbidden"));

    [Test]
    public void Profiles_that_match_nothing_are_refused_together_with_what_is_mapped()
    {
        static void Misspell(CacheProfiles profiles) => profiles.For("Shop.*", profile => profile.Forbidden = true).For<ProfileSettingsTests>(profile => profile.Forbidden = true);
        Assert.That(() => Open(Misspell), Throws.InstanceOf<MappingException>().With.Message.Contains("\"Shop.*\"").And.Message.Contains(nameof(ProfileSettingsTests)).And.Message.Contains(typeof(Artist).FullName));
        Assert.That(() => Open(Misspell, configuration => configuration.SetProperty(Cfg.Environment.UseQueryCache, "false")), Throws.InstanceOf<MappingException>().With.Message.Contains("\"Shop.*\""), "without the query cache it is told by the first session");
    }

    [Test]
    public void Empty_names_and_null_actions_are_refused_at_once()
    {
        var profiles = new GranularCacheOptions().Profiles;
        Assert.That(() => profiles.For(" ", _ => { }), Throws.ArgumentException);
        Assert.That(() => profiles.For("Shop.*", null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Removing_a_profile_in_code_removes_its_properties()
    {
        var configuration = new Cfg.Configuration();
        configuration.SetProperty("cache.granular.profile.*.operations", "all");
        configuration.UseGranularCache(options => options.Profiles.Default.Operations = null);
        Assert.That(configuration.Properties, Does.Not.ContainKey("cache.granular.profile.*.operations"));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private ProfileTable Table(Action<CacheProfiles> configure)
    {
        var options = new GranularCacheOptions();
        configure(options.Profiles);
        return ProfileTable.Of((Engine.ISessionFactoryImplementor)Factory, options.Profiles);
    }
}
