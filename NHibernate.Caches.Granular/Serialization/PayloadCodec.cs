using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.IO.Hashing;
using NHibernate.Caches.Granular.Stores;
using ProtoBuf.Meta;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// The payloads of the cache as bytes: NHibernate's cached forms, and the values its types disassemble to, as protobuf-net writes
/// them, in the frame of <see cref="PayloadFormat"/>. What is read creates built-in and registered types and no others. Thread-safe.
/// </summary>
internal sealed class PayloadCodec : IPayloadCodec
{
    private readonly RuntimeTypeModel _model;
    private readonly FrozenDictionary<System.Type, RegisteredType> _byType;
    private readonly FrozenDictionary<string, RegisteredType> _byName;

    /// <param name="types">The user's own types.</param>
    /// <exception cref="Cache.CacheException">One or more of them cannot be registered; the message lists all of them.</exception>
    public PayloadCodec(PayloadTypes types)
    {
        _model = ContractModel.Create();
        var registered = types.Registered(_model);
        _byType = registered.ToFrozenDictionary(type => type.Type);
        _byName = registered.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);
    }

    /// <summary>Whether values of this very type can be carried; what they hold in turn is another question.</summary>
    public bool Carries(System.Type type) => BuiltInTypes.TryGetTag(type, out _) || _byType.ContainsKey(type);

    public System.Type? Encode(object? value, IBufferWriter<byte> output)
    {
        var summed = new ChecksumWriter(output);
        summed.Write([PayloadFormat.Mark, PayloadFormat.Version]);
        using (var writer = new ValueWriter(summed, _model, _byType))
        {
            if (writer.Write(value) is { } refused)
                return refused;
            writer.Flush();
        }
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(PayloadFormat.ChecksumLength), summed.Checksum);
        output.Advance(PayloadFormat.ChecksumLength);
        return null;
    }

    public object? Decode(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < PayloadFormat.HeaderLength + PayloadFormat.ChecksumLength || span[0] != PayloadFormat.Mark)
            throw new PayloadException("These bytes are not a payload.");
        if (span[1] != PayloadFormat.Version)
            throw new PayloadException($"The payload is of version {span[1]}, and this process reads version {PayloadFormat.Version}.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[^PayloadFormat.ChecksumLength..]) != Crc32.HashToUInt32(span[..^PayloadFormat.ChecksumLength]))
            throw new PayloadException("The payload is not what was written: its checksum differs.");
        using var reader = new ValueReader(bytes[PayloadFormat.HeaderLength..^PayloadFormat.ChecksumLength], _model, _byName);
        try
        {
            return reader.ReadAll();
        }
#pragma warning disable CA1031 // Bytes are not trusted: whatever they make protobuf-net, a constructor or a user's own type throw, the entry is a miss.
        catch (Exception exception) when (exception is not PayloadException and not OutOfMemoryException)
#pragma warning restore CA1031
        {
            throw new PayloadException("The payload cannot be read.", exception);
        }
    }
}
