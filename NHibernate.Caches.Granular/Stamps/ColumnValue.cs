using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// A database value in the canonical form of its column's type: two values that the database calls equal in that column are
/// equal here. <c>default</c> is SQL NULL. Values of different kinds are never equal. Thread-safe: immutable.
/// </summary>
internal readonly record struct ColumnValue
{
    private enum Kind : byte
    {
        Null,
        Integer,
        Boolean,
        Date,
        Guid,
        Text,
    }

    private readonly Kind _kind;
    private readonly long _number;
    private readonly Guid _guid;
    private readonly string? _text;

    private ColumnValue(Kind kind, long number = 0, Guid guid = default, string? text = null) =>
        (_kind, _number, _guid, _text) = (kind, number, guid, text);

    public static readonly ColumnValue Null;

    public bool IsNull => _kind == Kind.Null;

    public static ColumnValue Integer(long value) => new(Kind.Integer, value);

    public static ColumnValue Boolean(bool value) => new(Kind.Boolean, value ? 1 : 0);

    public static ColumnValue Date(DateOnly value) => new(Kind.Date, value.DayNumber);

    public static ColumnValue Uuid(Guid value) => new(Kind.Guid, guid: value);

    public static ColumnValue Text(string value) => new(Kind.Text, text: value);

    /// <summary>Appends the value so that no two sequences of values append the same bytes: every value carries its kind and length.</summary>
    internal void AppendTo(XxHash128 hash)
    {
        Span<byte> bytes = stackalloc byte[17];
        bytes[0] = (byte)_kind;
        if (_kind == Kind.Guid)
            _guid.TryWriteBytes(bytes[1..]);
        else
            BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], _text?.Length ?? _number);
        hash.Append(bytes);
        if (_text is not null)
            hash.Append(MemoryMarshal.AsBytes(_text.AsSpan()));
    }

    /// <summary>For people and case files; not parsed by anything.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Null => "null",
        Kind.Integer => _number.ToString(CultureInfo.InvariantCulture),
        Kind.Boolean => _number == 1 ? "true" : "false",
        Kind.Date => DateOnly.FromDayNumber((int)_number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Kind.Guid => _guid.ToString(),
        _ => $"'{_text}'",
    };
}
