using NHibernate.Tool.hbm2ddl;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Writers and readers on a few hot rows of a real database, through a session factory with a second-level and query cache. Every
/// answer is judged: none may be older than what was committed, or seen by anybody, before the reading began; none may come from a
/// transaction that was rolled back; in a snapshot each must be the snapshot's; and when all is quiet everything cached must be
/// what the database has. Not thread-safe: one run at a time per database.
/// </summary>
internal static class OracleRun
{
    /// <param name="connectionString">An empty database, which the run fills.</param>
    /// <param name="settings">What to do.</param>
    public static OracleReport Execute(string connectionString, OracleSettings settings)
    {
        var configuration = OracleMapping.Configure(connectionString, settings);
        CreateSchema(configuration, connectionString);
        using var factory = configuration.BuildSessionFactory();
        Fill(factory, settings);
        factory.Statistics.Clear();
        var world = new OracleWorld(settings, factory);
        foreach (var row in world.Rows)
            world.History.Attempt(row, new RowState(0, true, row.Kind == typeof(Item) ? ShelfOf(row.Id) : 0, 0));
        RunWorkers(world);
        var statistics = factory.Statistics;
        var report = new OracleReport(settings, world.Reads, world.Commits, world.Failures, statistics.QueryCacheHitCount, statistics.QueryCacheMissCount, statistics.SecondLevelCacheHitCount, statistics.SecondLevelCacheMissCount, []);
        CompareAtRest(world);
        foreach (var dirty in world.History.DirtyReads())
            world.Found(FindingKind.Dirty, "any", dirty);
        return report with { Findings = world.Findings };
    }

    private static int ShelfOf(int item) => 1 + (item % Reading.Shelves);

    private static void CreateSchema(Cfg.Configuration configuration, string connectionString)
    {
        new SchemaExport(configuration).Create(false, true);
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        // Writers take locks in any order; the database is to notice soon.
        using var command = new NpgsqlCommand("do $$ begin execute format('alter database %I set deadlock_timeout = ''20ms''', current_database()); end $$", connection);
        command.ExecuteNonQuery();
        NpgsqlConnection.ClearAllPools();
    }

    private static void Fill(ISessionFactory factory, OracleSettings settings)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        for (var id = 1; id <= Reading.Shelves; id++)
            session.Save(new Shelf { Id = id });
        for (var id = 1; id <= Reading.Tags; id++)
            session.Save(new Tag { Id = id });
        for (var id = 1; id <= settings.RowsPerKind; id++)
        {
            session.Save(new Item { Id = id, Code = $"code {id}", Shelf = session.Load<Shelf>(ShelfOf(id)) });
            session.Save(new Doc { Id = id });
            session.Save(new Note { Id = id });
            session.Save(new Memo { Id = id });
        }
        transaction.Commit();
    }

    private static void RunWorkers(OracleWorld world)
    {
        var failed = new List<Exception>();
        var threads = new List<Thread>();
        for (var i = 0; i < world.Settings.Writers + world.Settings.Readers; i++)
        {
            var random = new Random((world.Settings.Seed * 1009) + i);
            var number = i;
            System.Action work = i < world.Settings.Writers
                ? new OracleWriter(world, $"writer {number}", random).Run
                : new OracleReader(world, $"reader {number - world.Settings.Writers}", random).Run;
            threads.Add(new Thread(() =>
            {
                try
                {
                    work();
                }
                catch (Exception exception)
                {
                    lock (failed)
                        failed.Add(exception);
                }
            }));
        }
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failed.Count > 0)
            throw new AggregateException(failed);
    }

    /// <summary>Everything is asked twice through the cache, so that what the workers left there and what the first asking puts are both seen.</summary>
    private static void CompareAtRest(OracleWorld world)
    {
        foreach (var reading in Reading.All)
        {
            for (var n = 1; n <= world.Settings.RowsPerKind; n++)
            {
                var real = Look(world, reading, n, CacheMode.Ignore);
                for (var time = 1; time <= 2; time++)
                {
                    var cached = Look(world, reading, n, CacheMode.Normal);
                    if (cached != real)
                        world.Found(FindingKind.WrongAtRest, reading.Name, $"{n}, time {time}: {cached}; the database has {real}");
                }
            }
        }
    }

    private static string Look(OracleWorld world, Reading reading, int n, CacheMode mode)
    {
        using var session = world.Factory.OpenSession();
        session.CacheMode = mode;
        var sight = new Sight();
        try
        {
            reading.Look(session, n, sight);
        }
        catch (HibernateException exception)
        {
            return exception.Message;
        }
        return sight.ToString();
    }
}
