using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// An entry as it is kept on a server: what decides its validity, in a form that scripts read; its key in full; a checksum of both, since what is
/// wrong there would make it ignore changes; its payload, which has its own. The scripts put four bytes of format and three moments before it. See <c>docs/wire-format.md</c>. Thread-safe: stateless.
/// </summary>
internal static class EntryEnvelope
{
    private const int BeforeEpoch = 28;
    private const int EpochLength = 32;
    private const int ChecksumLength = 4;
    private const int BeforeKeys = BeforeEpoch + EpochLength + 8 + 2 + 2;

    /// <summary>What the script is to store after the moments. There are at most 65,535 dependencies.</summary>
    public static byte[] Write(RemoteSequence sequence, Dependencies dependencies, ShapeKnowledge shapes, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        var (stamps, births) = Resolve(dependencies, shapes);
        var output = new ArrayBufferWriter<byte>(128 + (ShapeText.KeyLength * (stamps.Count + births.Count)) + key.Length + payload.Length);
        Encoding.ASCII.GetBytes(sequence.Epoch, output.GetSpan(EpochLength));
        output.Advance(EpochLength);
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), sequence.Sequence);
        output.Advance(8);
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)stamps.Count);
        output.Advance(2);
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)births.Count);
        output.Advance(2);
        output.Write(ShapeText.Of(stamps));
        output.Write(ShapeText.Of(births));
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), key.Length);
        output.Advance(4);
        output.Write(key);
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(ChecksumLength), Crc32.HashToUInt32(output.WrittenSpan));
        output.Advance(ChecksumLength);
        output.Write(payload);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The head with the keys of what the entry depends on.</summary>
    /// <exception cref="PayloadException">The entry is shorter than it says.</exception>
    public static ReadOnlyMemory<byte> Head(ReadOnlyMemory<byte> entry) => entry[..EndOfHead(entry.Span)];

    /// <summary>The payload, if the entry has this key.</summary>
    /// <returns>Null when it belongs to another key with the same hash.</returns>
    /// <exception cref="PayloadException">The entry is shorter than it says, or not as it was written.</exception>
    public static ReadOnlyMemory<byte>? PayloadOf(ReadOnlyMemory<byte> entry, ReadOnlySpan<byte> key)
    {
        var at = EndOfHead(entry.Span);
        if (entry.Length < at + 4)
            throw new PayloadException("The entry ends before its key.");
        var length = BinaryPrimitives.ReadInt32BigEndian(entry.Span[at..]);
        at += 4;
        if (length < 0 || length > entry.Length - at - ChecksumLength)
            throw new PayloadException("The entry ends within its key.");
        var end = at + length;
        if (BinaryPrimitives.ReadUInt32BigEndian(entry.Span[end..]) != Crc32.HashToUInt32(entry.Span[BeforeEpoch..end]))
            throw new PayloadException("What the entry depends on is not what was written: its checksum differs.");
        return entry.Span[at..end].SequenceEqual(key) ? entry[(end + ChecksumLength)..] : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>What is in a head: the entry's sequence, and the keys of the stamps and shapes that it depends on.</summary>
    /// <exception cref="PayloadException">It is shorter than it says.</exception>
    public static (RemoteSequence Sequence, IReadOnlySet<StampKey> Stamps) DependenciesOf(ReadOnlyMemory<byte> head)
    {
        var end = EndOfHead(head.Span);
        var sequence = new RemoteSequence(Encoding.ASCII.GetString(head.Span.Slice(BeforeEpoch, EpochLength)), BinaryPrimitives.ReadInt64BigEndian(head.Span[(BeforeEpoch + EpochLength)..]));
        var stamps = new HashSet<StampKey>();
        for (var at = BeforeKeys; at < end; at += ShapeText.KeyLength)
            stamps.Add(ShapeText.KeyAt(head.Span[at..]));
        return (sequence, stamps);
    }

    private static int EndOfHead(ReadOnlySpan<byte> entry)
    {
        if (entry.Length < BeforeKeys)
            throw new PayloadException("The entry ends within its head.");
        var count = BinaryPrimitives.ReadUInt16BigEndian(entry[(BeforeKeys - 4)..]) + BinaryPrimitives.ReadUInt16BigEndian(entry[(BeforeKeys - 2)..]);
        var end = BeforeKeys + (count * ShapeText.KeyLength);
        return entry.Length >= end ? end : throw new PayloadException("The entry ends within the keys of what it depends on.");
    }

    private static (List<StampKey> Stamps, List<StampKey> Births) Resolve(Dependencies dependencies, ShapeKnowledge shapes)
    {
        var (stamps, births) = (new HashSet<StampKey>(dependencies.Keys), new HashSet<StampKey>());
        foreach (var use in dependencies.Uses)
        {
            var (shape, conjunctions) = shapes.Resolve(use);
            stamps.UnionWith(conjunctions);
            if (shape is not null)
                births.Add(shape.Key);
        }
        return ([.. stamps], [.. births]);
    }
}
