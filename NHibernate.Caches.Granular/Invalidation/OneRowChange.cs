using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>A change of exactly one row, whose key it names and leaves as it is. Thread-safe: immutable.</summary>
/// <param name="Change">What the statement says.</param>
/// <param name="Table">The table.</param>
/// <param name="Row">The stamp of the row.</param>
internal sealed record OneRowChange(RowChange Change, TableInfo Table, StampKey Row);
