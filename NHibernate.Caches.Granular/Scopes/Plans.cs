using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The plans made from one reading of the catalog, by template text; a template is parsed once. Bounded: when full, it starts
/// afresh, which costs a parse per template and nothing else. Thread-safe.
/// </summary>
/// <param name="schema">The catalog.</param>
/// <param name="limits">Bounds of the analysis.</param>
/// <param name="loads">The mapping's own SELECTs; null when it does not matter.</param>
/// <param name="missingTable">Called when a statement names a table or column that the catalog does not have.</param>
internal sealed class Plans(ISchema schema, AnalysisLimits limits, MappedLoads? loads, System.Action missingTable)
{
    private const int MaxTemplates = 10_000;

    private readonly ConcurrentDictionary<(string Sql, bool SelectItemsCount), QueryPlan> _queries = new();
    private readonly ConcurrentDictionary<string, StatementPlan> _statements = new(StringComparer.Ordinal);

    public ISchema Schema => schema;

    /// <param name="sql">The template.</param>
    /// <param name="selectItemsCount">False when every cached type is an entity: what is only hydrated does not count.</param>
    public QueryPlan OfQuery(string sql, bool selectItemsCount)
    {
        if (_queries.TryGetValue((sql, selectItemsCount), out var known))
            return known;
        if (_queries.Count >= MaxTemplates)
            _queries.Clear();
        var plan = QueryAnalyzer.Analyze(sql, schema, limits, selectItemsCount);
        CacheMetrics.Coarse(plan.Findings);
        return IsOfMissingTable(plan.Findings) ? plan : _queries.GetOrAdd((sql, selectItemsCount), plan);
    }

    public StatementPlan OfStatement(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
            return known;
        if (_statements.Count >= MaxTemplates)
            _statements.Clear();
        var plan = DmlAnalyzer.Analyze(sql, schema, limits, loads is null ? null : loads.PartOf);
        CacheMetrics.Coarse(plan.Findings);
        return IsOfMissingTable(plan.Findings) ? plan : _statements.GetOrAdd(sql, plan);
    }

    // Its plan is not kept: the table may be one that was created since, and then the catalog is read again.
    private bool IsOfMissingTable(ImmutableArray<CoarseFinding> findings)
    {
        if (!findings.Any(finding => finding.Reason is CoarseReason.UnknownTable or CoarseReason.UnknownTarget or CoarseReason.UnknownColumn))
            return false;
        missingTable();
        return true;
    }
}
