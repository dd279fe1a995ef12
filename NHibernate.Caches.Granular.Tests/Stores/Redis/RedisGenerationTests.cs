using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>What the stamps on a server forget, and that nothing which is forgotten makes an entry valid again.</summary>
public sealed class RedisGenerationTests
{
    private static readonly TimeSpan s_generation = TimeSpan.FromHours(8);

    private RedisScene _node = null!;

    [SetUp]
    public void Open() => _node = NewNode();

    [TearDown]
    public void Close() => _node.Dispose();

    [Test]
    public void Move_is_remembered_for_a_whole_generation_after_the_one_it_was_made_in()
    {
        var before = _node.Read().Sequence;
        _node.ChangeRome();
        Rotate();

        _node.Put(before);
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated), "it has moved, as the older half knows");
    }

    [Test]
    public void Entry_from_before_the_horizon_is_a_miss_although_its_stamps_are_forgotten()
    {
        var before = _node.Read().Sequence;
        _node.ChangeRome();
        Rotate();
        Rotate();
        _node.Put(before, dependencies: new Dependencies([StampKey.Scope, RedisScene.Rome], [])); // no shape, whose birth would tell as well

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        _node.Cache();
    }

    [Test]
    public void Entry_from_after_the_last_move_outlives_a_generation()
    {
        _node.ChangeRome();
        Rotate();
        var sequence = _node.Read().Sequence;
        _node.Put(sequence);
        Rotate();
        _node.Put(sequence);

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Too_many_stamps_begin_a_generation_early()
    {
        using var node = NewNode(new RedisStoreOptions { MaxTimeToLive = s_generation, MaxStamps = 20 });
        var before = node.Read().Sequence;
        node.ChangeRome();
        for (var i = 0; i < 40; i++)
            node.Store.Move(City($"city {i}"));
        node.Put(before);

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(int.Parse(node.Store.Shapes.Known.Generation, CultureInfo.InvariantCulture), Is.InRange(2, 4));
        node.Cache();
    }

    [Test]
    public void Shape_that_is_not_asked_for_is_forgotten_and_registered_again_when_it_is()
    {
        _node.Cache();
        Rotate();
        Rotate();
        Rotate();
        Assert.That(_node.Store.FetchShapes([RedisScene.People]).Shapes, Is.Empty);

        _node.Cache();
        Assert.That(_node.Store.FetchShapes([RedisScene.People]).Shapes, Is.EqualTo(new[] { RedisScene.ByCity }));
    }

    [Test]
    public void Shape_that_is_asked_for_stays()
    {
        for (var i = 0; i < 4; i++)
        {
            _node.Cache();
            Rotate();
        }
        Assert.That(_node.Store.FetchShapes([RedisScene.People]).Shapes, Is.EqualTo(new[] { RedisScene.ByCity }));
    }

    // Whoever announced with the shapes of before does not know of this one's conjunctions, so it is locked as a whole.
    [Test]
    public void Shape_that_was_forgotten_and_came_back_during_a_change_is_moved_by_it()
    {
        _node.Cache();
        var token = Token.Create();
        _node.Store.Announce(RedisScene.AnnouncementOf(token) with { Lease = s_generation * 10 });
        Rotate();
        Rotate();
        Rotate();
        _node.Put(_node.Read().Sequence);
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Locked));
        _node.Publish(token);

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        _node.Cache();
    }

    [Test]
    public void Node_that_knows_shapes_of_an_earlier_generation_registers_them_again_on_a_miss()
    {
        using var other = NewNode(prefix: _node.Options.Prefix);
        _node.Cache();
        for (var i = 0; i < 3; i++)
        {
            other.Pass(s_generation);
            other.Store.Move(City("Oslo"));
        }
        Assert.That(other.Store.FetchShapes([RedisScene.People]).Shapes, Is.Empty);
        _node.Pass(s_generation * 3);

        _node.Cache();
        Assert.That(other.Store.FetchShapes([RedisScene.People]).Shapes, Is.EqualTo(new[] { RedisScene.ByCity }));
    }

    [Test]
    public void Shapes_beyond_the_bound_depend_on_every_change_of_the_table()
    {
        using var node = NewNode(new RedisStoreOptions { MaxShapesPerTable = 1 });
        var byAge = new Shape(RedisScene.People, ["age"], ColumnSet.Of(["age"]));
        var (young, old) = (byAge.Conjunction([ColumnValue.Integer(7)]), byAge.Conjunction([ColumnValue.Integer(70)]));
        var key = new NamedKey("people of 7");
        node.Cache();
        node.Put(Ask().Sequence, key: key, dependencies: RedisScene.DependOn(byAge, young));
        Assert.That(Ask().Reason, Is.EqualTo(MissReason.None));
        var shapes = node.Store.FetchShapes([RedisScene.People]).Shapes;
        Assert.That(shapes, Is.EquivalentTo(new[] { RedisScene.ByCity, Shape.Any(RedisScene.People) }), "the table's own shape stands in");

        var token = node.Announce(Shape.Any(RedisScene.People).Key, old);
        Assert.That(Ask().Reason, Is.EqualTo(MissReason.Locked), "of another age, but nobody can tell");
        node.Publish(token, Shape.Any(RedisScene.People).Key, old);
        Assert.That(Ask().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.None), "the one within the bound is told apart");

        node.Put(Ask().Sequence, key: key, dependencies: RedisScene.DependOn(byAge, young));
        Assert.That(Ask().Reason, Is.EqualTo(MissReason.None));
        node.Store.Move(new ShapeUse(byAge, [young]));
        Assert.That(Ask().Reason, Is.EqualTo(MissReason.Invalidated), "what it depends on instead is evicted for it");

        ReadResult Ask() => node.Store.Read(key, () => [byAge], asOf: null);
    }

    [Test]
    public async Task Shape_whose_key_belongs_to_another_depends_on_every_change()
    {
        // What another process would have registered whose shape has the same hash.
        var calls = _node.Store.Calls;
        var register = calls.Register([RedisScene.ByCity]);
        var foreign = ShapeText.Of(new Shape(RedisScene.People, ["other"], ColumnSet.All));
        await _node.Connection.GetDatabase().ScriptEvaluateAsync(register.Script.Text, register.Keys, [register.Arguments[0], "1", register.Arguments[2], register.Arguments[3], foreign, "1"]);
        _node.Cache();

        _node.Publish(_node.Announce(City("Oslo")), City("Oslo"));
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        _node.Cache();
        _node.Store.Move(new ShapeUse(RedisScene.ByCity, [RedisScene.Rome]));
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    // The row has changed since, but that is forgotten.
    [Test]
    public void Loaded_state_from_before_the_horizon_is_not_trusted()
    {
        var at = _node.Read().Sequence;
        var loaded = new LoadedState(ImmutableDictionary<string, ColumnValue>.Empty, new Dependencies([StampKey.Scope, RedisScene.Rome], []), at);
        _node.ChangeRome();
        Rotate();
        Rotate();

        Assert.That(_node.Store.Announce(RedisScene.AnnouncementOf(Token.Create()) with { Loaded = [loaded] }).Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
    }

    private static StampKey City(string name) => RedisScene.ByCity.Conjunction([ColumnValue.Text(name)]);

    private static RedisScene NewNode(RedisStoreOptions? options = null, string? prefix = null) =>
        new(TestRedis.ConnectionString, prefix ?? TestRedis.NewPrefix("generation"), options ?? new RedisStoreOptions { MaxTimeToLive = s_generation });

    private void Rotate()
    {
        _node.Pass(s_generation);
        _node.Store.Move(City("Oslo"));
    }
}
