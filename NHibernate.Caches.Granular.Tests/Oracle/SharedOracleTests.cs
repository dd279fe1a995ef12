using NHibernate.Caches.Granular.Oracle;
using NHibernate.Caches.Granular.Oracle.Processes;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Nothing stale among processes that share one Redis, also when some of them are killed; <c>./build.sh stale --redis --minutes N</c> does the
/// same for longer. And whatever one of them keeps from the others is found out.
/// </summary>
[NonParallelizable]
public sealed class SharedOracleTests
{
    [Test]
    public async Task No_reader_of_any_process_gets_anything_stale()
    {
        // The mix with readers and writers of most kinds.
        var report = await RunAsync(new SharedSettings { Mix = Mix("Many rollbacks") with { Duration = TimeSpan.FromSeconds(15) }, Lease = TimeSpan.FromSeconds(4) });
        Assert.That(report.FindingCount, Is.Zero, report.Findings.FirstOrDefault()?.Text);
        Assert.That(report.Reads, Is.GreaterThanOrEqualTo(500), "otherwise little was tried");
        Assert.That(report.Kinds.Select(kind => kind.Reads), Is.All.GreaterThan(10), "otherwise something was hardly tried");
        Assert.That(report.MissShare, Is.InRange(0.1, 0.95), "a cache that hardly misses was not tried, and one that never hits is never stale");
        Assert.That(report.Processes.Select(process => process.Commits), Is.All.Positive, "otherwise not everybody's changes could become stale");
        Assert.That(report.Processes.Select(process => process.ForeignHits), Is.All.Positive, "otherwise nothing was shared");
        Assert.That(report.Processes.Select(process => process.Left), Is.All.GreaterThan(30), "otherwise nothing was compared at rest but what the comparison itself had read");
        Assert.That(report.LeftToLease, Is.Zero, "whoever lives needs no lease");
    }

    [Test]
    public async Task Processes_that_are_killed_leave_nothing_stale()
    {
        var report = await RunAsync(new SharedSettings
        {
            Mix = Mix("READ COMMITTED") with { Duration = TimeSpan.FromSeconds(8) },
            IsKilling = true,
            MinKills = 6,
            Lease = TimeSpan.FromSeconds(2),
        });
        Assert.That(report.FindingCount, Is.Zero, report.Findings.FirstOrDefault()?.Text);
        Assert.That(report.KillCount, Is.GreaterThanOrEqualTo(6));
        Assert.That(report.Kills[KillPoint.BeforePublish], Is.Positive, "otherwise nothing was committed that nobody published");
        Assert.That(report.LeftToLease, Is.Zero, "whoever lives needs no lease");
        Assert.That(report.Processes.Where(process => process.Compared > 0).Select(process => process.Left), Is.All.GreaterThan(30), "what the dead had locked is cached again");
    }

    [TestCase(WorkerFault.NothingPublished)]
    [TestCase(WorkerFault.NothingAnnounced)]
    [TestCase(WorkerFault.OtherPrefix)]
    public async Task Process_that_keeps_its_changes_from_the_others_is_found_out(object broken)
    {
        var fault = (WorkerFault)broken;
        // Ends with the first finding, mostly at once. Who does not announce is betrayed at the latest when it is killed before it publishes.
        var report = await RunAsync(new SharedSettings
        {
            Mix = Mix("READ COMMITTED") with { Duration = TimeSpan.FromMinutes(1) },
            Fault = fault,
            IsKilling = fault == WorkerFault.NothingAnnounced,
            Lease = TimeSpan.FromSeconds(2),
        });
        Assert.That(report.FindingCount, Is.Positive);
    }

    private static OracleSettings Mix(string name) => SharedSettings.Mixes(1).Single(mix => mix.Name == name);

    private static async Task<SharedReport> RunAsync(SharedSettings settings)
    {
        var report = SharedRun.Execute(await TestDatabase.CreateAsync("shared_oracle"), TestRedis.ConnectionString, settings);
        await TestContext.Out.WriteLineAsync(report.ToString());
        return report;
    }
}
