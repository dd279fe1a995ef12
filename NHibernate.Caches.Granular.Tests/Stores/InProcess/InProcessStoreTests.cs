using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

/// <summary>What only the in-process store promises: no lock and no allocation on a hit, and a bounded number of entries.</summary>
public sealed class InProcessStoreTests
{
    private static readonly TableId s_people = new("public.people");
    private static readonly Shape s_byCity = new(s_people, ["city"], ColumnSet.Of(["city"]));
    private static readonly ImmutableArray<Shape> s_shapes = [s_byCity];

    [Test]
    public void Hit_is_answered_while_another_thread_is_inside_the_lock()
    {
        using var harness = new InProcessHarness();
        var key = new NamedKey("Rome");
        Put(harness.Store, key, "the people");
        using var keys = new BlockingKeys();
        // Keys are read under the lock; these keep it until they are let go.
        var writer = new Thread(() => harness.Store.Announce(new Announcement(Token.Create(), keys, [], [], [], null, harness.Lease)));
        writer.Start();
        keys.Entered.Wait();

        var reading = Task.Run(() => harness.Store.Read(key, () => s_shapes, asOf: null));
        var answered = reading.Wait(TimeSpan.FromSeconds(20));
        var registering = Task.Run(() => harness.Store.Shapes([s_people]));
        var isExcluded = !registering.Wait(TimeSpan.FromMilliseconds(50));
        keys.LetGo.Set();
        writer.Join();

        Assert.That(answered, Is.True);
        Assert.That(reading.Result.Entry!.Payload, Is.EqualTo("the people"));
        Assert.That(isExcluded, Is.True, "the lock was held, or this test shows nothing");
        Assert.That(registering.Wait(TimeSpan.FromSeconds(20)), Is.True);
    }

    [Test]
    public void Hit_allocates_nothing()
    {
        using var harness = new InProcessHarness();
        var key = new NamedKey("Rome");
        Put(harness.Store, key, "the people");
        const int Hits = 10_000;
        var found = Read(harness.Store, key, Hits);

        var before = GC.GetAllocatedBytesForCurrentThread();
        found += Read(harness.Store, key, Hits);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(found, Is.EqualTo(2 * Hits));
        // Now and then the memory cache starts a scan for expired entries; per hit it is nothing.
        Assert.That(allocated, Is.LessThan(Hits / 2));
    }

    [TestCase(1)]
    [TestCase(10)]
    [TestCase(1_000)]
    public void Full_store_takes_new_entries_and_stays_within_its_bound(int maxEntries)
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxEntries = maxEntries });
        var store = (InProcessStore)harness.Store;
        for (var i = 0; i < maxEntries * 10; i++)
            Put(store, new NamedKey($"entry {i}"), i);

        Assert.That(() => store.Count, Is.LessThanOrEqualTo(maxEntries + (maxEntries / 64)).After(10_000, 10));
        Put(store, new NamedKey("late"), "late");

        Assert.That(store.Read(new NamedKey("late"), () => s_shapes, asOf: null).Entry?.Payload, Is.EqualTo("late"));
    }

    [Test]
    public void Full_store_drops_what_was_not_used_lately()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxEntries = 64 });
        var store = (InProcessStore)harness.Store;
        var used = new NamedKey("used");
        Put(store, used, "used");
        for (var i = 0; i < 1_000; i++)
        {
            // The memory cache tells uses apart by the wall clock.
            if (i % 20 == 0)
                Thread.Sleep(1);
            Assert.That(store.Read(used, () => s_shapes, asOf: null).Reason, Is.EqualTo(MissReason.None));
            Put(store, new NamedKey($"entry {i}"), i);
        }

        Assert.That(() => store.Count, Is.LessThanOrEqualTo(65).After(10_000, 10));
    }

    [Test]
    public void Replacing_and_removing_the_same_keys_at_once_does_not_wear_the_store_out()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxEntries = 10 });
        var store = harness.Store;
        Parallel.For(0, 4, worker =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                var key = new NamedKey($"entry {i % 4}");
                if (worker % 2 == 0)
                    Put(store, key, i);
                else
                    store.Remove(key);
            }
        });
        var kept = 0;
        for (var i = 0; i < 8; i++)
        {
            Put(store, new NamedKey($"after {i}"), i);
            kept += store.Read(new NamedKey($"after {i}"), () => s_shapes, asOf: null).Entry is null ? 0 : 1;
        }

        Assert.That(kept, Is.EqualTo(8));
    }

    [Test]
    public void Disposed_store_is_empty_and_still_answers()
    {
        var harness = new InProcessHarness();
        var key = new NamedKey("Rome");
        Put(harness.Store, key, "the people");
        harness.Dispose();

        Assert.That(harness.Store.Read(key, () => s_shapes, asOf: null).Reason, Is.EqualTo(MissReason.NotFound));
    }

    private static int Read(ICacheStore store, NamedKey key, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
            found += store.Read(key, () => s_shapes, asOf: null).Entry is null ? 0 : 1;
        return found;
    }

    private static void Put(ICacheStore store, NamedKey key, object payload)
    {
        var dependencies = new Dependencies([StampKey.Scope, StampKey.Table(s_people)], [new ShapeUse(s_byCity, [s_byCity.Conjunction([ColumnValue.Text("Rome")])])]);
        store.Put(key, new CacheEntry(payload, dependencies, store.Read(key, () => s_shapes, asOf: null).Sequence, TimeSpan.FromHours(1), IsSliding: true));
    }

    private sealed class BlockingKeys : IReadOnlyCollection<StampKey>, IDisposable
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim LetGo { get; } = new();

        public int Count => 0;

        public IEnumerator<StampKey> GetEnumerator()
        {
            Entered.Set();
            LetGo.Wait();
            yield break;
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose()
        {
            Entered.Dispose();
            LetGo.Dispose();
        }
    }
}
