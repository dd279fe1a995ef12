namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// Bounds of the analysis. Beyond any of them the plan is coarser, with a reason; it is never wrong and never slow.
/// Thread-safe: immutable.
/// </summary>
/// <param name="MaxConjunctions">Conjunctions per table occurrence, 1 or more; beyond it fewer columns are compared. Higher: more stamps per entry.</param>
/// <param name="MaxInValues">Conjunctions one IN list (or the product of several) may bind to, 1 or more; beyond it the widest column is left out.</param>
internal sealed record AnalysisLimits(int MaxConjunctions = 64, int MaxInValues = 128)
{
    /// <summary>Tokens of one statement; a longer one is not parsed. An IN list of n values has about 2n.</summary>
    public const int MaxTokens = 100_000;

    /// <summary>How deep expressions, joins and subqueries may nest; bounds the stack that parsing and the passes need.</summary>
    public const int MaxDepth = 200;

    /// <summary>Steps of one analysis in which conjunctions are combined; beyond it tables are depended on as a whole.</summary>
    public const int MaxWork = 1_000_000;

    /// <summary>How many value lists on one column are intersected when a statement is bound; further ones are left out.</summary>
    public const int MaxListsPerColumn = 4;

    public static readonly AnalysisLimits Default = new();
}
