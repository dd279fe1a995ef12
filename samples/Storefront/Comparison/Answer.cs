using Storefront.Workload;

namespace Storefront.Comparison;

/// <summary>What came back for one part of a question. Thread-safe: immutable.</summary>
/// <param name="Question">The question.</param>
/// <param name="Part">The part's number, from 0.</param>
/// <param name="Rows">A digest of the ids and scalars in order: what a query cache remembers.</param>
/// <param name="State">A digest of all that a visitor could see, the entities' columns included.</param>
internal readonly record struct Answer(Question Question, int Part, string Rows, string State);
