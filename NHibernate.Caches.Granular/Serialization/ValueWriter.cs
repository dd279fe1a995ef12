using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Collections.Frozen;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Intercept;
using NHibernate.Properties;
using NHibernate.Type;
using ProtoBuf;
using ProtoBuf.Meta;
using ProtoBuf.Serializers;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// Writes values as fields of protobuf, whose numbers tell their types. Not thread-safe: writes one payload.
/// </summary>
internal ref struct ValueWriter
{
    private readonly FrozenDictionary<System.Type, RegisteredType> _registered;
    private ProtoWriter.State _state;
    private int _depth;

    public ValueWriter(IBufferWriter<byte> output, TypeModel model, FrozenDictionary<System.Type, RegisteredType> registered)
    {
        _registered = registered;
        _state = ProtoWriter.State.Create(output, model);
    }

    /// <returns>Null when done; otherwise the type that cannot be carried.</returns>
    public System.Type? Write(object? value)
    {
        if (value is null)
            return Constant(PayloadConstant.Null);
        if (_depth == PayloadFormat.MaxDepth)
            return value.GetType();
        _depth++;
        var refused = BuiltInTypes.TryGetTag(value.GetType(), out var tag) ? Write(tag, value) : Registered(value);
        _depth--;
        return refused;
    }

    /// <summary>Hands over all that is still held back.</summary>
    public void Flush() => _state.Close();

    public void Dispose()
    {
        _state.Abandon();
        _state.Dispose();
    }

    private System.Type? Write(PayloadTag tag, object value) => tag switch
    {
        PayloadTag.Constant => Constant(ConstantOf(value)),
        PayloadTag.Int32 => Signed(tag, (int)value),
        PayloadTag.Int64 => Signed(tag, (long)value),
        PayloadTag.String => Text((string)value),
        PayloadTag.Array => Items(tag, (object?[])value),
        PayloadTag.List => Items(tag, CollectionsMarshal.AsSpan((List<object?>)value)),
        PayloadTag.Entity => Entity((CacheEntry)value),
        PayloadTag.Item => Item((CachedItem)value),
        PayloadTag.Collection => ((CollectionCacheEntry)value).State is { } state ? Items(tag, state) : typeof(CollectionCacheEntry),
        PayloadTag.Guid => Guid((Guid)value),
        PayloadTag.DateTime => Fixed(tag, (ulong)((DateTime)value).Ticks | ((ulong)((DateTime)value).Kind << 62)),
        PayloadTag.Decimal => Decimal((decimal)value),
        PayloadTag.Double => Fixed(tag, BitConverter.DoubleToUInt64Bits((double)value)),
        PayloadTag.Bytes => Bytes(tag, (byte[])value),
        PayloadTag.Int16 => Signed(tag, (short)value),
        PayloadTag.Byte => Unsigned(tag, (byte)value),
        PayloadTag.SByte => Signed(tag, (sbyte)value),
        PayloadTag.UInt16 => Unsigned(tag, (ushort)value),
        PayloadTag.UInt32 => Unsigned(tag, (uint)value),
        PayloadTag.UInt64 => Unsigned(tag, (ulong)value),
        PayloadTag.Char => Unsigned(tag, (char)value),
        PayloadTag.Single => Fixed(tag, BitConverter.SingleToUInt32Bits((float)value)),
        PayloadTag.DateTimeOffset => DateTimeOffset((DateTimeOffset)value),
        PayloadTag.TimeSpan => Signed(tag, ((TimeSpan)value).Ticks),
        PayloadTag.DateOnly => Signed(tag, ((DateOnly)value).DayNumber),
        PayloadTag.TimeOnly => Signed(tag, ((TimeOnly)value).Ticks),
        PayloadTag.BigInteger => Bytes(tag, ((BigInteger)value).ToByteArray()),
        PayloadTag.AbsoluteUri => Uri((Uri)value),
        PayloadTag.AnyReference => AnyReference((AnyType.ObjectTypeCacheEntry)value),
        PayloadTag.ArrayList => Items(tag, ((ArrayList)value).ToArray()),
        PayloadTag.Hashtable => Hashtable((Hashtable)value),
        PayloadTag.TypedArray => TypedArray((Array)value),
        PayloadTag.FullResult => Items(tag, ((FullResult)value).Parts),
        _ => value.GetType(),
    };

    private static PayloadConstant ConstantOf(object value) => value switch
    {
        true => PayloadConstant.True,
        false => PayloadConstant.False,
        UnfetchedLazyProperty => PayloadConstant.UnfetchedProperty,
        UnknownBackrefProperty => PayloadConstant.UnknownBackReference,
        _ => PayloadConstant.DBNull,
    };

    private System.Type? Constant(PayloadConstant value) => Unsigned(PayloadTag.Constant, (uint)value);

    private System.Type? Signed(PayloadTag tag, long value)
    {
        _state.WriteFieldHeader((int)tag, WireType.SignedVarint);
        _state.WriteInt64(value);
        return null;
    }

    private System.Type? Unsigned(PayloadTag tag, ulong value)
    {
        _state.WriteFieldHeader((int)tag, WireType.Varint);
        _state.WriteUInt64(value);
        return null;
    }

    private System.Type? Fixed(PayloadTag tag, ulong value)
    {
        _state.WriteFieldHeader((int)tag, WireType.Fixed64);
        _state.WriteUInt64(value);
        return null;
    }

    private System.Type? Fixed(PayloadTag tag, uint value)
    {
        _state.WriteFieldHeader((int)tag, WireType.Fixed32);
        _state.WriteUInt32(value);
        return null;
    }

    private System.Type? Bytes(PayloadTag tag, byte[] value)
    {
        _state.WriteFieldHeader((int)tag, WireType.String);
        _state.WriteBytes(value);
        return null;
    }

    private System.Type? Utf8(PayloadTag tag, string value)
    {
        _state.WriteFieldHeader((int)tag, WireType.String);
        _state.WriteString(value);
        return null;
    }

    // Half of a surrogate pair has no UTF-8.
    private System.Type? Text(string value) => IsPaired(value) ? Utf8(PayloadTag.String, value) : Bytes(PayloadTag.UnpairedText, CodeUnits(value));

    private System.Type? Uri(Uri value)
    {
        if (!IsPaired(value.OriginalString))
            return typeof(Uri);
        return Utf8(value.IsAbsoluteUri ? PayloadTag.AbsoluteUri : PayloadTag.RelativeUri, value.OriginalString);
    }

    private System.Type? Guid(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        Fixed(PayloadTag.Guid, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return Fixed(PayloadTag.Guid, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }

    // The scale is part of the value: 1.0 is not 1.00. What is above 64 bits is seldom there.
    private System.Type? Decimal(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        Unsigned(PayloadTag.Decimal, ((ulong)(uint)bits[2] << 6) | ((uint)value.Scale << 1) | (decimal.IsNegative(value) ? 1UL : 0));
        return Unsigned(PayloadTag.Decimal, ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
    }

    private System.Type? DateTimeOffset(DateTimeOffset value)
    {
        Fixed(PayloadTag.DateTimeOffset, (ulong)value.Ticks);
        return Signed(PayloadTag.DateTimeOffset, value.TotalOffsetMinutes);
    }

    // Its obsolete flag of lazy properties is read by nobody.
    private System.Type? Entity(CacheEntry value)
    {
        if (value.DisassembledState is not { } state)
            return typeof(CacheEntry);
        Unsigned(PayloadTag.Entity, (ulong)state.Length);
        return Write(value.Subclass) ?? Write(value.Version) ?? Items(state);
    }

    // Regions store the least timestamp, which becomes zero.
    private System.Type? Item(CachedItem value)
    {
        Unsigned(PayloadTag.Item, unchecked((ulong)value.FreshTimestamp - (ulong)long.MinValue));
        return Write(value.Version) ?? Write(value.Value);
    }

    private System.Type? AnyReference(AnyType.ObjectTypeCacheEntry value)
    {
        Unsigned(PayloadTag.AnyReference, 0);
        return Write(value.EntityName) ?? Write(value.Id);
    }

    // A hash table has no order of its own, so its keys give it one.
    private System.Type? Hashtable(Hashtable value)
    {
        if (!value.Keys.Cast<object>().All(key => key is string))
            return typeof(Hashtable);
        var pairs = value.Cast<DictionaryEntry>().OrderBy(pair => (string)pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value });
        return Items(PayloadTag.Hashtable, pairs.ToArray());
    }

    private System.Type? TypedArray(Array value)
    {
        var items = new object?[value.Length];
        Array.Copy(value, items, items.Length);
        Unsigned(PayloadTag.TypedArray, (ulong)BuiltInTypes.TagOfElements(value.GetType().GetElementType()!));
        return Items(PayloadTag.Array, items);
    }

    private System.Type? Registered(object value)
    {
        if (!_registered.TryGetValue(value.GetType(), out var type))
            return value.GetType();
        byte[] bytes;
        try
        {
            bytes = type.Write(value);
        }
#pragma warning disable CA1031 // It is the user's code; what it cannot write is not shared, and the query has its result all the same.
        catch (Exception)
#pragma warning restore CA1031
        {
            return value.GetType();
        }
        Utf8(PayloadTag.Registered, type.Name);
        return Bytes(PayloadTag.Bytes, bytes);
    }

    private System.Type? Items(PayloadTag tag, ReadOnlySpan<object?> items)
    {
        Unsigned(tag, (ulong)items.Length);
        return Items(items);
    }

    private System.Type? Items(ReadOnlySpan<object?> items)
    {
        System.Type? refused = null;
        while (!items.IsEmpty && refused is null)
        {
            if (Run<int>(items) is >= PayloadFormat.LeastRun and var integers)
            {
                Packed(PayloadTag.Int32Run, Unboxed<int>(items[..integers]));
                items = items[integers..];
            }
            else if (Run<long>(items) is >= PayloadFormat.LeastRun and var longs)
            {
                Packed(PayloadTag.Int64Run, Unboxed<long>(items[..longs]));
                items = items[longs..];
            }
            else
            {
                refused = Write(items[0]);
                items = items[1..];
            }
        }
        return refused;
    }

    private void Packed<T>(PayloadTag tag, T[] run) =>
        RepeatedSerializer.CreateVector<T>().WriteRepeated(ref _state, (int)tag, SerializerFeatures.WireTypeSignedVarint, run);

    private static int Run<T>(ReadOnlySpan<object?> items)
    {
        var length = 0;
        while (length < items.Length && items[length] is T)
            length++;
        return length;
    }

    private static T[] Unboxed<T>(ReadOnlySpan<object?> items)
    {
        var run = new T[items.Length];
        for (var i = 0; i < run.Length; i++)
            run[i] = (T)items[i]!;
        return run;
    }

    private static bool IsPaired(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var surrogate)
        {
            rest = rest[surrogate..];
            if (Rune.DecodeFromUtf16(rest, out _, out var consumed) != OperationStatus.Done)
                return false;
            rest = rest[consumed..];
        }
        return true;
    }

    private static byte[] CodeUnits(string text)
    {
        var bytes = new byte[2 * text.Length];
        for (var i = 0; i < text.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), text[i]);
        return bytes;
    }
}
