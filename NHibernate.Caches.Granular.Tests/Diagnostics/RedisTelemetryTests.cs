using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace NHibernate.Caches.Granular.Tests.Diagnostics;

/// <summary>What operators see of Redis.</summary>
[NonParallelizable]
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisTelemetryTests : NodesFixture
{
    private static IList<string> Titles(ISession session) => session.CreateQuery("select p.Title from Post p where p.Title <> 'secret value'").SetCacheable(true).List<string>();

    [Test]
    public void Every_call_to_redis_is_a_client_activity_by_the_conventions_and_has_no_keys_or_values()
    {
        var exported = new List<Activity>();
        var node = NewNode(TestRedis.ConnectionString, ("cache.key_prefix", TestRedis.NewPrefix("telemetry")), ("cache.granular.redis_timeout", "20"));
        Run(node, Titles);
        using (Sdk.CreateTracerProviderBuilder().AddSource("NHibernate.Caches.Granular").AddInMemoryExporter(exported).Build())
        {
            Run(node, Titles);
            Run(node, session => session.Save(new Post { Id = 80, Title = "secret value" }));
            Run(node, Titles);
            Assert.That(() => exported.ToArray().Select(activity => activity.DisplayName), Is.SupersetOf(new[] { "EVALSHA read", "EVALSHA put", "EVALSHA announce", "EVALSHA publish" }).After(20_000, 20), "nobody waits for puts");
        }

        var calls = exported.Where(activity => activity.Kind == ActivityKind.Client).ToList();
        foreach (var call in calls)
        {
            Assert.That(call.GetTagItem("db.system.name"), Is.EqualTo("redis"));
            Assert.That(call.DisplayName, Is.EqualTo($"{call.GetTagItem("db.operation.name")} {call.GetTagItem("db.stored_procedure.name")}"));
            Assert.That(call.GetTagItem("db.namespace"), Is.EqualTo("0"));
            Assert.That(call.GetTagItem("server.address"), Is.Not.Null);
            Assert.That(call.Status, Is.EqualTo(ActivityStatusCode.Unset));
        }
        var announce = exported.Single(activity => activity.DisplayName == "announce invalidation");
        Assert.That(calls.Where(call => call.DisplayName == "EVALSHA announce").Select(call => call.ParentSpanId), Is.All.EqualTo(announce.SpanId));
        var texts = exported.SelectMany(activity => activity.TagObjects).Select(tag => $"{tag.Value}").ToList();
        Assert.That(texts, Has.None.Contains("secret").And.None.Contains("granular:").And.None.Contains("post"));
    }

    [Test]
    public async Task Outage_is_counted_and_shown_while_it_lasts_and_failed_calls_say_why()
    {
        await using var server = await LocalRedisServer.StartAsync();
        var node = NewNode(server.ConnectionString, ("cache.granular.redis_timeout", "1"));
        Run(node, Titles);
        var (measured, calls) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var interrupted = -1L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "NHibernate.Caches.Granular")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "granular.redis.interrupted")
                interrupted = value;
            else
                measured.Enqueue(instrument.Name);
        });
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            if (instrument.Name == "db.client.operation.duration")
                calls.Enqueue(string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
        });
        listener.Start();
        Assert.That(Interrupted(), Is.Zero);

        await server.KillAsync();
        Run(node, Titles);

        Assert.That(measured.Count(name => name == "granular.redis.outages"), Is.EqualTo(1));
        Assert.That(Interrupted(), Is.EqualTo(1));
        Assert.That(calls, Has.Some.Contains("error.type="));
        await server.StartAgainAsync();
        Assert.That(Interrupted, Is.Zero.After(30_000, 50));

        long Interrupted()
        {
            listener.RecordObservableInstruments();
            return interrupted;
        }
    }
}
