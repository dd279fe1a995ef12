namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// The one name of a table within a database scope: <c>schema.table</c> as the catalog spells it. Equality is ordinal.
/// Partitions and inheritance children carry the name of their root. Thread-safe: immutable.
/// </summary>
internal readonly record struct TableId(string Name)
{
    public override string ToString() => Name;
}
