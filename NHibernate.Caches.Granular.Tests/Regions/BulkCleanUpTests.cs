using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>
/// NHibernate clears regions after each statement on many rows. What those statements changed has been told row by row, so the rest stays;
/// what its user clears goes.
/// </summary>
public sealed class BulkCleanUpTests : BlogFixture
{
    private static readonly (string Name, Action<ISession> Change)[] s_statements =
    [
        ("HQL", session => session.CreateQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdate()),
        ("LINQ", session => session.Query<Cat>().Where(cat => cat.Id == 2).Update(cat => new Cat { Title = "changed" })),
        ("native SQL", session => session.CreateSQLQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdate()),
        ("native SQL with a space", session => session.CreateSQLQuery("update Cat set Title = 'changed' where Id = 2").AddSynchronizedQuerySpace("Cat").ExecuteUpdate()),
    ];

    public static IEnumerable<TestCaseData> Statements => s_statements.Select(statement => new TestCaseData(statement.Change).SetArgDisplayNames(statement.Name));

    [TestCaseSource(nameof(Statements))]
    public void Statement_on_one_row_leaves_the_others_in_their_regions(Action<ISession> change)
    {
        Load();
        Commit(change);
        Assert.That(HitsOf(session => session.Get<Cat>(1)), Is.EqualTo(1), "another row of the table");
        Assert.That(HitsOf(session => NHibernateUtil.Initialize(session.Get<Cat>(1).Posts)), Is.EqualTo(4), "and a collection with its entities");
        Assert.That(Commit(session => session.Get<Cat>(2).Title), Is.EqualTo("changed"));
    }

    [TestCaseSource(nameof(Statements))]
    public void Statement_that_is_rolled_back_leaves_all_in_their_regions(Action<ISession> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Load();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            change(session);
            transaction.Rollback();
        }
        Assert.That(HitsOf(session => (session.Get<Cat>(1), session.Get<Cat>(2))), Is.EqualTo(2));
    }

    [Test]
    public async Task Asynchronous_statement_leaves_the_others_in_their_regions()
    {
        Load();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            await session.CreateQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdateAsync();
            await transaction.CommitAsync();
        }
        Assert.That(HitsOf(session => session.Get<Cat>(1)), Is.EqualTo(1));
        Assert.That(Commit(session => session.Get<Cat>(2).Title), Is.EqualTo("changed"));
    }

    [Test]
    public void Statement_outside_of_a_transaction_leaves_the_others_in_their_regions()
    {
        Load();
        using (var session = Factory.OpenSession())
        {
            session.CreateQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdate();
            session.CreateQuery("select count(*) from Tag").UniqueResult();
        }
        Assert.That(HitsOf(session => session.Get<Cat>(1)), Is.EqualTo(1));
        Assert.That(Commit(session => session.Get<Cat>(2).Title), Is.EqualTo("changed"));
    }

    [Test]
    public void It_stays_so_when_NHibernate_s_code_has_been_compiled_again()
    {
        // After some tens of calls, and in the background.
        for (var i = 0; i < 200; i++)
            Commit(session => session.CreateQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdate());
        Load();
        for (var i = 0; i < 50; i++)
            Commit(session => session.CreateQuery("update Cat set Title = 'changed' where Id = 2").ExecuteUpdate());
        Assert.That(HitsOf(session => session.Get<Cat>(1)), Is.EqualTo(1));
    }

    [Test]
    public void What_its_user_clears_goes()
    {
        foreach (var evict in new System.Action[]
        {
            () => Factory.Evict(typeof(Cat)),
            () => Factory.Evict([typeof(Cat)]),
            () => Factory.EvictEntity(typeof(Cat).FullName),
        })
        {
            Load();
            evict();
            Assert.That(HitsOf(session => session.Get<Cat>(1)), Is.EqualTo(0));
        }
    }

    private void Load() => Commit(session =>
    {
        NHibernateUtil.Initialize(session.Get<Cat>(1).Posts);
        session.Get<Cat>(2);
    });

    private long HitsOf<T>(Func<ISession, T> ask)
    {
        var hits = Statistics.SecondLevelCacheHitCount;
        Commit(ask);
        return Statistics.SecondLevelCacheHitCount - hits;
    }

    private long HitsOf(Action<ISession> ask) => HitsOf(session =>
    {
        ask(session);
        return true;
    });
}
