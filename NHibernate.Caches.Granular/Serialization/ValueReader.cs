using System.Buffers.Binary;
using System.Collections;
using System.Collections.Frozen;
using System.Numerics;
using System.Runtime.InteropServices;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Intercept;
using NHibernate.Properties;
using NHibernate.Type;
using ProtoBuf;
using ProtoBuf.Meta;
using ProtoBuf.Serializers;
using CacheEntry = NHibernate.Cache.Entry.CacheEntry;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// Reads what <see cref="ValueWriter"/> wrote. The bytes may be anybody's: nothing is created but what the tags stand for, and no
/// count makes it allocate more than there are bytes to fill it (I13). Besides <see cref="PayloadException"/> it throws whatever
/// protobuf-net and the constructors of values throw. Not thread-safe: reads one payload.
/// </summary>
internal ref struct ValueReader
{
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    private readonly FrozenDictionary<string, RegisteredType> _registered;
    private readonly int _length;
    private ProtoReader.State _state;
    private int _depth;
    private long _unclaimed;

    public ValueReader(ReadOnlyMemory<byte> bytes, TypeModel model, FrozenDictionary<string, RegisteredType> registered)
    {
        _registered = registered;
        _length = bytes.Length;
        // An item takes at least one byte of its own, whatever array it is in.
        _unclaimed = bytes.Length;
        _state = ProtoReader.State.Create(bytes, model);
    }

    /// <summary>Reads the one value that the bytes hold.</summary>
    public object? ReadAll()
    {
        var value = Read();
        if (_state.GetPosition() != _length)
            throw new PayloadException("The payload does not end with its value.");
        return value;
    }

    public void Dispose() => _state.Dispose();

    private object? Read() => Read(ReadTag());

    private object? Read(PayloadTag tag)
    {
        if (++_depth > PayloadFormat.MaxDepth)
            throw new PayloadException($"The payload is nested deeper than {PayloadFormat.MaxDepth} values.");
        var value = ReadValue(tag);
        _depth--;
        return value;
    }

    private object? ReadValue(PayloadTag tag) => tag switch
    {
        PayloadTag.Constant => Constant((PayloadConstant)_state.ReadUInt32()),
        PayloadTag.Int32 => checked((int)Signed()),
        PayloadTag.Int64 => Signed(),
        PayloadTag.String => _state.ReadString(),
        PayloadTag.Array => Items(),
        PayloadTag.List => List(),
        PayloadTag.Entity => Entity(),
        PayloadTag.Item => Item(),
        PayloadTag.Collection => new CollectionCacheEntry { State = Items() },
        PayloadTag.Guid => Guid(),
        PayloadTag.DateTime => DateTime(_state.ReadUInt64()),
        PayloadTag.Decimal => Decimal(),
        PayloadTag.Double => BitConverter.UInt64BitsToDouble(_state.ReadUInt64()),
        PayloadTag.Bytes => Bytes(),
        PayloadTag.Int16 => checked((short)Signed()),
        PayloadTag.Byte => _state.ReadByte(),
        PayloadTag.SByte => checked((sbyte)Signed()),
        PayloadTag.UInt16 => _state.ReadUInt16(),
        PayloadTag.UInt32 => _state.ReadUInt32(),
        PayloadTag.UInt64 => _state.ReadUInt64(),
        PayloadTag.Char => (char)_state.ReadUInt16(),
        PayloadTag.Single => BitConverter.UInt32BitsToSingle(_state.ReadUInt32()),
        PayloadTag.DateTimeOffset => DateTimeOffset(),
        PayloadTag.TimeSpan => new TimeSpan(Signed()),
        PayloadTag.DateOnly => DateOnly.FromDayNumber(checked((int)Signed())),
        PayloadTag.TimeOnly => new TimeOnly(Signed()),
        PayloadTag.BigInteger => new BigInteger(Bytes()),
        PayloadTag.AbsoluteUri => new Uri(_state.ReadString(), UriKind.Absolute),
        PayloadTag.RelativeUri => new Uri(_state.ReadString(), UriKind.Relative),
        PayloadTag.AnyReference => AnyReference(),
        PayloadTag.Registered => Registered(_state.ReadString()),
        PayloadTag.ArrayList => new ArrayList(Items()),
        PayloadTag.Hashtable => Hashtable(Items()),
        PayloadTag.TypedArray => TypedArray((PayloadTag)_state.ReadUInt32()),
        PayloadTag.UnpairedText => Text(Bytes()),
        PayloadTag.FullResult => FullResult.Of(Items()),
        _ => throw new PayloadException($"The payload holds the tag {(int)tag}, which stands for no value here."),
    };

    private PayloadTag ReadTag()
    {
        var field = _state.ReadFieldHeader();
        return field == 0 ? throw new PayloadException("The payload ends where a value should follow.") : (PayloadTag)field;
    }

    // Some values take two fields.
    private void ReadTag(PayloadTag expected)
    {
        if (ReadTag() != expected)
            throw new PayloadException($"The payload holds half of a value of tag {(int)expected}.");
    }

    private static object? Constant(PayloadConstant constant) => constant switch
    {
        PayloadConstant.Null => null,
        PayloadConstant.False => s_false,
        PayloadConstant.True => s_true,
        PayloadConstant.UnfetchedProperty => LazyPropertyInitializer.UnfetchedProperty,
        PayloadConstant.UnknownBackReference => BackrefPropertyAccessor.Unknown,
        PayloadConstant.DBNull => System.DBNull.Value,
        _ => throw new PayloadException($"The payload holds the constant {(int)constant}, which is not known here."),
    };

    private long Signed()
    {
        _state.Hint(WireType.SignedVarint);
        return _state.ReadInt64();
    }

    private byte[] Bytes() => _state.AppendBytes((byte[]?)null);

    private Guid Guid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _state.ReadUInt64());
        ReadTag(PayloadTag.Guid);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], _state.ReadUInt64());
        return new Guid(bytes);
    }

    private static DateTime DateTime(ulong bits) => new((long)(bits & ~(3UL << 62)), (DateTimeKind)(bits >> 62));

    private decimal Decimal()
    {
        var (high, scale, isNegative) = Unpacked(_state.ReadUInt64());
        ReadTag(PayloadTag.Decimal);
        var low = _state.ReadUInt64();
        return new decimal((int)(uint)low, (int)(uint)(low >> 32), (int)high, isNegative, scale);

        static (uint High, byte Scale, bool IsNegative) Unpacked(ulong bits) => (checked((uint)(bits >> 6)), (byte)((bits >> 1) & 31), (bits & 1) != 0);
    }

    private DateTimeOffset DateTimeOffset()
    {
        var ticks = checked((long)_state.ReadUInt64());
        ReadTag(PayloadTag.DateTimeOffset);
        return new DateTimeOffset(ticks, TimeSpan.FromMinutes(Signed()));
    }

    private CacheEntry Entity()
    {
        var state = new object?[Count()];
        var subclass = (string?)Read();
        var version = Read();
        Fill(state);
        return new CacheEntry { Subclass = subclass, Version = version, DisassembledState = state };
    }

    private CachedItem Item()
    {
        var timestamp = unchecked((long)_state.ReadUInt64() + long.MinValue);
        var version = Read();
        return new CachedItem { FreshTimestamp = timestamp, Version = version, Value = Read() };
    }

    private AnyType.ObjectTypeCacheEntry AnyReference()
    {
        _state.ReadUInt32();
        var name = (string?)Read();
        return new AnyType.ObjectTypeCacheEntry { EntityName = name, Id = Read() };
    }

    private static Hashtable Hashtable(object?[] pairs)
    {
        var table = new Hashtable(pairs.Length / 2);
        for (var i = 0; i < pairs.Length; i += 2)
            table.Add((string)pairs[i]!, pairs[i + 1]);
        return table;
    }

    private Array TypedArray(PayloadTag elements)
    {
        ReadTag(PayloadTag.Array);
        var items = Items();
        if (!BuiltInTypes.TryGetElements(elements, out var type))
            throw new PayloadException($"The payload holds an array of the tag {(int)elements}, which is not known here.");
        var array = Array.CreateInstance(type!, items.Length);
        Array.Copy(items, array, items.Length);
        return array;
    }

    private object? Registered(string name)
    {
        ReadTag(PayloadTag.Bytes);
        var bytes = Bytes();
        if (!_registered.TryGetValue(name, out var type))
            throw new PayloadException("The payload holds a type under a name that is not registered here.");
        return type.Read(bytes);
    }

    private static string Text(byte[] codeUnits) => string.Create(codeUnits.Length / 2, codeUnits, static (text, bytes) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i));
    });

    private List<object?> List()
    {
        var list = new List<object?>();
        CollectionsMarshal.SetCount(list, Count());
        Fill(CollectionsMarshal.AsSpan(list));
        return list;
    }

    private object?[] Items()
    {
        var items = new object?[Count()];
        Fill(items);
        return items;
    }

    private int Count()
    {
        var count = _state.ReadUInt32();
        _unclaimed -= count;
        return _unclaimed >= 0 ? (int)count : throw new PayloadException("The payload counts more items than it can hold.");
    }

    private void Fill(Span<object?> items)
    {
        while (!items.IsEmpty)
        {
            var filled = 1;
            switch (ReadTag())
            {
                case PayloadTag.Int32Run:
                    filled = Unpack<int>(items);
                    break;
                case PayloadTag.Int64Run:
                    filled = Unpack<long>(items);
                    break;
                case var tag:
                    items[0] = Read(tag);
                    break;
            }
            items = items[filled..];
        }
    }

    private int Unpack<T>(Span<object?> items)
    {
        var run = RepeatedSerializer.CreateVector<T>().ReadRepeated(ref _state, SerializerFeatures.WireTypeSignedVarint, null);
        if (run is not { Length: > 0 } || run.Length > items.Length)
            throw new PayloadException("The payload packs other items than it counted.");
        for (var i = 0; i < run.Length; i++)
            items[i] = run[i];
        return run.Length;
    }
}
