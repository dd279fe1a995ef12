using NHibernate.Caches.Granular.Oracle.Processes;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>The last line of a run, for people. Thread-safe: stateless.</summary>
internal static class Verdict
{
    public static string Of(IReadOnlyCollection<SharedReport> reports)
    {
        var (reads, processes) = (reports.Sum(report => report.Reads), reports.SelectMany(report => report.Processes).ToList());
        var kills = reports.Sum(report => report.KillCount);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{reads:N0} answers judged in {reports.Sum(report => report.Elapsed.TotalMinutes):N1} minutes, {(reads == 0 ? 0 : (double)processes.Sum(process => process.Misses) / reads):P1} of them from the database, {reports.Sum(report => report.Commits):N0} commits, {reports.Sum(report => report.ForeignHits):N0} entries of other processes hit");
        if (kills > 0)
            text += string.Create(CultureInfo.InvariantCulture,
                $", {kills} processes killed ({reports.Sum(report => report.Kills[KillPoint.BeforePublish])} between the commit and its publication)");
        var (outages, explained) = (reports.Sum(report => report.Outages), reports.Sum(report => report.Explained));
        if (outages > 0)
            text += string.Create(CultureInfo.InvariantCulture, $", {outages:N0} outages with {reports.Sum(report => report.Untold):N0} commits of which the others could not be told");
        var limit = explained > 0 ? string.Create(CultureInfo.InvariantCulture, $" (and {explained:N0} that missed such commits and nothing else)") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{text}: {reports.Sum(report => report.FindingCount)} stale or wrong answers{limit}, {processes.Sum(process => process.Compared):N0} right at rest");
    }

    public static string Of(IReadOnlyCollection<OracleReport> reports)
    {
        var (reads, misses) = (reports.Sum(report => report.Reads), reports.Sum(report => report.Misses));
        var atRest = reports.SelectMany(report => report.FindingCounts).Where(count => count.Kind == FindingKind.WrongAtRest).Sum(count => count.Count);
        var undeclared = reports.SelectMany(report => report.FindingCounts).Where(count => count.Reading == Workers.Reading.Undeclared.Name).Sum(count => count.Count);
        var wrong = reports.Sum(report => report.FindingCount) - atRest;
        return string.Create(CultureInfo.InvariantCulture,
            $"{reads:N0} answers judged in {reports.Sum(report => report.Elapsed.TotalMinutes):N1} minutes, {(reads == 0 ? 0 : (double)misses / reads):P1} of them from the database, {reports.Sum(report => report.Commits):N0} commits: {wrong} stale or wrong answers, {atRest} wrong at rest{(undeclared > 0 ? $" ({undeclared} by the native query that does not declare its tables)" : "")}");
    }
}
