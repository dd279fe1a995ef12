using Storefront.Functions;

namespace Storefront.Comparison;

/// <summary>All that a run has found. Thread-safe: immutable.</summary>
/// <param name="Truth">The run without a cache; its answers are the database's own.</param>
/// <param name="Measured">The cached variants.</param>
/// <param name="Study">The changes and questions of the study.</param>
/// <param name="TrueSurvivals">The study without a cache: which results changed.</param>
/// <param name="Survivals">The study with each cache.</param>
/// <param name="Calls">Calls of a cached function.</param>
internal sealed record Outcome(
    Measurement Truth,
    IReadOnlyList<(Variant Variant, Measurement Measurement)> Measured,
    SurvivalStudy Study,
    IReadOnlyList<Survival[]> TrueSurvivals,
    IReadOnlyList<(Variant Variant, IReadOnlyList<Survival[]> Results)> Survivals,
    IReadOnlyList<FunctionCall> Calls)
{
    public bool AnyStale =>
        Calls.Any(call => call.IsStale)
        || Measured.Any(m => m.Measurement.StaleAgainst(Truth).Count > 0)
        || Survivals.Any(s => s.Results.Zip(TrueSurvivals).Any(pair => pair.First.Zip(pair.Second).Any(p => p.First.State != p.Second.State)));
}
