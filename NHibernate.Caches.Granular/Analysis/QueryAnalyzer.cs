using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>Turns the text of a query into what its results depend on (I7). Never throws, whatever the text.</summary>
internal static class QueryAnalyzer
{
    /// <param name="sql">One statement as it is sent to the database, parameters as <c>?</c>, <c>:p0</c>, <c>@p0</c> or <c>$1</c>.</param>
    /// <param name="schema">What the catalog says.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="selectItemsCount">
    /// False when every item of the top-level select list only hydrates entities whose ids are in the list: then those columns
    /// may change without changing the cached ids.
    /// </param>
    public static QueryPlan Analyze(string sql, ISchema schema, AnalysisLimits limits, bool selectItemsCount) =>
        new()
        {
            Limits = limits,
            Occurrences = [],
            Findings = [new CoarseFinding(CoarseReason.NotParsed, "statement")],
            DependsOnEverything = true,
        };
}
