using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

/// <summary>What the in-process stamps forget, and that forgetting costs hits at most.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StampTableTests : IDisposable
{
    private static readonly TableId s_people = new("public.people");
    private static readonly Shape s_byCity = new(s_people, ["city"], ColumnSet.Of(["city"]));
    private static readonly NamedKey s_query = new("people of Rome");
    private static readonly TimeSpan s_life = TimeSpan.FromDays(1);

    private readonly InProcessHarness _harness = new();

    private ICacheStore Store => _harness.Store;

    public void Dispose() => _harness.Dispose();

    [Test]
    public void Living_entry_survives_rotations()
    {
        _harness.Pass(s_life * 0.9);
        Cache();
        _harness.Pass(s_life * 0.2);
        Rotate();
        _harness.Pass(s_life * 0.7);
        Rotate();

        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Result_read_before_a_forgotten_move_does_not_come_back_to_life()
    {
        var before = Read().Sequence;
        Change(City("Rome"));
        Forget();

        Put(before);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Region_cleared_and_forgotten_does_not_come_back_to_life()
    {
        var region = StampKey.Region("people");
        var before = Store.Current;
        Store.Move(region);
        Forget();

        Store.Put(s_query, new CacheEntry("result", new Dependencies([region], []), before, s_life, IsSliding: false));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Result_read_before_the_stamps_existed_is_invalid()
    {
        var before = Store.Current;
        using var later = new InProcessHarness();
        later.Store.Put(s_query, new CacheEntry("result", DependOn("Rome"), before, s_life, IsSliding: false));

        Assert.That(later.Store.Read(s_query, () => [s_byCity], asOf: null).Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Entry_whose_stamps_were_forgotten_early_is_invalid_and_can_be_cached_again()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxStamps = 100 });
        var sequence = harness.Store.Read(s_query, () => [s_byCity], asOf: null).Sequence;
        harness.Store.Put(s_query, new CacheEntry("result", DependOn("Rome"), sequence, s_life, IsSliding: false));
        for (var i = 0; i < 200; i++)
            harness.Store.Move(StampKey.Region($"region {i}"));

        var read = harness.Store.Read(s_query, () => [s_byCity], asOf: null);
        Assert.That(read.Reason, Is.EqualTo(MissReason.Invalidated));
        harness.Store.Put(s_query, new CacheEntry("result", DependOn("Rome"), read.Sequence, s_life, IsSliding: false));

        Assert.That(harness.Store.Read(s_query, () => [s_byCity], asOf: null).Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Forgotten_shape_is_not_matched_any_more_and_its_entries_are_invalid()
    {
        Cache(isSliding: true);
        Forget();
        Assert.That(Store.Shapes([s_people]).Shapes, Is.Empty);

        // This change was matched without the shape; nothing but the birth of its successor can tell.
        Change();

        Assert.That(Read().Entry, Is.Null);
    }

    [Test]
    public void Table_without_shapes_remembers_its_last_publish_over_a_rotation()
    {
        var before = Store.Current;
        // Nobody asks for a shape of the table, so nothing but the table itself knows of this change.
        Change();
        _harness.Pass(s_life);
        Rotate();

        Put(before);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Shape_forgotten_and_born_again_during_a_change_is_adopted_by_it()
    {
        Read();
        var token = Token.Create();
        Store.Announce(new Announcement(token, [City("Rome")], [s_people], [], [], null, s_life * 10));
        Forget();
        var sequence = Read().Sequence;
        Put(sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));

        Store.Publish(new Publication(token, Proven: true, [City("Rome")], [s_people]));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Locks_outlive_rotations()
    {
        var token = Token.Create();
        Store.Announce(new Announcement(token, [StampKey.Table(s_people)], [], [], [], null, s_life * 10));
        Forget();
        Put(Read().Sequence);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
    }

    [Test]
    public void Changes_alone_do_not_keep_a_shape_alive()
    {
        Read();
        for (var i = 0; i < 3; i++)
        {
            Change(s_byCity.Key);
            _harness.Pass(s_life);
        }
        Rotate();

        Assert.That(Store.Shapes([s_people]).Shapes, Is.Empty);
    }

    [Test]
    public void Number_of_stamps_stays_within_its_bound()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxStamps = 1_000 });
        for (var i = 0; i < 20_000; i++)
        {
            var token = Token.Create();
            harness.Store.Announce(new Announcement(token, [City($"city {i}")], [s_people], [], [], null, harness.Lease));
            harness.Store.Publish(new Publication(token, Proven: true, [City($"city {i}")], [s_people]));
        }

        Assert.That(harness.Stamps.StampCount, Is.LessThan(1_010));
    }

    [Test]
    public void Locked_stamps_beyond_the_bound_are_kept()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxStamps = 100 });
        var token = Token.Create();
        StampKey[] keys = [.. Enumerable.Range(0, 500).Select(i => City($"city {i}"))];
        harness.Store.Announce(new Announcement(token, keys, [s_people], [], [], null, harness.Lease));
        for (var i = 0; i < 500; i++)
            harness.Store.Move(StampKey.Region($"region {i}"));

        var locked = harness.Stamps.Stamps.Where(cell => cell.Locks > 0).Select(cell => cell.Key).ToHashSet();

        Assert.That(locked, Is.SupersetOf(keys));
    }

    [Test]
    public void Shape_beyond_the_bound_depends_on_every_change_of_its_table()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxShapesPerTable = 1 });
        var other = new Shape(s_people, ["age"], ColumnSet.Of(["age"]));
        harness.Store.Read(new NamedKey("other"), () => [other], asOf: null);

        var sequence = harness.Store.Read(s_query, () => [s_byCity], asOf: null).Sequence;
        harness.Store.Put(s_query, new CacheEntry("result", DependOn("Rome"), sequence, s_life, IsSliding: false));
        Assert.That(harness.Store.Read(s_query, () => [s_byCity], asOf: null).Reason, Is.EqualTo(MissReason.None));
        Assert.That(harness.Store.Shapes([s_people]).Shapes, Is.EquivalentTo(new[] { other, Shape.Any(s_people) }));
        Assert.That(harness.Stamps.SubstitutedShapes, Is.GreaterThan(0));

        var token = Token.Create();
        var key = Shape.Any(s_people).Key;
        harness.Store.Announce(new Announcement(token, [key], [s_people], [], [], null, harness.Lease));
        harness.Store.Publish(new Publication(token, Proven: true, [key], [s_people]));

        Assert.That(harness.Store.Read(s_query, () => [s_byCity], asOf: null).Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Shapes_of_one_table_do_not_count_against_another()
    {
        using var harness = new InProcessHarness(new InProcessStoreOptions { MaxShapesPerTable = 1 });
        var other = new Shape(new TableId("public.orders"), ["id"], ColumnSet.All);
        harness.Store.Read(s_query, () => [s_byCity, other], asOf: null);

        Assert.That(harness.Stamps.SubstitutedShapes, Is.Zero);
    }

    [Test]
    public void Expired_lease_is_noticed_by_the_read_that_meets_its_lock()
    {
        Cache();
        Store.Announce(new Announcement(Token.Create(), [City("Rome")], [s_people], [], [], null, _harness.Lease));
        _harness.Pass(_harness.Lease);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(_harness.Stamps.Stamps.Sum(cell => cell.Locks), Is.Zero);
    }

    private static StampKey City(string name) => s_byCity.Conjunction([ColumnValue.Text(name)]);

    private static Dependencies DependOn(string city) =>
        new([StampKey.Scope, StampKey.Table(s_people)], [new ShapeUse(s_byCity, [City(city)])]);

    private ReadResult Read() => Store.Read(s_query, () => [s_byCity], asOf: null);

    private void Put(Sequence sequence, bool isSliding = false) =>
        Store.Put(s_query, new CacheEntry("result", DependOn("Rome"), sequence, s_life, isSliding));

    private void Cache(bool isSliding = false)
    {
        Put(Read().Sequence, isSliding);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    private void Change(params StampKey[] keys)
    {
        var token = Token.Create();
        Store.Announce(new Announcement(token, keys, [s_people], [], [], null, _harness.Lease));
        Store.Publish(new Publication(token, Proven: true, keys, [s_people]));
    }

    /// <summary>Any operation rotates if it is time; this one touches nothing else that matters here.</summary>
    private void Rotate() => Store.Move(StampKey.Region("unrelated"));

    /// <summary>Lets two generations pass: nothing of what nobody asks for is left.</summary>
    private void Forget()
    {
        for (var i = 0; i < 2; i++)
        {
            _harness.Pass(s_life);
            Rotate();
        }
    }
}
