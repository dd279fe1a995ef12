using System.Diagnostics;
using NHibernate.Caches.Granular.Oracle;
using NHibernate.Caches.Granular.Oracle.Processes;
using NHibernate.Caches.Granular.Servers;

if (args is [WorkerProcess.Verb])
    return WorkerProcess.Run();
if (RunOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

await using var server = await PostgreSqlServer.StartAsync();
var database = await server.CreateDatabaseAsync("granular_oracle");
if (options.IsShared)
    return await OverProcessesAsync(database, options);

var clock = Stopwatch.StartNew();
var reports = new List<OracleReport>();
foreach (var mix in Planned(options, clock))
{
    var settings = options.IsStandard ? mix.OnStandardCache() : mix with { Layout = options.Layout ?? mix.Layout, WriteThrough = options.IsWrittenThrough || mix.WriteThrough };
    var report = OracleRun.Execute(database, settings with { Progress = Console.WriteLine });
    reports.Add(report);
    Console.WriteLine(report);
    if (!options.IsStandard && report.Findings.FirstOrDefault() is { } finding)
        Console.WriteLine(finding.Text);
}
Console.WriteLine(Verdict.Of(reports));
return !options.IsStandard && reports.Any(report => report.FindingCount > 0) ? 1 : 0;

static async Task<int> OverProcessesAsync(string database, RunOptions options)
{
    await using var redis = options.IsCuttingOff ? null : await RedisServer.StartAsync();
    await using var cutOffs = options.IsCuttingOff ? await CutOffs.StartAsync(options.Processes, options.Seed) : null;
    var reports = new List<SharedReport>();
    var mixes = Mixes.Of(options.Isolation, options.Seed);
    foreach (var mix in mixes)
    {
        var time = options.Time / mixes.Length;
        var settings = new SharedSettings
        {
            Mix = mix with { Duration = time, Layout = options.Layout ?? mix.Layout, WriteThrough = options.IsWrittenThrough || mix.WriteThrough }, Processes = options.Processes, Policy = options.Policy, Progress = Console.WriteLine,
        };
        if (options.IsKilling)
            settings = settings with { IsKilling = true, MinKills = (int)Math.Ceiling(10 * time.TotalMinutes), Lease = TimeSpan.FromSeconds(2) };
        if (cutOffs is not null)
            settings = settings with { Timeout = CutOffs.Timeout };
        var report = cutOffs is not null ? SharedRun.Execute(database, cutOffs, settings) : SharedRun.Execute(database, redis!.ConnectionString, settings);
        reports.Add(report);
        Console.WriteLine(report);
        if (report.Findings.FirstOrDefault() is { } finding)
            Console.WriteLine($"{finding.Text}\n\n{report.Log}");
    }
    Console.WriteLine(Verdict.Of(reports));
    return reports.Any(report => report.FindingCount > 0) ? 1 : 0;
}

static IEnumerable<OracleSettings> Planned(RunOptions options, Stopwatch clock)
{
    if (options.Vary)
    {
        for (var seed = options.Seed; clock.Elapsed < options.Time; seed++)
            yield return Mixes.Drawn(seed, TimeSpan.FromSeconds(20));
        yield break;
    }
    var mixes = Mixes.Of(options.Isolation, options.Seed);
    foreach (var mix in mixes)
        yield return mix with { Duration = options.Time / mixes.Length };
}
