using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>
/// What every store promises, whatever it is made of. The scene: a table of people, a query for the people of one city, and
/// writers that change one of them.
/// </summary>
public abstract partial class StoreContractTests
{
    private static readonly TableId s_people = new("public.people");
    private static readonly TableId s_orders = new("public.orders");
    private static readonly Shape s_byCity = new(s_people, ["city"], ColumnSet.Of(["city", "name"]));
    private static readonly Shape s_byAge = new(s_people, ["age"], ColumnSet.Of(["age"]));
    private static readonly Shape s_row = new(s_people, ["id"], ColumnSet.All);
    private static readonly StampKey s_rome = City("Rome");
    private static readonly StampKey s_oslo = City("Oslo");
    private static readonly StampKey s_row7 = s_row.Conjunction([ColumnValue.Integer(7)]);
    private static readonly StampKey s_region = StampKey.Region("people");
    private static readonly NamedKey s_peopleOfRome = new("people of Rome");

    private StoreHarness _harness = null!;

    private ICacheStore Store => _harness.Store;

    /// <summary>What makes the stores under test for session factories.</summary>
    internal abstract System.Type Stores { get; }

    internal abstract StoreHarness CreateHarness();

    [SetUp]
    public void Open() => _harness = CreateHarness();

    [TearDown]
    public void Close() => _harness.Dispose();

    private static StampKey City(string name) => s_byCity.Conjunction([ColumnValue.Text(name)]);

    private static Dependencies DependOn(Shape shape, params StampKey[] conjunctions) =>
        new([StampKey.Scope, s_region, StampKey.Table(shape.Table)], [new ShapeUse(shape, [.. conjunctions])]);

    private static Dependencies DependOnRome() => DependOn(s_byCity, s_rome);

    /// <summary>The row with id 7, as a session loaded it.</summary>
    private static LoadedState Loaded(Sequence at) =>
        new(ImmutableDictionary<string, ColumnValue>.Empty, new Dependencies([StampKey.Scope, StampKey.Table(s_people)], [new ShapeUse(s_row, [s_row7])]), at);

    private ReadResult Read(Sequence? asOf = null) => Store.Read(s_peopleOfRome, () => [s_byCity], asOf);

    private void Put(Sequence sequence, object? payload = null) => Put(sequence, DependOnRome(), payload);

    private void Put(Sequence sequence, Dependencies dependencies, object? payload = null) =>
        Store.Put(s_peopleOfRome, new CacheEntry(payload ?? "result", dependencies, sequence, _harness.TimeToLive, IsSliding: false));

    /// <summary>A query that missed, read the database and put what it found.</summary>
    private void Cache(object? payload = null)
    {
        Put(Read().Sequence, payload);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None), "the scene needs a cached result");
    }

    private AnnounceResult Announce(Token token, params StampKey[] keys) => Store.Announce(Announcement(token, keys));

    private Announcement Announcement(Token token, params StampKey[] keys) =>
        new(token, keys, [s_people], [], [], ShapesVersion: null, _harness.Lease);

    private void Publish(Token token, params StampKey[] keys) => Store.Publish(new Publication(token, Proven: true, keys, [s_people]));

    private void PublishUnproven(Token token, params StampKey[] keys) => Store.Publish(new Publication(token, Proven: false, keys, [s_people]));

    private void LetLeaseEnd() => _harness.Pass(_harness.Lease);
}
