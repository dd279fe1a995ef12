using System.Buffers;

namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// Turns payloads, and the parts of keys, into bytes that other processes can read, and back. Equal values give equal bytes in every
/// process. Implementations are thread-safe.
/// </summary>
internal interface IPayloadCodec
{
    /// <summary>Writes a value with all that is needed to read it again.</summary>
    /// <returns>Null when done; otherwise the type that cannot be carried, and what was written is void.</returns>
    System.Type? Encode(object? value, IBufferWriter<byte> output);

    /// <summary>Reads what <see cref="Encode"/> wrote, and nothing else: bytes are not trusted (I13).</summary>
    /// <exception cref="PayloadException">The bytes are foreign, truncated, corrupt, or of another version.</exception>
    object? Decode(ReadOnlyMemory<byte> bytes);
}
