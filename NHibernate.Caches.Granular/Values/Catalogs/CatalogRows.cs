using System.Data.Common;

namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>The catalog's rows as they were read, not yet put together. Tables, types and views are their object ids.</summary>
internal sealed class CatalogRows
{
    public required string Encoding { get; init; }

    public required List<Relation> Relations { get; init; }

    public required ILookup<long, Column> Columns { get; init; }

    /// <summary>Domains and enums.</summary>
    public required Dictionary<long, UserType> Types { get; init; }

    /// <summary>Types whose equality, or what converts to them, a user has redefined.</summary>
    public required HashSet<long> RedefinedTypes { get; init; }

    /// <summary>In key order.</summary>
    public required ILookup<long, string> PrimaryKeys { get; init; }

    /// <summary>Partition or child, and its parent.</summary>
    public required List<Pair> Inheritance { get; init; }

    /// <summary>Referenced table, and the one that a change of it changes.</summary>
    public required List<Pair> ForeignKeyActions { get; init; }

    /// <summary>Tables whose defaults or checks call a function that may change data.</summary>
    public required HashSet<long> HiddenCalls { get; init; }

    /// <summary>View, and the tables and views it reads.</summary>
    public required ILookup<long, long> ViewReads { get; init; }

    /// <summary>View, and what it calls.</summary>
    public required ILookup<long, FunctionKind> ViewCalls { get; init; }

    public required List<Function> Functions { get; init; }

    /// <param name="Kind"><c>r</c> table, <c>p</c> partitioned, <c>v</c> view, <c>m</c> materialized view, <c>f</c> foreign table, <c>S</c> sequence.</param>
    /// <param name="Persistence"><c>p</c> permanent, <c>u</c> unlogged, <c>t</c> temporary.</param>
    /// <param name="IsVisible">Whether the bare name means it on this connection.</param>
    /// <param name="HasTriggersOrRules">Of users, and not disabled.</param>
    internal sealed record Relation(long Oid, string Schema, string Name, string Kind, string Persistence, bool HasRowSecurity, bool IsVisible, bool HasTriggersOrRules);

    internal sealed record Column(long Table, string Name, long Type, int Modifier, bool IsDeterministic, bool IsGenerated, bool HasDefault);

    /// <param name="Kind"><c>d</c> domain, <c>e</c> enum.</param>
    internal sealed record UserType(long Oid, string Kind, long BaseType, int Modifier, bool HasDefault);

    internal readonly record struct Pair(long From, long To);

    /// <param name="IsInPath">Whether the bare name may mean it on this connection.</param>
    internal sealed record Function(string Schema, string Name, FunctionKind Kind, bool IsInPath);

    /// <summary>Reads the results of <see cref="CatalogQueries.All"/>.</summary>
    public static CatalogRows Read(DbDataReader reader) => new()
    {
        Encoding = Rows(reader, r => r.GetString(0))[0],
        Relations = Next(reader, r => new Relation(
            r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetBoolean(5), r.GetBoolean(6), r.GetBoolean(7))),
        Columns = Next(reader, r => new Column(
            r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetInt32(3), r.GetBoolean(4), r.GetBoolean(5), r.GetBoolean(6))).ToLookup(c => c.Table),
        Types = Next(reader, r => new UserType(r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetInt32(3), r.GetBoolean(4))).ToDictionary(t => t.Oid),
        RedefinedTypes = [.. Next(reader, r => r.GetInt64(0))],
        PrimaryKeys = Next(reader, r => (Table: r.GetInt64(0), Column: r.GetString(1))).ToLookup(r => r.Table, r => r.Column),
        Inheritance = Next(reader, ReadPair),
        ForeignKeyActions = Next(reader, ReadPair),
        HiddenCalls = [.. Next(reader, r => r.GetInt64(0))],
        ViewReads = Next(reader, ReadPair).ToLookup(p => p.From, p => p.To),
        ViewCalls = Next(reader, r => (View: r.GetInt64(0), Kind: (FunctionKind)r.GetInt32(1))).ToLookup(r => r.View, r => r.Kind),
        Functions = Next(reader, r => new Function(r.GetString(0), r.GetString(1), (FunctionKind)r.GetInt32(2), r.GetBoolean(3))),
    };

    private static Pair ReadPair(DbDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1));

    private static List<T> Next<T>(DbDataReader reader, Func<DbDataReader, T> read)
    {
        if (!reader.NextResult())
            throw new InvalidOperationException("The catalog answered fewer questions than it was asked.");
        return Rows(reader, read);
    }

    private static List<T> Rows<T>(DbDataReader reader, Func<DbDataReader, T> read)
    {
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
