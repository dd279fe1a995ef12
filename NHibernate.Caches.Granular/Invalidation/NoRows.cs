using System.Collections;
using System.Data.Common;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The answer to a query that is not executed: no rows. Whoever looks for a column by its name, as NHibernate does to learn the types of native
/// SQL, finds one. Not thread-safe: belongs to one command.
/// </summary>
#pragma warning disable CA1010 // What it enumerates is never there.
internal sealed class NoRows : DbDataReader
#pragma warning restore CA1010
{
    private bool _isClosed;

    public override int Depth => 0;

    public override int FieldCount => 0;

    public override bool HasRows => false;

    public override bool IsClosed => _isClosed;

    public override int RecordsAffected => 0;

    public override object this[int ordinal] => throw NoValue;

    public override object this[string name] => throw NoValue;

    private static InvalidOperationException NoValue => new("There is no row.");

    public override void Close() => _isClosed = true;

    public override bool Read() => false;

    public override bool NextResult() => false;

    public override IEnumerator GetEnumerator() => Array.Empty<object>().GetEnumerator();

    public override int GetOrdinal(string name) => 0;

    public override string GetName(int ordinal) => "";

    public override string GetDataTypeName(int ordinal) => "";

    public override System.Type GetFieldType(int ordinal) => typeof(string);

    public override int GetValues(object[] values) => 0;

    public override bool IsDBNull(int ordinal) => throw NoValue;

    public override object GetValue(int ordinal) => throw NoValue;

    public override bool GetBoolean(int ordinal) => throw NoValue;

    public override byte GetByte(int ordinal) => throw NoValue;

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw NoValue;

    public override char GetChar(int ordinal) => throw NoValue;

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw NoValue;

    public override DateTime GetDateTime(int ordinal) => throw NoValue;

    public override decimal GetDecimal(int ordinal) => throw NoValue;

    public override double GetDouble(int ordinal) => throw NoValue;

    public override float GetFloat(int ordinal) => throw NoValue;

    public override Guid GetGuid(int ordinal) => throw NoValue;

    public override short GetInt16(int ordinal) => throw NoValue;

    public override int GetInt32(int ordinal) => throw NoValue;

    public override long GetInt64(int ordinal) => throw NoValue;

    public override string GetString(int ordinal) => throw NoValue;
}
