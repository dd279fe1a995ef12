using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using NHibernate.Caches.Granular.Serialization;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>Short forms of what tests of payloads do all the time. Thread-safe: stateless.</summary>
internal static class Payloads
{
    public static PayloadCodec Codec { get; } = new(new PayloadTypes());

    public static byte[] Bytes(this PayloadCodec codec, object? value)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.That(codec.Encode(value, output), Is.Null, "the type that is not carried");
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The type that is not carried, or null.</summary>
    public static System.Type? Refused(this PayloadCodec codec, object? value) => codec.Encode(value, new ArrayBufferWriter<byte>());

    /// <summary>Bytes with a checksum as if they had been written so.</summary>
    public static byte[] Mended(ReadOnlySpan<byte> bytes)
    {
        byte[] mended = [.. bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(^PayloadFormat.ChecksumLength..), Crc32.HashToUInt32(mended.AsSpan(..^PayloadFormat.ChecksumLength)));
        return mended;
    }

    /// <summary>A payload of this body, which no value may have.</summary>
    public static byte[] Framed(params byte[] body) =>
        Mended([PayloadFormat.Mark, PayloadFormat.Version, .. body, .. new byte[PayloadFormat.ChecksumLength]]);
}
