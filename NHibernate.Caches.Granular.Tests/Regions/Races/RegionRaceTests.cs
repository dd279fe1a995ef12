using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Cfg;
using NHibernate.Event;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

/// <summary>
/// Entities and collections of every kind of mapping while another session changes their rows, at every moment of the reader's
/// work: whoever looks afterwards gets what the database has. Each class and collection of the model is cached.
/// </summary>
public abstract class RegionRaceTests : RegionKindsFixture
{
    private ISessionFactory _elsewhere = null!;

    /// <summary>A factory that has no cache, and tells ours nothing.</summary>
    [OneTimeSetUp]
    public void BuildFactoryWithoutCache() => _elsewhere = Configure().SetProperty(Cfg.Environment.CacheProvider, typeof(NHibernate.Cache.NoCacheProvider).AssemblyQualifiedName)
        .SetProperty(Cfg.Environment.UseSecondLevelCache, "false").SetProperty(Cfg.Environment.UseQueryCache, "false").BuildSessionFactory();

    [OneTimeTearDown]
    public void CloseFactoryWithoutCache() => _elsewhere?.Dispose();

    protected override void Configure(Configuration configuration)
    {
        configuration.SetProperty(Cfg.Environment.ConnectionProvider, typeof(InterleavedConnections).AssemblyQualifiedName);
        configuration.SetListener(ListenerType.PreLoad, new InterleavedLoads());
        base.Configure(configuration);
    }

    [TestCaseSource("Cases")]
    public void Look_after_a_change_gives_what_the_database_has(Race race)
    {
        Begin(race);
        var before = Look(race);
        Assert.That(Look(race).Answer, Is.EqualTo(before.Answer));
        Assert.That(Look(race).Sql, race.IsNeverCached ? Is.Positive : Is.Zero, "all of it is cached");
        Commit(race.Change);
        Assert.That(Look(race).Answer, Is.EqualTo(LookAtDatabase(race)).And.Not.EqualTo(before.Answer));
    }

    [TestCaseSource("Cases")]
    public void Look_after_a_change_in_the_middle_of_another_look_gives_what_the_database_has(Race race)
    {
        foreach (var inTransaction in new[] { false, true })
            AtEveryMoment(race, () => Commit(race.Change), () => Read(race, inTransaction));
    }

    [TestCaseSource("Cases")]
    public void Look_in_the_middle_of_a_change_that_is_rolled_back_leaves_nothing_of_it(Race race)
    {
        AtEveryMoment(
            race,
            () => Read(race, inTransaction: true),
            () =>
            {
                using var session = Factory.OpenSession();
                using var transaction = session.BeginTransaction();
                race.Change(session);
                session.Flush();
                session.Clear();
                Fingerprint.Of(race.Look(session), session);
                transaction.Rollback();
            });
    }

    [TestCaseSource("Cases")]
    public void Snapshot_from_before_a_change_leaves_nothing_old(Race race)
    {
        Begin(race);
        using (var session = Factory.OpenSession())
        using (session.BeginTransaction(System.Data.IsolationLevel.RepeatableRead))
        {
            session.CreateSQLQuery("select 1").UniqueResult();
            Commit(race.Change);
            Fingerprint.Of(race.Look(session), session);
        }
        Assert.That(Look(race).Answer, Is.EqualTo(LookAtDatabase(race)));
    }

    [TestCaseSource("Cases")]
    public void Second_transaction_of_a_session_leaves_nothing_old(Race race)
    {
        Begin(race);
        using (var session = Factory.OpenSession())
        {
            using (var first = session.BeginTransaction())
            {
                Fingerprint.Of(race.Look(session), session);
                first.Commit();
            }
            Commit(race.Change);
            session.Clear();
            using (var second = session.BeginTransaction())
            {
                Assert.That(Fingerprint.Of(race.Look(session), session), Is.EqualTo(LookAtDatabase(race)));
                second.Commit();
            }
        }
        Assert.That(Look(race).Answer, Is.EqualTo(LookAtDatabase(race)));
    }

    [TestCaseSource("Cases")]
    public void Look_that_only_puts_leaves_nothing_old(Race race)
    {
        foreach (var mode in new[] { CacheMode.Put, CacheMode.Refresh })
            AtEveryMoment(race, () => Commit(race.Change), () => Read(race, inTransaction: false, mode));
    }

    /// <summary>A change made elsewhere while one look at it is under way, and evictions of all that the look is about.</summary>
    [TestCaseSource("Cases")]
    public void Look_under_way_while_its_rows_are_evicted_leaves_nothing_old(Race race)
    {
        AtEveryMoment(
            race,
            () =>
            {
                ChangeElsewhere(race);
                EvictOneByOne();
            },
            () => Read(race, inTransaction: false));
    }

    private void AtEveryMoment(Race race, System.Action what, System.Action reader)
    {
        var moment = 1;
        do
            Begin(race);
        while (Check(Interleaving.At(moment++, what, reader)));
        Assert.That(moment, Is.GreaterThan(2), "there was a moment");

        bool Check(bool happened)
        {
            Assert.That(Look(race).Answer, Is.EqualTo(LookAtDatabase(race)), $"moment {moment - 1}");
            return happened;
        }
    }

    private void Begin(Race race)
    {
        FillTables();
        if (race.Given.Length > 0)
            Commit(session => session.CreateSQLQuery(race.Given).ExecuteUpdate());
    }

    private (string Answer, long Sql) Look(Race race)
    {
        var before = Statistics.PrepareStatementCount;
        var answer = Commit(session => Fingerprint.Of(race.Look(session), session));
        return (answer, Statistics.PrepareStatementCount - before);
    }

    private string LookAtDatabase(Race race) => Commit(session =>
    {
        session.CacheMode = CacheMode.Ignore;
        return Fingerprint.Of(race.Look(session), session);
    });

    private void Read(Race race, bool inTransaction, CacheMode mode = CacheMode.Normal)
    {
        using var session = Factory.OpenSession();
        session.CacheMode = mode;
        using var transaction = inTransaction ? session.BeginTransaction() : null;
        try
        {
            Fingerprint.Of(race.Look(session), session);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or UnresolvableObjectException)
        {
            // A row that was there a moment ago; without a cache NHibernate throws here too.
        }
        transaction?.Commit();
    }

    private void ChangeElsewhere(Race race)
    {
        using var session = _elsewhere.OpenSession();
        using var transaction = session.BeginTransaction();
        race.Change(session);
        transaction.Commit();
    }

    private void EvictOneByOne()
    {
        Factory.EvictQueries();
        foreach (var (name, metadata) in Factory.GetAllClassMetadata())
        {
            foreach (var id in Identifiers(metadata.IdentifierType))
                Factory.EvictEntity(name, id);
        }
        foreach (var (role, metadata) in Factory.GetAllCollectionMetadata())
        {
            foreach (var id in Identifiers(metadata.KeyType))
                Factory.EvictCollection(role, id);
        }
    }

    private static IEnumerable<object> Identifiers(Type.IType type) => type.ReturnedClass == typeof(int) ? Enumerable.Range(1, 3).Cast<object>()
        : type.ReturnedClass == typeof(string) ? ["r"]
        : type.ReturnedClass == typeof(OrderLine) ? [new OrderLine { OrderNo = 1, LineNo = 1 }]
        : type.ReturnedClass == typeof(Visit) ? [RaceCases.FirstVisit]
        : [];
}
