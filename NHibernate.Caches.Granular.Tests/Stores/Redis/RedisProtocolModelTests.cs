using NHibernate.Caches.Granular.Tests.Stores.Protocol;
using static NHibernate.Caches.Granular.Tests.Stores.Protocol.ReaderKind;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>
/// The store protocol on Redis: the ways of the model that the in-process store was led through, each step of them, with crashes between any
/// two; and random ones.
/// </summary>
public sealed class RedisProtocolModelTests
{
    private static readonly TestCaseData[] s_visited =
    [
        Case("one writer, read committed, all faults", ProtocolSettings.Everything(1, ReadCommitted)),
        Case("one writer, snapshot, all faults", ProtocolSettings.Everything(1, Snapshot)),
        Case("one writer, read committed and put only", new ProtocolSettings(1, ReadCommitted, PutOnly)),
        Case("two writers, read committed", new ProtocolSettings(2, ReadCommitted) { Unknown = true }),
        Case("one writer, two readers", new ProtocolSettings(1, ReadCommitted, ReadCommitted)),
    ];

    [TestCaseSource(nameof(s_visited))]
    public void No_way_through_the_model_leads_to_a_wrong_hit(object settings)
    {
        var known = new ProtocolExplorer((ProtocolSettings)settings);
        known.VisitAll(maxStates: 100_000);

        var exploration = new ProtocolExplorer((ProtocolSettings)settings, ground: () => new RedisGround(remembersShapes: false)).Follow(known.Ways);

        TestContext.Out.WriteLine($"{known.Ways.Count} ways: {exploration}");
        Assert.That(exploration.WrongHit, Is.Null);
        Assert.That(exploration.Hits, Is.GreaterThan(10), "the model must reach hits to judge");
    }

    [TestCase(true, 1)]
    [TestCase(false, 2)]
    public void No_random_order_of_many_steps_leads_to_a_wrong_hit(bool remembersShapes, int seed)
    {
        var settings = ProtocolSettings.Everything(4, ReadCommitted, Snapshot, PutOnly, ReadCommitted, Snapshot);

        var exploration = new ProtocolExplorer(settings, ground: () => new RedisGround(remembersShapes)).Walk(walks: 150, stepsPerWalk: 60, seed);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Null);
        Assert.That(exploration.Hits, Is.GreaterThan(40), "the walks must reach hits to judge");
    }

    [TestCase("SequenceAtPut")]
    [TestCase("NoAnnounce")]
    [TestCase("NoAdoption")]
    [TestCase("AnyOutcomeUnlocks")]
    public void Missing_guard_leads_to_a_wrong_hit(string guard)
    {
        var settings = new ProtocolSettings(1, ReadCommitted) { Doubt = guard == "AnyOutcomeUnlocks" };
        var broken = new ProtocolExplorer(settings, store => guard switch
        {
            "SequenceAtPut" => new SequenceAtPut(store),
            "NoAnnounce" => new NoAnnounce(store),
            "NoAdoption" => new NoAdoption(store),
            _ => new AnyOutcomeUnlocks(store),
        }, () => new RedisGround(remembersShapes: false));

        Assert.That(broken.Walk(walks: 2_000, stepsPerWalk: 25, seed: 3).WrongHit, Is.Not.Null);
    }

    private static TestCaseData Case(string name, ProtocolSettings settings) => new TestCaseData(settings).SetArgDisplayNames(name);
}
