using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

/// <summary>Real threads on the real store: what the model cannot see, interleavings within one call.</summary>
public sealed class ConcurrencyTests
{
    private const int Rows = 4;
    private static readonly TableId s_table = new("public.people");
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(2);

    private readonly int[] _committed = new int[Rows];
    private int _hits;
    private int _wrong;

    [Test]
    public void Concurrent_readers_never_hit_a_version_older_than_the_one_committed_before()
    {
        // Few stamps, so that generations rotate all the time; few entries, so that compactions run.
        var options = new InProcessStoreOptions { MaxStamps = 16, MaxEntries = 3 };
        var stamps = new StampTable(options, TimeProvider.System);
        using var store = new InProcessStore(stamps, options, TimeProvider.System);
        using var stop = new CancellationTokenSource(s_duration);
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2).Select(i => new Thread(() => Write(store, new Random(i), stop.Token))),
            .. Enumerable.Range(0, 3).Select(i => new Thread(() => Read(store, new Random(100 + i), stop.Token))),
        ];

        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();

        TestContext.Out.WriteLine($"{_hits} hits, {_committed.Sum()} commits");
        Assert.That(_wrong, Is.Zero);
        Assert.That(_hits, Is.GreaterThan(1_000));
        Assert.That(_committed.Sum(), Is.GreaterThan(100));
    }

    private static Shape ShapeOf(int row) => new(s_table, ["id"], ColumnSet.Of(["id", "c" + (row % 2)]));

    private void Write(InProcessStore store, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var row = random.Next(Rows);
            var token = Token.Create();
            StampKey[] keys = [];
            ShapeList shapes = store.Shapes([s_table]);
            AnnounceResult result;
            do
            {
                keys = [.. shapes.Shapes.Select(shape => shape.Conjunction([ColumnValue.Integer(row)]))];
                result = store.Announce(new Announcement(token, keys, [s_table], [], [], shapes.Version, TimeSpan.FromMinutes(1)));
                shapes = result.Shapes;
            }
            while (result.Outcome == AnnounceOutcome.NewShapes);
            Interlocked.Increment(ref _committed[row]);
            store.Publish(new Publication(token, Proven: true, keys, [s_table]));
            Thread.Yield();
            if (random.Next(8) == 0)
                Thread.Sleep(1);
        }
    }

    private void Read(InProcessStore store, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var row = random.Next(Rows);
            var shape = ShapeOf(row);
            var key = new NamedKey("person " + row);
            var committed = Volatile.Read(ref _committed[row]);
            var result = store.Read(key, () => [shape], asOf: null);
            if (result.Entry is { } entry)
            {
                Interlocked.Increment(ref _hits);
                if ((int)entry.Payload < committed)
                    Interlocked.Increment(ref _wrong);
                continue;
            }
            var selected = Volatile.Read(ref _committed[row]);
            var dependencies = new Dependencies([StampKey.Scope, StampKey.Table(s_table)], [new ShapeUse(shape, [shape.Conjunction([ColumnValue.Integer(row)])])]);
            store.Put(key, new CacheEntry(selected, dependencies, result.Sequence, TimeSpan.FromMinutes(1), IsSliding: false));
        }
    }
}
