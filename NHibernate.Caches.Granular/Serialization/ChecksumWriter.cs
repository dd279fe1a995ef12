using System.Buffers;
using System.IO.Hashing;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>Passes on what is written and sums it up on the way. Not thread-safe: belongs to one payload.</summary>
internal sealed class ChecksumWriter(IBufferWriter<byte> output) : IBufferWriter<byte>
{
    private readonly Crc32 _sum = new();
    private Memory<byte> _handed;

    public uint Checksum => _sum.GetCurrentHashAsUInt32();

    public void Advance(int count)
    {
        _sum.Append(_handed.Span[..count]);
        _handed = _handed[count..];
        output.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _handed = output.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
