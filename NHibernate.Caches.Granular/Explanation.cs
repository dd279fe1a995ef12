using NHibernate.Caches.Granular.Analysis;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What results of a query depend on, and what of it was not understood. Prints itself. Thread-safe: immutable.
/// </summary>
public sealed class Explanation
{
    internal Explanation(QueryPlan plan)
    {
        IsCacheable = plan.NotCacheable is null;
        Tables = [.. plan.Tables.Select(table => table.Name)];
        Findings = [.. plan.Findings.Select(finding => finding.ToString())];
        Text = plan.ToString() ?? "";
    }

    /// <summary>Whether results are stored at all.</summary>
    public bool IsCacheable { get; }

    /// <summary>The tables results depend on, as the database names them.</summary>
    public IReadOnlyList<string> Tables { get; }

    /// <summary>Why the plan is coarser than the query's text, reason first; empty when nothing was widened.</summary>
    public IReadOnlyList<string> Findings { get; }

    private string Text { get; }

    /// <summary>The conjunctions, columns and findings, for people; the form may change between versions.</summary>
    public override string ToString() => Text;
}
