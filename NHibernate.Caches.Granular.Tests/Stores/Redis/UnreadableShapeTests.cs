using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.Redis;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>Kinds of query on the server that this release cannot read, as those of a later one may be: what depends on them is still dropped.</summary>
public sealed class UnreadableShapeTests : NodesFixture
{
    private static readonly byte[] s_other = ShapeText.Of(new Shape(new TableId("public.post"), [], ColumnSet.Of(["nothing"])));

    private int _counted;

    [TestCase("nothing")]
    [TestCase("something else")]
    [TestCase("another shape")]
    public void Change_of_a_table_with_a_shape_that_cannot_be_read_moves_the_table_and_is_counted(string text)
    {
        using var listener = Listen();
        var prefix = TestRedis.NewPrefix("unreadable");
        var (reader, writer) = (NewNode(), NewNode());
        Run(reader, Titles);
        Run(reader, Titles);
        Assert.That(reader.Statistics.QueryCacheHitCount, Is.EqualTo(1));
        Replace(prefix, text switch { "nothing" => [], "another shape" => s_other, _ => "something else"u8.ToArray() });

        Run(writer, session => session.Get<Post>(1).Title = "changed");
        Assert.That(Run(reader, Titles), Does.Contain("changed"));
        Assert.That(_counted, Is.EqualTo(1));

        ISessionFactory NewNode() => this.NewNode(TestRedis.ConnectionString, ("cache.key_prefix", prefix), ("cache.granular.redis_timeout", "20"));
    }

    private static List<string> Titles(ISession session) => session.Query<Post>().Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).ToList();

    // Behind the generation and the birth, eight bytes each, stands what describes a shape.
    private static void Replace(string prefix, byte[] text)
    {
        using var connection = ConnectionMultiplexer.Connect(TestRedis.ConnectionString);
        var database = connection.GetDatabase();
        var shapes = connection.GetServers()[0].Keys(pattern: prefix + "*:shapes").Single();
        foreach (var field in database.HashGetAll(shapes).Where(field => field.Name != "epoch"))
            database.HashSet(shapes, field.Name, (byte[])[.. ((byte[])field.Value!)[..16], .. text]);
    }

    private MeterListener Listen()
    {
        _counted = 0;
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "NHibernate.Caches.Granular")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags.ToArray().Any(tag => Equals(tag.Value, nameof(CoarseReason.UnreadableShape))))
                Interlocked.Increment(ref _counted);
        });
        listener.Start();
        return listener;
    }
}
