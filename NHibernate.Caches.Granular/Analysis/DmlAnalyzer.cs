using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>Turns the text of an executed statement into what it may change (I4, I6). Never throws, whatever the text.</summary>
internal static class DmlAnalyzer
{
    public static StatementPlan Analyze(string sql, ISchema schema, AnalysisLimits limits) => new()
    {
        IsQuery = sql.TrimStart().StartsWith("select", StringComparison.OrdinalIgnoreCase),
        Findings = [new CoarseFinding(CoarseReason.NotParsed, "statement")],
    };
}
