using System.Data;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Reads through the cache in all ways and judges each answer by what was known before the reading began. Not thread-safe: one
/// worker.
/// </summary>
internal sealed class OracleReader(OracleWorld world, string name, Random random)
{
    public void Run()
    {
        Pause.Use(random);
        while (!world.IsOver)
        {
            try
            {
                var chance = random.Next(100);
                if (chance < world.Settings.RepeatableRead)
                    ReadSnapshot();
                else
                    ReadCommitted(inTransaction: chance % 2 == 0);
            }
            catch (Exception exception) when (exception is HibernateException or System.Data.Common.DbException)
            {
                world.Refused(exception);
            }
        }
    }

    private void ReadCommitted(bool inTransaction)
    {
        using var session = world.Factory.OpenSession();
        using var transaction = inTransaction ? session.BeginTransaction(IsolationLevel.ReadCommitted) : null;
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var floors = Floors();
            var (reading, n, sight) = Read(session, inTransaction ? "read committed" : "autocommit");
            Judge(reading, n, sight, floors);
            // What the session remembers may be as old as it likes.
            session.Clear();
        }
        transaction?.Commit();
    }

    private void ReadSnapshot()
    {
        var floors = Floors();
        using var session = world.Factory.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead);
        if (random.Next(2) == 0)
            session.CreateSQLQuery("select 1").UniqueResult();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var (reading, n, sight) = Read(session, "repeatable read");
            Judge(reading, n, sight, floors);
            session.Clear();
            session.CacheMode = CacheMode.Ignore;
            var real = new Sight();
            reading.Look(session, n, real);
            session.Clear();
            session.CacheMode = CacheMode.Normal;
            if (sight.ToString() != real.ToString())
                world.Found(FindingKind.OtherThanSnapshot, reading.Name, $"{n}: {sight}; the snapshot has {real}");
        }
        transaction.Commit();
    }

    private (Reading Reading, int N, Sight Sight) Read(ISession session, string isolation)
    {
        var reading = Reading.All[random.Next(Reading.All.Length)];
        var n = random.Next(1, world.Settings.RowsPerKind + 1);
        var sight = new Sight();
        world.Log.Write(name, $"{reading.Name} {n}, {isolation}");
        reading.Look(session, n, sight);
        world.Log.Write(name, $"{reading.Name} {n}: {sight}");
        world.CountRead();
        return (reading, n, sight);
    }

    private Dictionary<RowId, long> Floors() => world.Rows.ToDictionary(row => row, world.History.Floor);

    private void Judge(Reading reading, int n, Sight sight, Dictionary<RowId, long> floors)
    {
        foreach (var fault in OracleJudge.Faults(sight, floors, world.History, world.Items))
            world.Found(FindingKind.Stale, reading.Name, $"{n}: {fault} in {sight}");
        foreach (var (row, rev) in sight.Revisions)
        {
            world.History.Observed(row, rev, $"{name}, {reading.Name}");
            world.History.Known(row, rev);
        }
    }
}
