using NHibernate.Caches.Granular.Stores;
using static NHibernate.Caches.Granular.Tests.Stores.Protocol.ReaderKind;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>
/// The store protocol (I1, I2, I3, I5) on the real store, in every order in which writers and readers of one row can take their
/// steps, with crashes between any two of them, commits in doubt and leases that run out.
/// </summary>
public sealed class ProtocolModelTests
{
    private static readonly TestCaseData[] s_visited =
    [
        Case("two writers, two readers", new ProtocolSettings(2, ReadCommitted, ReadCommitted) { Unknown = true }),
        Case("two writers, read committed, all faults", ProtocolSettings.Everything(2, ReadCommitted)),
        Case("two writers, snapshot, doubt and leases", ProtocolSettings.Everything(2, Snapshot) with { Crash = false }),
        Case("one writer, two snapshots, all faults", ProtocolSettings.Everything(1, Snapshot, Snapshot)),
        Case("one writer, read committed and snapshot, all faults", ProtocolSettings.Everything(1, ReadCommitted, Snapshot)),
        Case("one writer, snapshot and put only, all faults", ProtocolSettings.Everything(1, Snapshot, PutOnly)),
    ];

    private static readonly TestCaseData[] s_broken =
    [
        Broken<SequenceAtPut>(inner => new SequenceAtPut(inner), new(1, ReadCommitted)),
        Broken<NoAnnounce>(inner => new NoAnnounce(inner), new(1, ReadCommitted)),
        Broken<NoAdoption>(inner => new NoAdoption(inner), new(1, ReadCommitted)),
        Broken<OutdatedShapes>(inner => new OutdatedShapes(inner), new(1, ReadCommitted)),
        Broken<AnyOutcomeUnlocks>(inner => new AnyOutcomeUnlocks(inner), new(1, ReadCommitted) { Doubt = true }),
        Broken<LatePublishIsLost>(inner => new LatePublishIsLost(inner), new(1, ReadCommitted) { Expire = true }),
        Broken<SnapshotSequenceAtLookUp>(inner => new SnapshotSequenceAtLookUp(inner), new(1, Snapshot)),
        Broken<SnapshotIgnored>(inner => new SnapshotIgnored(inner), new(1, Snapshot, Snapshot)),
    ];

    [TestCaseSource(nameof(s_visited))]
    public void No_order_of_steps_leads_to_a_wrong_hit(object settings)
    {
        var exploration = new ProtocolExplorer((ProtocolSettings)settings).VisitAll(maxStates: 100_000);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Null);
        Assert.That(exploration.Hits, Is.GreaterThan(100), "the model must reach hits to judge");
    }

    [Test]
    [Explicit("Takes minutes: two writers and two readers with everything that can go wrong.")]
    public void No_order_of_steps_of_the_whole_model_leads_to_a_wrong_hit([Values] bool isSnapshot)
    {
        var kind = isSnapshot ? Snapshot : ReadCommitted;
        var exploration = new ProtocolExplorer(ProtocolSettings.Everything(2, kind, kind)).VisitAll(maxStates: 5_000_000);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Null);
    }

    [TestCase(1)]
    [TestCase(2)]
    public void No_random_order_of_many_steps_leads_to_a_wrong_hit(int seed)
    {
        var settings = ProtocolSettings.Everything(4, ReadCommitted, Snapshot, PutOnly, ReadCommitted, Snapshot);

        var exploration = new ProtocolExplorer(settings).Walk(walks: 4_000, stepsPerWalk: 60, seed);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Null);
        Assert.That(exploration.Hits, Is.GreaterThan(1_000), "the walks must reach hits to judge");
    }

    [TestCaseSource(nameof(s_broken))]
    public void Missing_guard_leads_to_a_wrong_hit(object decorate, object settings)
    {
        var exploration = new ProtocolExplorer((ProtocolSettings)settings, (Func<ICacheStore, ICacheStore>)decorate).VisitAll(maxStates: 100_000);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Not.Null);
    }

    /// <summary>The same worlds and the same way of telling them apart, which takes nothing for granted about the store.</summary>
    [TestCaseSource(nameof(s_broken))]
    public void Same_exploration_with_all_guards_leads_to_no_wrong_hit(object decorate, object settings)
    {
        Assert.That(decorate, Is.Not.Null);
        var exploration = new ProtocolExplorer((ProtocolSettings)settings, store => store).VisitAll(maxStates: 100_000);

        TestContext.Out.WriteLine(exploration);
        Assert.That(exploration.WrongHit, Is.Null);
    }

    private static TestCaseData Case(string name, ProtocolSettings settings) => new TestCaseData(settings).SetArgDisplayNames(name);

    private static TestCaseData Broken<T>(Func<ICacheStore, ICacheStore> decorate, ProtocolSettings settings)
        where T : StoreDecorator => new TestCaseData(decorate, settings).SetArgDisplayNames(typeof(T).Name);
}
