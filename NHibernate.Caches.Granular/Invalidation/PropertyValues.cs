using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>What NHibernate's types make of values in memory. Thread-safe: stateless.</summary>
internal static class PropertyValues
{
    /// <summary>
    /// The database values that a type makes of a value, in their columns' canonical forms; those that have none are left out.
    /// </summary>
    public static List<KeyValuePair<string, ColumnValue>> Of(TableInfo table, string[] columns, IType type, object? value, ISessionImplementor session)
    {
        var sqlTypes = type.SqlTypes(session.Factory);
        // A property of formulas has no columns of its own.
        if (columns.Length != sqlTypes.Length || columns.Any(column => column is null))
            return [];
        var placeholders = new SqlString([.. Enumerable.Range(0, sqlTypes.Length).Select(object (_) => Parameter.Placeholder)]);
        using var scratch = session.Factory.ConnectionProvider.Driver.GenerateCommand(System.Data.CommandType.Text, placeholders, sqlTypes);
        try
        {
            type.NullSafeSet(scratch, value, 0, session);
        }
        catch (Exception exception) when (exception is HibernateException or InvalidCastException)
        {
            // A reference to something transient has no database value; then the value is unknown, which is always allowed.
            return [];
        }
        var found = new List<KeyValuePair<string, ColumnValue>>(columns.Length);
        for (var i = 0; i < columns.Length; i++)
        {
            var column = Identifiers.Fold(columns[i]);
            if (table.Columns.TryGetValue(column, out var info) && info.Form.Convert(scratch.Parameters[i]) is { } known)
                found.Add(KeyValuePair.Create(column, known));
        }
        return found;
    }
}
