using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>Look-ups by the names that others give tables. Thread-safe: stateless.</summary>
internal static class SchemaLookUps
{
    private static readonly ImmutableDictionary<string, ColumnInfo> s_noColumns = ImmutableDictionary.Create<string, ColumnInfo>(StringComparer.Ordinal);

    /// <summary>The table with this id; one that the catalog no longer has is known by name only.</summary>
    public static TableInfo TableOf(this ISchema schema, TableId id)
    {
        var dot = id.Name.IndexOf('.', StringComparison.Ordinal);
        return schema.Find(dot < 0 ? null : id.Name[..dot], id.Name[(dot + 1)..]) is { } found && found.Id == id ? found : new TableInfo(id, s_noColumns, []);
    }

    /// <summary>The table or view that NHibernate's query space names, or null when the database has none of that name.</summary>
    public static TableInfo? FindSpace(this ISchema schema, string space)
    {
        var (schemaName, name) = Identifiers.Qualified(space);
        return schema.Find(schemaName, name);
    }
}
