using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Diagnostics;

/// <summary>Every decision is counted once, with its reason.</summary>
[NonParallelizable]
public sealed class CacheMetricsTests : BlogFixture, IDisposable
{
    private readonly ConcurrentQueue<string> _measured = new();
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
        _listener.Start();
        _measured.Clear();
    }

    [TearDown]
    public void Dispose() => _listener?.Dispose();

    private static int Count(ISession session) => session.Query<Comment>().WithOptions(o => o.SetCacheable(true)).Count();

    [Test]
    public void Miss_put_and_hit_are_counted_with_region_and_reason()
    {
        static int Nobody(ISession session) => session.Query<Comment>().Where(comment => comment.Text == "asked by this test only").WithOptions(o => o.SetCacheable(true)).Count();
        Ask(Nobody);
        Ask(Nobody);
        const string Region = "region=NHibernate.Cache.StandardQueryCache";
        Assert.That(_measured, Is.EqualTo(new[] { $"granular.misses {Region} reason=NotFound", $"granular.puts {Region}", $"granular.hits {Region}" }));
    }

    [Test]
    public void Invalidated_entry_is_a_miss_of_that_reason_and_a_publish_was_counted()
    {
        Ask(Count);
        Commit(session => session.Save(new Comment { Id = 90, Text = "new" }));
        Ask(Count);
        Assert.That(_measured, Has.Some.EqualTo("granular.publishes proven=True"));
        Assert.That(_measured, Has.Some.EndsWith("reason=Invalidated"));
    }

    [Test]
    public void Own_uncommitted_writes_are_a_bypass_of_that_reason()
    {
        Commit(session =>
        {
            session.Save(new Comment { Id = 91, Text = "new" });
            Assert.That(Count(session), Is.EqualTo(3));
        });
        Assert.That(_measured, Has.Some.EqualTo("granular.bypasses reason=OwnWrites"));
    }

    [Test]
    public void Result_that_depends_on_time_is_a_rejected_put_of_that_reason()
    {
        Ask(session => session.CreateSQLQuery("select count(*) as n from Post where Published < now()").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).UniqueResult<long>());
        Assert.That(_measured, Has.Some.EndsWith("reason=NotCacheable"));
    }

    [Test]
    public void Nhibernate_s_own_statistics_tell_the_same()
    {
        Ask(Count);
        Ask(Count);
        Ask(Count);
        Assert.That((Statistics.QueryCacheMissCount, Statistics.QueryCachePutCount, Statistics.QueryCacheHitCount), Is.EqualTo((1, 1, 2)));
    }

    private static string Tags(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
