using System.Collections.Frozen;

namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>What PostgreSQL's catalog said at one moment, on one search path. Thread-safe: immutable.</summary>
internal sealed class PostgreSqlSchema : ISchema
{
    // Not functions to the catalog but part of the grammar.
    private static readonly (string Name, FunctionKind Kind)[] s_grammar =
    [
        ("coalesce", FunctionKind.Immutable), ("nullif", FunctionKind.Immutable), ("greatest", FunctionKind.Immutable),
        ("least", FunctionKind.Immutable), ("trim", FunctionKind.Immutable), ("grouping", FunctionKind.Immutable),
        ("current_catalog", FunctionKind.Unstable), ("current_date", FunctionKind.Unstable), ("current_role", FunctionKind.Unstable),
        ("current_time", FunctionKind.Unstable), ("current_timestamp", FunctionKind.Unstable), ("localtime", FunctionKind.Unstable),
        ("localtimestamp", FunctionKind.Unstable), ("system_user", FunctionKind.Unstable), ("user", FunctionKind.Unstable),
    ];

    private readonly FrozenDictionary<(string Schema, string Name), TableInfo> _tables;
    private readonly FrozenDictionary<string, TableInfo> _visible;
    private readonly FrozenDictionary<(string Schema, string Name), FunctionKind> _functions;
    private readonly FrozenDictionary<string, FunctionKind> _functionsInPath;

    /// <param name="tables">By schema and name.</param>
    /// <param name="visible">By bare name.</param>
    /// <param name="functions">One row per schema and name.</param>
    public PostgreSqlSchema(
        Dictionary<(string Schema, string Name), TableInfo> tables,
        Dictionary<string, TableInfo> visible,
        IReadOnlyCollection<CatalogRows.Function> functions)
    {
        _tables = tables.ToFrozenDictionary();
        _visible = visible.ToFrozenDictionary(StringComparer.Ordinal);
        _functions = functions.ToFrozenDictionary(f => (f.Schema, f.Name), f => f.Kind);
        _functionsInPath = functions.Where(f => f.IsInPath).Select(f => (f.Name, f.Kind)).Concat(s_grammar)
            .GroupBy(f => f.Name, f => f.Kind, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.Max(), StringComparer.Ordinal);
    }

    public TableInfo? Find(string? schema, string name) =>
        schema is null ? _visible.GetValueOrDefault(name) : _tables.GetValueOrDefault((schema, name));

    /// <summary>
    /// Which overload is called does not show, so the worst of them all counts; a bare name may mean a function of any schema of the
    /// search path.
    /// </summary>
    public FunctionKind Function(string? schema, string name) =>
        schema is null
            ? _functionsInPath.GetValueOrDefault(name, FunctionKind.Volatile)
            : _functions.GetValueOrDefault((schema, name), FunctionKind.Volatile);
}
