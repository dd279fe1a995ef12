using System.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace NHibernate.Caches.Granular.Tests.Diagnostics;

/// <summary>What OpenTelemetry gets when it is told of the library's meter and activity source by their names.</summary>
[NonParallelizable]
public sealed class TelemetryTests : BlogFixture
{
    private const string Name = "NHibernate.Caches.Granular";

    private static int Count(ISession session) => session.CreateQuery("from Comment").SetCacheable(true).List<Comment>().Count;

    [Test]
    public void Metrics_arrive_with_their_units()
    {
        var exported = new List<MetricSnapshot>();
        using (var provider = Sdk.CreateMeterProviderBuilder().AddMeter(Name).AddInMemoryExporter(exported).Build())
        {
            Ask(Count);
            Ask(Count);
            Commit(session => session.Save(new Comment { Id = 60, Text = "new" }));
            Assert.That(provider.ForceFlush(), Is.True);
        }

        Assert.That(
            exported.Select(metric => (metric.Name, metric.Unit)),
            Is.SupersetOf(new[] { ("granular.hits", "{look-up}"), ("granular.misses", "{look-up}"), ("granular.entries", "{entry}"), ("granular.lookup.duration", "s"), ("granular.invalidation.duration", "s") }));
        Assert.That(exported.Select(metric => metric.MeterVersion), Is.All.Match(@"^\d+\.\d+\.\d+$"));
    }

    [Test]
    public void Both_steps_of_an_invalidation_are_children_of_the_current_activity()
    {
        var exported = new List<Activity>();
        using var source = new ActivitySource("the application's");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(Name, source.Name).AddInMemoryExporter(exported).Build();
        var trace = "";
        Factory.GranularCache().Invalidated += (_, invalidation) => trace = invalidation.TraceId!;

        ActivityTraceId expected;
        using (var request = source.StartActivity("request")!)
        {
            expected = request.TraceId;
            Commit(session => session.Save(new Comment { Id = 61, Text = "secret" }));
        }

        Assert.That(exported.Select(activity => activity.DisplayName), Is.EqualTo(new[] { "announce invalidation", "publish invalidation", "request" }));
        Assert.That(exported.Select(activity => activity.TraceId), Is.All.EqualTo(expected));
        Assert.That(trace, Is.EqualTo(expected.ToHexString()));
        var tags = exported.SelectMany(activity => activity.TagObjects).ToList();
        Assert.That(tags.Where(tag => tag.Key == "granular.stamp.count").Select(tag => tag.Value), Has.Exactly(2).GreaterThan(0));
        Assert.That(tags.Select(tag => $"{tag.Value}"), Has.None.Contains("secret").And.None.Contains("comment"));
    }

    [Test]
    public void Nothing_is_traced_while_nobody_listens()
    {
        Activity? seen = null;
        Factory.GranularCache().Invalidated += (_, _) => seen = Activity.Current;
        Commit(session => session.Save(new Comment { Id = 62, Text = "new" }));
        Assert.That(seen, Is.Null);
    }
}
