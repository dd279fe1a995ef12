using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>What one statement template may change, before its parameters are bound. Thread-safe: immutable.</summary>
internal sealed class StatementPlan
{
    /// <summary>The statement only reads; binding gives <see cref="StatementChange.Nothing"/>.</summary>
    public required bool IsQuery { get; init; }

    public ImmutableArray<CoarseFinding> Findings { get; init; } = [];

    /// <summary>How many parameters the template has.</summary>
    public int ParameterCount { get; init; }

    /// <summary>The change of an execution with these values, one per parameter in order; with another number of values nothing is known of them.</summary>
    public StatementChange Bind(IReadOnlyList<object?> values) =>
        IsQuery ? StatementChange.Nothing : new StatementChange([], true, false, Findings);
}
