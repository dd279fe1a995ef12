using System.Collections;
using System.Data;
using System.Data.Common;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Passes everything on to NHibernate's reader, and says when its last row has been read: the statement has succeeded then. One that fails while its
/// rows are read leaves a transaction whose COMMIT is answered by a rollback. Not thread-safe: belongs to one command.
/// </summary>
#pragma warning disable CA1010 // What it enumerates is the reader's.
internal sealed class WatchedReader(DbDataReader reader, System.Action read) : DbDataReader
#pragma warning restore CA1010
{
    /// <summary>NHibernate's own.</summary>
    public DbDataReader Inner => reader;

    public override int Depth => reader.Depth;

    public override int FieldCount => reader.FieldCount;

    public override int VisibleFieldCount => reader.VisibleFieldCount;

    public override bool HasRows => reader.HasRows;

    public override bool IsClosed => reader.IsClosed;

    public override int RecordsAffected => reader.RecordsAffected;

    public override object this[int ordinal] => reader[ordinal];

    public override object this[string name] => reader[name];

    public override bool Read() => Noted(reader.Read());

    public override async Task<bool> ReadAsync(CancellationToken cancellationToken) => Noted(await reader.ReadAsync(cancellationToken).ConfigureAwait(false));

    public override bool NextResult() => reader.NextResult();

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);

    public override void Close() => reader.Close();

    public override Task CloseAsync() => reader.CloseAsync();

    public override IEnumerator GetEnumerator() => reader.GetEnumerator();

    public override DataTable? GetSchemaTable() => reader.GetSchemaTable();

    public override int GetOrdinal(string name) => reader.GetOrdinal(name);

    public override string GetName(int ordinal) => reader.GetName(ordinal);

    public override string GetDataTypeName(int ordinal) => reader.GetDataTypeName(ordinal);

    public override System.Type GetFieldType(int ordinal) => reader.GetFieldType(ordinal);

    public override int GetValues(object[] values) => reader.GetValues(values);

    public override bool IsDBNull(int ordinal) => reader.IsDBNull(ordinal);

    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => reader.IsDBNullAsync(ordinal, cancellationToken);

    public override object GetValue(int ordinal) => reader.GetValue(ordinal);

    public override T GetFieldValue<T>(int ordinal) => reader.GetFieldValue<T>(ordinal);

    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) => reader.GetFieldValueAsync<T>(ordinal, cancellationToken);

    public override bool GetBoolean(int ordinal) => reader.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => reader.GetByte(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => reader.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override char GetChar(int ordinal) => reader.GetChar(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => reader.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    public override DateTime GetDateTime(int ordinal) => reader.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => reader.GetDecimal(ordinal);

    public override double GetDouble(int ordinal) => reader.GetDouble(ordinal);

    public override float GetFloat(int ordinal) => reader.GetFloat(ordinal);

    public override Guid GetGuid(int ordinal) => reader.GetGuid(ordinal);

    public override short GetInt16(int ordinal) => reader.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => reader.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => reader.GetInt64(ordinal);

    public override string GetString(int ordinal) => reader.GetString(ordinal);

    public override Stream GetStream(int ordinal) => reader.GetStream(ordinal);

    public override TextReader GetTextReader(int ordinal) => reader.GetTextReader(ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            reader.Dispose();
        base.Dispose(disposing);
    }

    private bool Noted(bool hasRow)
    {
        if (!hasRow)
            read();
        return hasRow;
    }
}
