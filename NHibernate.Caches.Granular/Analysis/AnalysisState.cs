using NHibernate.Caches.Granular.Analysis.Predicates;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>What the passes over one text share: the catalog, the bounds, and what they found. Not thread-safe: one per analysis.</summary>
internal sealed class AnalysisState(ISchema schema, AnalysisLimits limits)
{
    private static readonly ImmutableDictionary<string, ColumnInfo> s_noColumns = ImmutableDictionary.Create<string, ColumnInfo>(StringComparer.Ordinal);

    private readonly List<CoarseFinding> _findings = [];
    private readonly List<TableSource> _tables = [];
    private int _work;

    public ISchema Schema { get; } = schema;

    public AnalysisLimits Limits { get; } = limits;

    public CoarseReason? NotCacheable { get; private set; }

    public bool DependsOnEverything { get; set; }

    public bool MayModify { get; set; }

    public ImmutableArray<CoarseFinding> Findings => [.. _findings];

    /// <summary>Notes a finding once.</summary>
    public void Note(CoarseReason reason, string detail)
    {
        var finding = new CoarseFinding(reason, detail);
        if (!_findings.Contains(finding))
            _findings.Add(finding);
    }

    /// <summary>Notes why results must not be cached.</summary>
    public void Refuse(CoarseReason reason, string detail)
    {
        NotCacheable ??= reason;
        Note(reason, detail);
    }

    /// <summary>Takes steps from the budget of this analysis; false when it is used up, and the caller must give up exactness.</summary>
    public bool Spend(int steps)
    {
        if (_work <= AnalysisLimits.MaxWork)
            _work += steps;
        if (_work <= AnalysisLimits.MaxWork)
            return true;
        Note(CoarseReason.TooMuchWork, $"more than {AnalysisLimits.MaxWork} steps");
        return false;
    }

    public void Add(TableSource table) => _tables.Add(table);

    /// <summary>The occurrences of all tables met, in order of appearance; to be called when every reference has been seen.</summary>
    public ImmutableArray<TableOccurrence> Occurrences() => [.. _tables.SelectMany(Occurrences)];

    private IEnumerable<TableOccurrence> Occurrences(TableSource source)
    {
        if (source.Table.ViewOf is not { } underlying)
            return [new TableOccurrence(source.Table, source.Referenced, NormalForm.Of(source, this))];
        Note(CoarseReason.View, source.Table.Id.Name);
        return underlying.Select(table => new TableOccurrence(
            new TableInfo(table, s_noColumns, []) { HasRowSecurity = source.Table.HasRowSecurity }, ColumnSet.All, [Conjunction.Any]));
    }
}
