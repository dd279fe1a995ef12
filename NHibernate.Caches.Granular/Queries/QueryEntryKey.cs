using System.Collections;
using System.Data;
using System.Data.Common;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;
using NHibernate.Impl;
using NHibernate.SqlCommand;
using NHibernate.Transform;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// What identifies a cached query: its region, SQL, the form in which rows are cached, paging, tenant, and the typed values of
/// parameters and filters in the form NHibernate disassembles them to, so that an entity as a parameter is held by its
/// identifier only. Compared part by part, in full. Thread-safe: immutable.
/// </summary>
internal sealed class QueryEntryKey : EntryKey
{
    private readonly string _region;
    private readonly SqlString _sql;
    private readonly CacheableResultTransformer? _transformer;
    private readonly object?[] _values;
    private readonly int _hash;

    private QueryEntryKey(string region, SqlString sql, CacheableResultTransformer? transformer, object?[] values)
    {
        (_region, _sql, _transformer, _values) = (region, sql, transformer, values);
        // Not the hash of NHibernate's key: by that one an entity as a parameter is another one in every session.
        var hash = new HashCode();
        hash.Add(region, StringComparer.Ordinal);
        hash.Add(sql);
        foreach (var value in values)
            hash.Add(value is Array array ? StructuralComparisons.StructuralEqualityComparer.GetHashCode(array) : value?.GetHashCode() ?? 0);
        _hash = hash.ToHashCode();
    }

    public override object?[] Parts => [(int)KeyKind.Query, _region, Parted(_sql), _transformer is null ? null : Parted(_transformer), _values];

    /// <param name="region">The region's name.</param>
    /// <param name="key">NHibernate's key.</param>
    /// <param name="parameters">The parameters the key was made of.</param>
    /// <param name="types">
    /// What a row consists of. Native SQL of one text can mean one entity or another, of which NHibernate's key knows nothing.
    /// </param>
    /// <param name="session">The session that asks.</param>
    public static QueryEntryKey Of(string region, QueryKey key, QueryParameters parameters, ICacheAssembler[]? types, ISessionImplementor session)
    {
        var values = new List<object?>(capacity: 16)
        {
            session.GetTenantIdentifier(),
            parameters.RowSelection?.FirstRow,
            parameters.RowSelection?.MaxRows,
            parameters.NaturalKeyLookup,
            parameters.NamedParameters?.Count,
        };
        // Discovered types are known after the execution only.
        if (types is not null && !parameters.HasAutoDiscoverScalarTypes)
        {
            foreach (var type in types)
                values.Add((type as IType)?.Name);
        }
        for (var i = 0; i < parameters.PositionalParameterTypes.Length; i++)
            Add(values, parameters.PositionalParameterTypes[i], parameters.PositionalParameterValues[i], session);
        foreach (var (name, value) in InOrder(parameters.NamedParameters))
        {
            values.Add(name);
            Add(values, value, session);
        }
        AddFilters(values, session);
        return new QueryEntryKey(region, NHibernateInternals.Sql(key), key.ResultTransformer, [.. values]);
    }

    public override bool Equals(EntryKey? other) =>
        other is QueryEntryKey that
        && _hash == that._hash
        && _region == that._region
        && (ReferenceEquals(_sql, that._sql) || _sql.Equals(that._sql))
        && Equals(_transformer, that._transformer)
        && _values.Length == that._values.Length
        && SameValues(_values, that._values);

    public override int GetHashCode() => _hash;

    // Text between parameters, and null for each of them: a question mark in the text is another one.
    private static object?[] Parted(SqlString sql)
    {
        var parts = new List<object?>();
        foreach (var part in sql)
        {
            var text = part as string;
            if (text is not null && parts is [.., string before])
                parts[^1] = before + text;
            else
                parts.Add(text);
        }
        return [.. parts];
    }

    // What two of them are compared by.
    private static object?[] Parted(CacheableResultTransformer transformer) => NHibernateInternals.AutoDiscoveredQuery(transformer) is { } query
        ? [Parted(query)]
        : [NHibernateInternals.IncludedInTuple(transformer), NHibernateInternals.IncludedInTransform(transformer)];

    private static bool SameValues(object?[] left, object?[] right)
    {
        for (var i = 0; i < left.Length; i++)
        {
            if (!Equals(left[i], right[i]) && !StructuralComparisons.StructuralEqualityComparer.Equals(left[i], right[i]))
                return false;
        }
        return true;
    }

    /// <summary>By name, since a dictionary's own order tells how it was filled.</summary>
    private static IEnumerable<KeyValuePair<string, T>> InOrder<T>(IDictionary<string, T>? named) => named switch
    {
        null or { Count: 0 } => [],
        { Count: 1 } => named,
        _ => named.OrderBy(pair => pair.Key, StringComparer.Ordinal),
    };

    /// <summary>The filters that are enabled, with the values of their parameters.</summary>
    internal static void AddFilters(List<object?> values, ISessionImplementor session)
    {
        foreach (var (name, filter) in InOrder(session.EnabledFilters))
            AddFilter(values, name, (FilterImpl)filter, session);
    }

    /// <summary>Whether two lists of values, with arrays among them, are the same.</summary>
    internal static bool AreSame(object?[] left, object?[] right) => left.Length == right.Length && SameValues(left, right);

    private static void AddFilter(List<object?> values, string name, FilterImpl filter, ISessionImplementor session)
    {
        values.Add(name);
        foreach (var (parameter, type) in InOrder(filter.FilterDefinition.ParameterTypes))
        {
            values.Add(parameter);
            var isList = filter.GetParameterSpan(parameter) is not null;
            Add(values, new TypedValue(type, filter.Parameters.TryGetValue(parameter, out var value) ? value : null, isList), session);
        }
    }

    private static void Add(List<object?> values, TypedValue value, ISessionImplementor session)
    {
        if (value.Comparer is not TypedValue.ParameterListComparer || value.Value is not IEnumerable list)
        {
            Add(values, value.Type, value.Value, session);
            return;
        }
        var start = values.Count;
        foreach (var item in list)
            Add(values, value.Type, item, session);
        // The number of items keeps neighbouring lists apart.
        values.Add(values.Count - start);
    }

    private static void Add(List<object?> values, IType type, object? value, ISessionImplementor session)
    {
        values.Add(type.Name);
        if (value is not null && type is CustomType or CompositeCustomType)
        {
            AddDatabaseValues(values, type, value, session);
            return;
        }
        var disassembled = value is null ? null : type.Disassemble(value, session, null);
        values.Add(disassembled);
        // What is equal to .NET need not be so to the database: times of another kind, numbers of one value that print otherwise.
        switch (disassembled)
        {
            case DateTime time:
                values.Add((int)time.Kind);
                break;
            case DateTimeOffset time:
                values.Add(time.Offset);
                break;
            case decimal number:
                values.Add(number.Scale);
                break;
            case double number:
                values.Add(double.IsNegative(number));
                break;
            case float number:
                values.Add(float.IsNegative(number));
                break;
        }
    }

    /// <summary>Of a value that only its user's type understands counts what is sent to the database; its own equality may be any.</summary>
    private static void AddDatabaseValues(List<object?> values, IType type, object value, ISessionImplementor session)
    {
        using var command = session.Factory.ConnectionProvider.Driver.GenerateCommand(CommandType.Text, SqlString.Empty, type.SqlTypes(session.Factory));
        type.NullSafeSet(command, value, 0, session);
        foreach (DbParameter parameter in command.Parameters)
            values.Add(parameter.Value is Array array ? array.Clone() : parameter.Value);
    }
}
