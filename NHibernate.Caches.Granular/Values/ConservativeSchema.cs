using System.Collections.Frozen;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values;

/// <summary>
/// The schema of a database whose catalog is not read: other dialects, or no permission. Every name is a table, schemas are not
/// told apart, no column has a form, and since triggers and cascades cannot be known, every change of a table is a change of
/// anything. What it cannot know and does not guess at: views over tables of other databases, and row-level security.
/// Thread-safe: immutable.
/// </summary>
internal sealed class ConservativeSchema : ISchema
{
    public static readonly ConservativeSchema Instance = new();

    private static readonly ImmutableDictionary<string, ColumnInfo> s_noColumns = ImmutableDictionary.Create<string, ColumnInfo>(StringComparer.Ordinal);

    // Standard SQL and what dialects commonly add, as far as the result is made of the arguments alone.
    private static readonly FrozenSet<string> s_immutable = new[]
    {
        "abs", "acos", "ascii", "asin", "atan", "atan2", "avg", "bit_length", "ceil", "ceiling", "char_length", "character_length", "coalesce",
        "concat", "cos", "cot", "count", "exp", "floor", "greatest", "least", "left", "len", "length", "ln", "locate", "log", "log10", "lower",
        "lpad", "ltrim", "max", "min", "mod", "nullif", "octet_length", "pi", "position", "power", "replace", "reverse", "right", "round",
        "rpad", "rtrim", "sign", "sin", "sqrt", "stddev", "substr", "substring", "sum", "tan", "trim", "trunc", "upper", "variance",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Well known to depend on time, chance or session, and to change no data.
    private static readonly FrozenSet<string> s_unstable = new[]
    {
        "clock_timestamp", "connection_id", "curdate", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
        "current_timestamp", "current_user", "curtime", "database", "db_name", "gen_random_uuid", "getdate", "getutcdate", "host_name",
        "last_insert_id", "last_insert_rowid", "lastval", "currval", "localtime", "localtimestamp", "newid", "newsequentialid", "nextval", "now",
        "rand", "random", "scope_identity", "session_user", "setval", "statement_timestamp", "suser_sname", "sysdate", "sysdatetime",
        "sysdatetimeoffset", "systimestamp", "system_user", "sysutcdatetime", "transaction_timestamp", "user", "user_name", "utc_date", "utc_time",
        "utc_timestamp", "uuid", "uuid_generate_v1", "uuid_generate_v4", "version",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private ConservativeSchema()
    {
    }

    /// <summary>Never null. The schema is ignored: tables of one name in several schemas move together.</summary>
    public TableInfo Find(string? schema, string name) =>
        new(new TableId(name.ToLowerInvariant()), s_noColumns, []) { HasSideEffects = true, AffectsUnknownTables = true };

    /// <summary>A function of a named schema is somebody's own, whatever its name.</summary>
    public FunctionKind Function(string? schema, string name)
    {
        if (schema is not null)
            return FunctionKind.Volatile;
        if (s_immutable.Contains(name))
            return FunctionKind.Immutable;
        return s_unstable.Contains(name) ? FunctionKind.Unstable : FunctionKind.Volatile;
    }
}
