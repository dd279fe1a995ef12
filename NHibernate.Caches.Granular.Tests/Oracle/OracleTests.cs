namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Nothing stale among concurrent writers and readers. A few seconds here; <c>GRANULAR_ORACLE_SECONDS</c> makes each run longer,
/// <c>GRANULAR_ORACLE_SEED</c> repeats the choices of a run that failed.
/// </summary>
[NonParallelizable]
public sealed class OracleTests
{
    private static readonly TestCaseData[] s_mixes =
    [
        new TestCaseData(new OracleSettings { Seed = 1 }).SetName("Mixed isolation levels"),
        new TestCaseData(new OracleSettings { Seed = 2, RowsPerKind = 10, WriterPause = 30, DynamicUpdate = true, BatchSize = 10, RepeatableRead = 50 }).SetName("Snapshots, batches and dynamic updates"),
    ];

    [TestCaseSource(nameof(s_mixes))]
    public async Task No_reader_gets_anything_stale(object mix)
    {
        var settings = (OracleSettings)mix;
        if (Environment("GRANULAR_ORACLE_SEED") is { } seed)
            settings = settings with { Seed = seed };
        if (Environment("GRANULAR_ORACLE_SECONDS") is { } seconds)
            settings = settings with { Duration = TimeSpan.FromSeconds(seconds) };
        var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), settings);
        await TestContext.Out.WriteLineAsync(report.ToString());
        Assert.That(report.Findings, Is.Empty, report.Findings.FirstOrDefault()?.Text);
        var (hits, misses) = (report.QueryHits + report.EntityHits, report.QueryMisses + report.EntityMisses);
        Assert.That(report.Commits, Is.GreaterThan(20), "otherwise nothing was tried");
        Assert.That(hits, Is.GreaterThan((hits + misses) / 20), "a cache that never hits is never stale");
        Assert.That(misses, Is.GreaterThan((hits + misses) / 5), "and one that hardly misses was not tried either");
    }

    [Test, Explicit("Takes as long as GRANULAR_ORACLE_SECONDS says, a minute by default.")]
    public async Task No_mix_of_settings_makes_a_reader_get_anything_stale()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var seed = Environment("GRANULAR_ORACLE_SEED") ?? 100; clock.Elapsed < TimeSpan.FromSeconds(Environment("GRANULAR_ORACLE_SECONDS") ?? 60); seed++)
        {
            var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), SomeSettings(seed));
            await TestContext.Progress.WriteLineAsync(report.ToString());
            Assert.That(report.Findings, Is.Empty, report.Findings.FirstOrDefault()?.Text);
        }
    }

    [Test, Explicit("Shows that the oracle finds what there is to find: NHibernate's own query cache, for comparison.")]
    public async Task Standard_query_cache_is_stale_under_the_same_load()
    {
        var settings = new OracleSettings
        {
            Seed = Environment("GRANULAR_ORACLE_SEED") ?? 1,
            Duration = TimeSpan.FromSeconds(Environment("GRANULAR_ORACLE_SECONDS") ?? 10),
            MaxFindings = int.MaxValue,
            Cache = configuration => configuration.SetProperty(Cfg.Environment.CacheProvider, typeof(Cache.HashtableCacheProvider).AssemblyQualifiedName),
        };
        var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), settings);
        await TestContext.Out.WriteLineAsync(report.ToString());
        Assert.That(report.Findings, Is.Not.Empty);
    }

    private static OracleSettings SomeSettings(int seed)
    {
        var random = new Random(seed);
        T OneOf<T>(params T[] choices) => choices[random.Next(choices.Length)];
        // Mostly what is the default, for the finer the cache the more it can miss.
        var (changes, shapes, entries) = (OneOf(10_000, 10_000, 10_000, 1, 3), OneOf(256, 256, 256, 1, 6), OneOf(100_000, 100_000, 100_000, 10));
        var (timeToLive, sliding) = (OneOf(86_400, 86_400, 86_400, 1), random.Next(3) == 0);
        return new OracleSettings
        {
            Seed = seed,
            Duration = TimeSpan.FromSeconds(12),
            Writers = random.Next(2, 5),
            Readers = random.Next(2, 6),
            RowsPerKind = random.Next(3, 12),
            WriterPause = OneOf(5, 12, 30, 60, 60),
            RepeatableRead = OneOf(0, 20, 50, 90),
            DynamicUpdate = random.Next(2) == 0,
            BatchSize = OneOf(0, 10),
            Note = $"max changes {changes}, shapes {shapes}, entries {entries}, time to live {timeToLive} s, sliding {sliding}",
            Cache = configuration => configuration.UseGranularCache(options =>
            {
                (options.MaxChanges, options.MaxShapesPerTable, options.MaxEntries) = (changes, shapes, entries);
                (options.MaxTimeToLive, options.UseSlidingExpiration) = (TimeSpan.FromSeconds(timeToLive), sliding);
            }),
        };
    }

    private static int? Environment(string name) =>
        int.TryParse(System.Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
