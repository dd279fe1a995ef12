using System.Buffers.Binary;
using System.Text;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// The settings of a store in the form in which every script takes them first: those of <c>clock.lua</c>, and behind them those of
/// <c>stamps.lua</c>, which a script for entries alone does not look at. They are made once for each life of the stamps. Thread-safe.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="life">The life of the stamps that this process knew last; null for one that knows none.</param>
internal sealed class ScriptSettings(RedisStoreOptions options, Func<string>? life = null)
{
    private const int WithoutLife = 52;

    private volatile Written? _last;

    public byte[] Block
    {
        get
        {
            var (lived, offset) = (life?.Invoke() ?? "", options.ClockOffset());
            var last = _last;
            if (last?.Life != lived || last.Offset != offset)
                _last = last = new Written(lived, offset, Write(lived, offset));
            return last.Block;
        }
    }

    private byte[] Write(string lived, TimeSpan offset)
    {
        var block = new byte[WithoutLife + lived.Length];
        BinaryPrimitives.WriteInt64BigEndian(block, (long)offset.TotalMilliseconds);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(8), (long)options.MaxTimeToLive.TotalMilliseconds);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(16), options.MaxStamps);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(20), options.MaxShapesPerTable);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(24), options.Database);
        ShapeText.Of(StampKey.Scope).CopyTo(block, 28);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(44), (long)options.Seclusion.TotalMilliseconds);
        Encoding.ASCII.GetBytes(lived, block.AsSpan(WithoutLife));
        return block;
    }

    private sealed record Written(string Life, TimeSpan Offset, byte[] Block);
}
