using NHibernate.Caches.Granular.Tests.Scenarios;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

/// <summary>
/// Entities and collections of every kind of mapping on Redis: what one node has cached another is given, until somebody changes it. What the fixtures
/// of races show in one process holds there as well, for it is decided above the stores.
/// </summary>
[TestFixture("read-write")]
[TestFixture("nonstrict-read-write")]
public sealed class SharedKindsTests(string usage) : RegionKindsFixture
{
    private readonly string _prefix = TestRedis.NewPrefix("kinds");
    private ISessionFactory _node = null!;
    private ISessionFactory _other = null!;

    public static IEnumerable<Race> Cases => RaceCases.OfAnyStrategy.Concat(RaceCases.OfWrittenEntities);

    protected override string Usage => usage;

    [OneTimeSetUp]
    public void BuildNodes() => (_node, _other) = (BuildNode(), BuildNode());

    [OneTimeTearDown]
    public void CloseBoth()
    {
        _node?.Dispose();
        _other?.Dispose();
    }

    [TestCaseSource(nameof(Cases))]
    public void What_one_node_has_cached_another_is_given_until_it_is_changed(Race race)
    {
        FillTables();
        if (race.Given.Length > 0)
            Commit(session => session.CreateSQLQuery(race.Given).ExecuteUpdate());
        // The factory of the fixture is not one of the nodes: they do not hear of it.
        _node.GranularCache().InvalidateAll();
        foreach (var node in new[] { _node, _other })
            Run(node, session => session.CreateSQLQuery("select 1").UniqueResult());

        var before = Look(_node, race).Answer;
        Assert.That(Look(_node, race), Is.EqualTo((before, race.IsNeverCached)), "whether it selects again");
        Assert.That(Look(_other, race), Is.EqualTo((before, race.IsNeverCached)), "whether the other node selects");

        Run(_other, session =>
        {
            race.Change(session);
            return 0;
        });
        var after = Run(_other, session =>
        {
            session.CacheMode = CacheMode.Ignore;
            return Fingerprint.Of(race.Look(session), session);
        });
        Assert.That(after, Is.Not.EqualTo(before));
        Assert.That(Look(_node, race).Answer, Is.EqualTo(after));
        // That nothing is there is not cached.
        if (race.IsNeverCached || after == "null")
            return;
        Assert.That(Look(_node, race), Is.EqualTo((after, false)), "whether it selects again");
        Assert.That(Look(_other, race), Is.EqualTo((after, false)), "whether the other node selects");
    }

    private ISessionFactory BuildNode()
    {
        var configuration = Configure();
        configuration.SetProperty("cache.configuration", TestRedis.ConnectionString);
        configuration.SetProperty("cache.key_prefix", _prefix);
        configuration.SetProperty("cache.granular.redis_timeout", "20");
        return configuration.BuildSessionFactory();
    }

    private static (string Answer, bool Selects) Look(ISessionFactory node, Race race)
    {
        var statements = node.Statistics.PrepareStatementCount;
        var answer = Run(node, session => Fingerprint.Of(race.Look(session), session));
        return (answer, node.Statistics.PrepareStatementCount > statements);
    }
}
