using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Oracle;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// Nothing stale among concurrent writers and readers, for some seconds; <c>./build.sh stale --minutes N</c> does the same for longer.
/// And whatever lacks a guard is found out, for an oracle that cannot say no says nothing.
/// </summary>
[NonParallelizable]
public sealed class OracleTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(6);

    private static readonly TestCaseData[] s_mixes =
        [.. Mixes.Of(null, 1).Concat(Mixes.Of(OracleIsolation.Serializable, 1)).Select(mix => new TestCaseData(mix with { Duration = s_duration }).SetArgDisplayNames(mix.Name))];

    [TestCaseSource(nameof(s_mixes))]
    public async Task No_reader_gets_anything_stale(object mix)
    {
        var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), (OracleSettings)mix);
        await TestContext.Out.WriteLineAsync(report.ToString());
        Assert.That(report.FindingCount, Is.Zero, report.Findings.FirstOrDefault()?.Text);
        Assert.That(report.Reads, Is.GreaterThanOrEqualTo(500), "otherwise little was tried");
        Assert.That(report.Kinds.Select(kind => kind.Reads), Is.All.GreaterThan(20), "otherwise something was hardly tried");
        Assert.That(report.MissShare, Is.InRange(0.2, 0.95), "a cache that hardly misses was not tried, and one that never hits is never stale");
        Assert.That(report.Commits, Is.GreaterThan(30), "otherwise nothing could become stale");
        Assert.That(report.RowCommits.Count(commits => commits > 0), Is.GreaterThan(report.RowCommits.Length / 2), "otherwise most rows were never written");
        Assert.That(report.WrittenHits > 0, Is.EqualTo(report.Settings.WriteThrough), "what is written through is to be read");
        Assert.That(report.LeftAtRest, Is.GreaterThan(30), "otherwise nothing was compared at rest but what the comparison itself had read");
    }

    private static readonly TestCaseData[] s_broken =
    [
        Broken("sequence taken at the put", store => new SequenceAtPut(store)),
        Broken("no announce before the commit", store => new NoAnnounce(store)),
        Broken("snapshots served like everybody", store => new SnapshotIgnored(store)),
        Broken("nothing published", store => new NoPublish(store)),
    ];

    [TestCaseSource(nameof(s_broken))]
    public async Task Store_without_a_guard_is_found_out(object decorate)
    {
        var settings = Patient() with { Prepare = factory => Decorate(factory, (Func<ICacheStore, ICacheStore>)decorate) };
        var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), settings);
        await TestContext.Out.WriteLineAsync(report.ToString());
        Assert.That(report.FindingCount, Is.Positive);
    }

    [Test]
    public async Task Standard_query_cache_is_found_out()
    {
        var report = OracleRun.Execute(await TestDatabase.CreateAsync("oracle"), Patient().OnStandardCache() with { MaxFindings = 20 });
        await TestContext.Out.WriteLineAsync(report.ToString());
        // Not only because of the native query that does not say what it reads.
        Assert.That(report.FindingCounts.Where(count => count.Reading != Granular.Oracle.Workers.Reading.Undeclared.Name), Is.Not.Empty);
    }

    // Ends with the first finding, mostly within a second or two.
    private static OracleSettings Patient() => new() { Name = "Broken on purpose", Seed = 1, Duration = TimeSpan.FromMinutes(2) };

    private static TestCaseData Broken(string name, Func<ICacheStore, ICacheStore> decorate) => new TestCaseData(decorate).SetArgDisplayNames(name);

    private static void Decorate(ISessionFactory factory, Func<ICacheStore, ICacheStore> decorate)
    {
        using var session = factory.OpenSession();
        StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!.Decorate(decorate);
    }

    /// <summary>Nobody hears of a change.</summary>
    private sealed class NoPublish(ICacheStore inner) : StoreDecorator(inner)
    {
        public override AnnounceResult Announce(Announcement announcement) => new(AnnounceOutcome.Announced, default, []);

        public override ImmutableArray<RejectedPutReason> Publish(Publication publication) => publication.NothingWritten;
    }
}
