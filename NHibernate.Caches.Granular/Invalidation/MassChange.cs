using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// A statement that is about to change many rows of one entity, and how to ask which. Not thread-safe: belongs to one session.
/// </summary>
/// <param name="entity">The entity, whose rows live in one table.</param>
/// <param name="keys">The command that selects the keys of the rows.</param>
/// <param name="limit">How many rows are told one by one.</param>
internal sealed class MassChange(AbstractEntityPersister entity, CapturedQuery keys, int limit)
{
    /// <summary>
    /// What to ask along with the statement; null when it is not a plain change of rows of the entity's table, or says more than that: then
    /// what is known of it is what it says itself.
    /// </summary>
    /// <param name="change">What the statement says that it changes.</param>
    /// <param name="command">The statement.</param>
    /// <param name="changes">Where it is recorded.</param>
    /// <param name="number">Its number there.</param>
    public MassStatement? Follow(StatementChange change, DbCommand command, ChangeSet changes, long number)
    {
        var schema = changes.Scope.Plans.Schema;
        // Foreign keys may change other tables, or other rows of this one: that is told of beside it.
        if (change is not { MovesScope: false, ChangesSession: false } || change.Rows.FirstOrDefault() is not { Kind: ChangeKind.Update or ChangeKind.Delete } row)
            return null;
        if (schema.FindSpace(entity.TableName) is not { RowShape: { } rowShape } table || table.Id != row.Table)
            return null;
        // The row is found again by its key. What stands behind a semicolon would not be returned.
        if ((row.Kind == ChangeKind.Update && rowShape.EqualityColumns.Any(row.Changed.Contains)) || command.CommandText.Contains(';', StringComparison.Ordinal))
            return null;
        var compared = changes.Scope.Store.Shapes([table.Id]).Shapes.SelectMany(shape => shape.EqualityColumns);
        ColumnInfo[] columns = [.. rowShape.EqualityColumns.Concat(compared).Distinct(StringComparer.Ordinal).Where(table.Columns.ContainsKey).Select(name => table.Columns[name])];
        return new MassStatement(row, rowShape, columns, changes, number) { Limit = limit, Question = Question(columns, row.Kind), QuestionValues = keys.Values };
    }

    // Locked, so that they are still what the statement finds, and as it locks them itself: rows that refer to them wait for a deletion only.
    private string Question(ColumnInfo[] columns, ChangeKind kind)
    {
        var rows = $"select {MassStatement.List(columns)} from {entity.TableName} where ({string.Join(", ", entity.IdentifierColumnNames)}) in ({keys.Sql})";
        return $"{rows} order by 1 limit {(limit + 1).ToString(CultureInfo.InvariantCulture)} for {(kind == ChangeKind.Delete ? "update" : "no key update")}";
    }
}

/// <summary>
/// A statement that changes many rows, with the rows themselves: as they were, read and locked before it, and as the statement returns
/// them, which are those it changed and no others. Not thread-safe: belongs to one execution.
/// </summary>
internal sealed class MassStatement(RowChange change, Shape rowShape, ColumnInfo[] columns, ChangeSet changes, long number)
{
    private readonly Dictionary<StampKey, ImmutableDictionary<string, ColumnValue>> _before = [];
    private readonly List<RowChange> _rows = [];
    private int _read;

    public required int Limit { get; init; }

    /// <summary>Selects the rows before the change.</summary>
    public required string Question { get; init; }

    /// <summary>The parameters of the question, which belong to another command.</summary>
    public required DbParameter[] QuestionValues { get; init; }

    /// <summary>What the statement is given to return the rows it changes.</summary>
    public string Returning => $"\nreturning {List(columns)}";

    /// <summary>Whether there are so many rows that they are not worth telling one by one.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>How many rows the statement has returned.</summary>
    public int Affected { get; private set; }

    public static string List(IEnumerable<ColumnInfo> columns) => string.Join(", ", columns.Select(column => $"\"{column.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    /// <summary>A row before the change.</summary>
    public void AddBefore(DbDataReader row)
    {
        var values = Read(row);
        // A table and one that inherits from it may have rows of the same key: which of them will be returned is not known then.
        if (RowKeys.Of(rowShape, values) is { } key)
            _before[key] = _before.ContainsKey(key) ? KeyIn(values) : values;
        IsTooLarge |= ++_read > Limit;
    }

    /// <summary>A row that the statement has changed. One that was not there before it, somebody has inserted meanwhile: of what it was nothing is known.</summary>
    public void AddChanged(DbDataReader row)
    {
        Affected++;
        var values = Read(row);
        var key = KeyIn(values);
        _rows.Add(change.Kind == ChangeKind.Delete
            ? RowChange.Delete(change.Table, values)
            : RowChange.Update(change.Table, RowKeys.Of(rowShape, values) is { } known && _before.TryGetValue(known, out var before) ? before : key, values, change.Changed));
    }

    /// <summary>The statement has run: the rows take the place of what it said.</summary>
    public void Explain()
    {
        if (_rows.Count <= Limit)
            changes.Explain(number, change, [.. _rows]);
    }

    private ImmutableDictionary<string, ColumnValue> KeyIn(ImmutableDictionary<string, ColumnValue> values) =>
        values.Where(pair => rowShape.EqualityColumns.Contains(pair.Key)).ToImmutableDictionary(StringComparer.Ordinal);

    private ImmutableDictionary<string, ColumnValue> Read(DbDataReader row)
    {
        var values = ImmutableDictionary.CreateBuilder<string, ColumnValue>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i].Form.Convert(row.GetValue(i)) is { } value)
                values[columns[i].Name] = value;
        }
        return values.ToImmutable();
    }
}
