using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Caches.Granular.Oracle.Workers;
using NHibernate.Tool.hbm2ddl;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>
/// Writers and readers on a few hot rows of a real database, through session factories with a second-level and query cache. Every
/// answer is judged: none may be older than what was committed, or seen by anybody, before the reading began; none may come from a
/// transaction that was rolled back; in a snapshot each must be the snapshot's; and when all is quiet everything cached must be
/// what the database has. Not thread-safe: one run at a time per database.
/// </summary>
internal static class OracleRun
{
    /// <param name="connectionString">A database of its own, whose tables the run drops and creates.</param>
    /// <param name="settings">What to do.</param>
    public static OracleReport Execute(string connectionString, OracleSettings settings)
    {
        var configurations = Enumerable.Range(0, settings.Factories).Select(_ => OracleMapping.Configure(connectionString, settings)).ToList();
        CreateSchema(configurations[0], connectionString);
        var factories = configurations.ConvertAll(configuration => configuration.BuildSessionFactory());
        try
        {
            Fill(factories[0], settings);
            factories.ForEach(settings.Prepare);
            var written = new WrittenThrough();
            if (settings.WriteThrough)
                factories.ForEach(written.Watch);
            return Execute(connectionString, new OracleWorld(settings, connectionString, factories)) with { WrittenPuts = written.Puts, WrittenHits = written.Hits };
        }
        finally
        {
            factories.ForEach(factory => factory.Dispose());
        }
    }

    /// <summary>Tables with the rows as they are at the beginning.</summary>
    public static void CreateTables(string connectionString, OracleSettings settings)
    {
        var configuration = OracleMapping.Configure(connectionString, settings);
        CreateSchema(configuration, connectionString);
        using var factory = configuration.BuildSessionFactory();
        Fill(factory, settings);
    }

    /// <summary>The rows are as they have just been created.</summary>
    public static void Begin(RowHistory history, RowTable rows)
    {
        for (var row = 0; row < rows.Count; row++)
            history.Attempt(row, new RowState(0));
        for (var id = 1; id <= rows.RowsPerKind; id++)
        {
            history.Withdraw(rows.Of<Item>(id), 0);
            history.Attempt(rows.Of<Item>(id), new RowState(0, true, RowTable.ShelfOf(id)));
        }
    }

    private static OracleReport Execute(string connectionString, OracleWorld world)
    {
        Begin(world.History, world.Rows);
        Work(world, connectionString);
        var elapsed = world.Elapsed;
        var (compared, left) = new RestComparison(world).Compare();
        return new OracleReport(world.Settings, elapsed,
            world.Total(tally => tally.Reads), world.Total(tally => tally.Misses),
            world.Total(tally => tally.Commits), world.Total(tally => tally.Rollbacks), world.Total(tally => tally.InDoubt),
            [.. Enumerable.Range(0, world.Rows.Count).Select(row => world.Total(tally => tally.RowCommits(row)))],
            world.Refusals, compared, left, world.FindingCounts, world.Findings) { Kinds = KindCount.Of(world.Total) };
    }

    private static void CreateSchema(Cfg.Configuration configuration, string connectionString)
    {
        new SchemaExport(configuration).Create(false, true);
        // Writers take locks in any order; the database is to notice soon.
        Execute(connectionString, "do $$ begin execute format('alter database %I set deadlock_timeout = ''20ms''', current_database()); end $$");
        NpgsqlConnection.ClearAllPools();
    }

    private static void Fill(ISessionFactory factory, OracleSettings settings)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        for (var id = 1; id <= RowTable.Shelves; id++)
            session.Save(new Shelf { Id = id });
        for (var id = 1; id <= RowTable.Tags; id++)
            session.Save(new Tag { Id = id });
        for (var id = 1; id <= settings.RowsPerKind; id++)
        {
            session.Save(new Item { Id = id, Code = $"code {id}", Shelf = session.Load<Shelf>(RowTable.ShelfOf(id)) });
            session.Save(new Doc { Id = id });
            session.Save(new Note { Id = id });
            session.Save(new Memo { Id = id });
        }
        transaction.Commit();
    }

    /// <summary>Lets the workers of this process work until the run is over.</summary>
    /// <param name="world">What they share.</param>
    /// <param name="breaking">The database whose connections are broken off now and then, if that is wished; null: somebody else's business.</param>
    public static void Work(OracleWorld world, string? breaking = null)
    {
        var settings = world.Settings;
        var work = new List<System.Action>();
        for (var number = 0; number < settings.Writers; number++)
            work.Add(Writing(world, new OracleWriter(world, world.Open($"writer {number}", number)).Run));
        world.BeginWriting(settings.Writers);
        for (var number = 0; number < settings.Readers; number++)
            work.Add(new OracleReader(world, world.Open($"reader {number}", settings.Writers + number)).Run);
        if (breaking is not null && settings.BrokenConnections > 0)
            work.Add(() => BreakConnections(breaking, world));
        var tasks = work.ConvertAll(worker => Task.Factory.StartNew(worker, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        while (!tasks.All(task => task.IsCompleted))
        {
            if (!Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default).Wait(settings.ProgressEvery))
                settings.Progress(world.Progress);
        }
        Task.WaitAll(tasks);
    }

    private static System.Action Writing(OracleWorld world, System.Action write) => () =>
    {
        try
        {
            write();
        }
        finally
        {
            world.EndWriting();
        }
    };

    private static void BreakConnections(string connectionString, OracleWorld world)
    {
        while (!world.IsOver)
        {
            Thread.Sleep(TimeSpan.FromMinutes(1) / world.Settings.BrokenConnections);
            Execute(connectionString, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' order by random() limit 1");
        }
    }

    private static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
#pragma warning disable CA2100 // No user's text.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
