using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Stores;
using NHibernate.Cfg;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Diagnostics;

/// <summary>Every decision is counted once, with its reason.</summary>
[NonParallelizable]
public sealed class CacheMetricsTests : BlogFixture, IDisposable
{
    private readonly ConcurrentQueue<string> _measured = new();
    private readonly ConcurrentQueue<(string What, double Seconds)> _timed = new();
    private MeterListener? _listener;

    [SetUp]
    public void Listen()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "NHibernate.Caches.Granular")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => _measured.Enqueue($"{instrument.Name} {Tags(tags)}".TrimEnd()));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _timed.Enqueue(($"{instrument.Name} {Tags(tags)}".TrimEnd(), value)));
        _listener.Start();
        _measured.Clear();
        _timed.Clear();
    }

    [TearDown]
    public void Dispose() => _listener?.Dispose();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.UseGranularCache(options =>
        {
            options.Regions["shallow"] = new RegionOptions { Layout = ResultLayout.Shallow };
            options.Profiles.For<Cat>(profile => profile.WriteThrough = true);
        });
    }

    private static int Count(ISession session) => session.Query<Comment>().WithOptions(o => o.SetCacheable(true)).Count();

    [Test]
    public void Miss_put_and_hit_are_counted_with_region_and_reason()
    {
        static int Nobody(ISession session) => session.Query<Comment>().Where(comment => comment.Text == "asked by this test only").WithOptions(o => o.SetCacheable(true)).Count();
        Ask(Nobody);
        Ask(Nobody);
        const string Region = "granular.region=NHibernate.Cache.StandardQueryCache";
        Assert.That(_measured, Is.EqualTo(new[] { $"granular.misses {Region} granular.reason=NotFound", $"granular.puts {Region}", $"granular.hits {Region}" }));
    }

    [Test]
    public void Invalidated_entry_is_a_miss_of_that_reason_and_a_publish_was_counted()
    {
        Ask(Count);
        Commit(session => session.Save(new Comment { Id = 90, Text = "new" }));
        Ask(Count);
        Assert.That(_measured, Has.Some.EqualTo("granular.publishes granular.proven=True"));
        Assert.That(_measured, Has.Some.EndsWith("granular.reason=Invalidated"));
    }

    [Test]
    public void Written_entity_is_a_put_or_a_rejected_put()
    {
        var region = $"granular.region={typeof(Cat).FullName}";
        string[] put = [$"granular.puts {region}", $"granular.written_puts {region}"];
        string[] rejected = [$"granular.rejected_puts {region} granular.reason=WrittenState"];
        string[] Puts(Action<ISession> work)
        {
            _measured.Clear();
            Commit(work);
            return [.. _measured.Where(measured => measured.Contains("put", StringComparison.Ordinal) && measured.Contains(region, StringComparison.Ordinal))];
        }

        Assert.Multiple(() =>
        {
            Assert.That(Puts(session => session.Save(new Cat { Id = 90, Title = "a" })), Is.EqualTo(put));
            Assert.That(Puts(session => session.Get<Cat>(90).Title = "b"), Is.EqualTo(put));
            Assert.That(Puts(session => session.Get<Cat>(90).Title = "trailing "), Is.EqualTo(rejected));
            Assert.That(Puts(session => session.Get<Cat>(90).Title = "c"), Is.EqualTo((string[])[$"granular.puts {region}", .. put]), "it was read again");
            Assert.That(Puts(session =>
            {
                session.Get<Cat>(90).Title = "d";
                session.Flush();
                session.CreateQuery("update Cat set Title = 'bulk'").ExecuteUpdate();
            }), Is.EqualTo(rejected));
        });
    }

    [Test]
    public void Own_uncommitted_writes_are_a_bypass_of_that_reason()
    {
        Commit(session =>
        {
            session.Save(new Comment { Id = 91, Text = "new" });
            Assert.That(Count(session), Is.EqualTo(3));
        });
        Assert.That(_measured, Has.Some.EqualTo("granular.bypasses granular.reason=OwnWrites"));
    }

    [Test]
    public void Result_that_depends_on_time_is_a_rejected_put_of_that_reason()
    {
        Ask(session => session.CreateSQLQuery("select count(*) as n from Post where Published < now()").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).UniqueResult<long>());
        Assert.That(_measured, Has.Some.EndsWith("granular.reason=NotCacheable"));
    }

    [Test]
    public void Result_of_entities_that_the_session_had_before_is_a_rejected_put_of_that_reason()
    {
        Ask(session =>
        {
            session.CreateQuery("from Comment").List();
            return session.CreateQuery("from Comment c order by c.Id").SetCacheable(true).List();
        });
        Assert.That(_measured, Has.Some.EndsWith("reason=NotHydrated"));
    }

    [Test]
    public void Nhibernate_s_own_statistics_tell_the_same()
    {
        Ask(Count);
        Ask(Count);
        Ask(Count);
        Assert.That((Statistics.QueryCacheMissCount, Statistics.QueryCachePutCount, Statistics.QueryCacheHitCount), Is.EqualTo((1, 1, 2)));
    }

    [Test]
    public void Nhibernate_s_own_statistics_know_a_bypass_as_a_miss_without_a_put()
    {
        Ask(Count);
        Statistics.Clear();
        Commit(session =>
        {
            session.Save(new Comment { Id = 92, Text = "new" });
            Count(session);
        });
        Assert.That((Statistics.QueryCacheMissCount, Statistics.QueryCachePutCount, Statistics.QueryCacheHitCount), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public void Nhibernate_s_own_statistics_know_a_hit_whose_row_has_vanished_as_a_miss()
    {
        static IList<Comment> Comments(ISession session) => session.CreateQuery("from Comment").SetCacheable(true).SetCacheRegion("shallow").List<Comment>();
        Ask(Comments);
        Statistics.Clear();
        using (var vanishing = Factory.WithOptions().Interceptor(new UserInterceptor { Prepared = () => Commit(other => other.CreateSQLQuery("delete from Comment where Id = 2").ExecuteUpdate()) }).OpenSession())
            Assert.That(Comments(vanishing), Has.Count.EqualTo(1));
        Assert.That(_measured, Has.Some.EndsWith("granular.reason=VanishedRow"));
        Assert.That((Statistics.QueryCacheMissCount, Statistics.QueryCachePutCount, Statistics.QueryCacheHitCount), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public void Time_of_a_look_up_is_measured_with_its_result_and_a_hit_has_an_age()
    {
        Ask(Count);
        Ask(Count);
        const string Region = "granular.region=NHibernate.Cache.StandardQueryCache";
        Assert.That(_timed.Select(measured => measured.What), Has.Some.EqualTo($"granular.lookup.duration {Region} granular.result=miss"));
        Assert.That(_timed.Select(measured => measured.What), Has.Some.EqualTo($"granular.lookup.duration {Region} granular.result=hit").And.Some.EqualTo("granular.hit.age"));
        Assert.That(_timed.Select(measured => measured.Seconds), Is.All.InRange(0, 60));
    }

    [Test]
    public void Both_steps_of_an_invalidation_are_measured()
    {
        Commit(session => session.Save(new Comment { Id = 93, Text = "new" }));
        Assert.That(_timed.Select(measured => measured.What), Is.EquivalentTo(new[] { "granular.invalidation.duration granular.step=announce", "granular.invalidation.duration granular.step=publish" }));
    }

    [Test]
    public void Entries_of_this_process_are_counted_when_asked_for_and_no_more_when_their_store_is_disposed()
    {
        Ask(Count);
        Assert.That(Entries(), Is.GreaterThan(0));
        using var stores = new BoundedEntries(10);
        var before = Entries();
        stores.Set(new NamedKey("one"), new StoredEntry(new CacheEntry("payload", new Dependencies([], []), Sequence.None, TimeSpan.MaxValue, false), [], long.MaxValue, long.MaxValue, 0), TimeSpan.FromDays(1), null);
        Assert.That(Entries(), Is.EqualTo(before + 1));
        stores.Dispose();
        Assert.That(Entries(), Is.EqualTo(before));

        long Entries()
        {
            var sum = -1L;
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "granular.entries")
                    self.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((_, value, _, _) => sum = value);
            listener.Start();
            listener.RecordObservableInstruments();
            return sum;
        }
    }

    [Test]
    public void Entries_that_are_dropped_because_there_are_too_many_are_counted()
    {
        using var entries = new BoundedEntries(10);
        for (var i = 0; i < 200; i++)
            entries.Set(new NamedKey($"{i}"), new StoredEntry(new CacheEntry("payload", new Dependencies([], []), Sequence.None, TimeSpan.MaxValue, false), [], long.MaxValue, long.MaxValue, 0), TimeSpan.FromDays(1), null);
        Assert.That(() => _measured, Has.Some.EqualTo("granular.evictions").After(20_000, 20), "in the background");
    }

    private static string Tags(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
