using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// What results of one SQL template depend on, before its parameters are bound. Made once per template and cached.
/// Thread-safe: immutable.
/// </summary>
internal sealed class QueryPlan
{
    public required ImmutableArray<TableOccurrence> Occurrences { get; init; }

    /// <summary>Everything that was not understood, or widened, and why; for counting and explaining.</summary>
    public required ImmutableArray<CoarseFinding> Findings { get; init; }

    /// <summary>When set, results must never be cached: they depend on more than tables.</summary>
    public CoarseReason? NotCacheable { get; init; }

    /// <summary>Nothing is known of the tables: results depend on any change of the scope.</summary>
    public bool DependsOnEverything { get; init; }

    /// <summary>Whether the statement may itself change data (data-modifying WITH, volatile functions).</summary>
    public bool MayModify { get; init; }

    /// <summary>How many parameters the template has.</summary>
    public int ParameterCount { get; init; }

    /// <summary>The bounds it was made with, which hold for binding too.</summary>
    public required AnalysisLimits Limits { get; init; }

    /// <summary>The tables it reads, each once, in order of appearance.</summary>
    public ImmutableArray<TableId> Tables => [.. Occurrences.Select(o => o.Table.Id).Distinct()];

    /// <summary>
    /// What an execution with these values depends on: the stamps of scope and tables (and of any change, when
    /// <see cref="DependsOnEverything"/>), and the shapes to register. The cache region is the caller's to add.
    /// </summary>
    /// <param name="values">One per parameter, in order of appearance; another number binds every table as a whole.</param>
    public Dependencies Bind(IReadOnlyList<object?> values) => new(
        [StampKey.Scope, .. Tables.Select(StampKey.Table), .. DependsOnEverything ? [StampKey.AnyChange] : ImmutableArray<StampKey>.Empty],
        [.. Tables.Select(table => new ShapeUse(Shape.Any(table), []))]);
}
