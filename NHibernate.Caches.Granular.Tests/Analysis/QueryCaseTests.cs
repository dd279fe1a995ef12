using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Tests.Cases;

namespace NHibernate.Caches.Granular.Tests.Analysis;

/// <summary>
/// <c>queries.cases</c>: <c>SQL ⇒ plan</c>. A plan is its table occurrences, and behind <c>|</c> the reasons of its findings;
/// <c>!</c> marks the one that forbids caching. <c>entities:</c> says that the select list only hydrates.
/// </summary>
internal sealed class QueryCaseTests
{
    [TestCaseSource(nameof(Cases))]
    public void Query_gives_plan(string sql, string expected) => Assert.That(Print(Analyze(sql)), Is.EqualTo(expected));

    internal static QueryPlan Analyze(string sql)
    {
        const string Entities = "entities: ";
        var isHydrating = sql.StartsWith(Entities, StringComparison.Ordinal);
        return QueryAnalyzer.Analyze(isHydrating ? sql[Entities.Length..] : sql, TestSchema.Instance, AnalysisLimits.Default, !isHydrating);
    }

    private static IEnumerable<TestCaseData> Cases() => CaseFile.Read("queries.cases");

    private static string Print(QueryPlan plan)
    {
        string[] notes =
        [
            .. plan.Findings.Select(finding => (finding.Reason == plan.NotCacheable ? "!" : "") + finding.Reason).Distinct(),
            .. plan.DependsOnEverything ? ["everything"] : Array.Empty<string>(),
            .. plan.MayModify ? ["modifies"] : Array.Empty<string>(),
        ];
        var tables = string.Join(" + ", plan.Occurrences).Replace("public.", "", StringComparison.Ordinal);
        return notes.Length == 0 ? tables : $"{tables} | {string.Join(", ", notes)}".Trim();
    }
}
