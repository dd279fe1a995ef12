
namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// What a cached entry depends on: plain stamps (scope, region, tables) and, per conjunction, a shape with the stamps of its
/// conjunctions in use. Thread-safe: immutable.
/// </summary>
/// <param name="Keys">Stamps that need no shape: scope, region, tables.</param>
/// <param name="Uses">The shapes, each with the conjunctions bound to this execution's values.</param>
internal sealed record Dependencies(ImmutableArray<StampKey> Keys, ImmutableArray<ShapeUse> Uses);

/// <summary>A shape and those of its conjunctions that an execution depends on. Thread-safe: immutable.</summary>
/// <param name="Shape">The shape; the entry depends on its own stamp too, which starts at the shape's birth.</param>
/// <param name="Conjunctions">Empty when the shape has no equality columns.</param>
internal sealed record ShapeUse(Shape Shape, ImmutableArray<StampKey> Conjunctions);
