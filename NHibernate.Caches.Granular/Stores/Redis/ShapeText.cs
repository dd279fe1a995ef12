using System.Buffers.Binary;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// Shapes and stamp keys in the form in which they are kept on a server: other processes must make the same shape of it, whatever is in the
/// names. Thread-safe: stateless.
/// </summary>
internal static class ShapeText
{
    /// <summary>The table, the compared columns, and the referenced ones, or a mark for all; each with its length before it.</summary>
    public static byte[] Of(Shape shape)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(shape.Table.Name);
        Write(writer, shape.EqualityColumns);
        writer.Write(shape.Referenced.IsAll);
        if (!shape.Referenced.IsAll)
            Write(writer, shape.Referenced.Names);
        writer.Flush();
        return stream.ToArray();
    }

    /// <param name="text">The key of a shape, and what was registered under it.</param>
    /// <returns>Null when it is none, or not the one with this key: from another release, or not as it was written.</returns>
    public static Shape? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(text[KeyLength..].ToArray(), writable: false));
            var table = new TableId(reader.ReadString());
            var equality = ReadNames(reader);
            var shape = new Shape(table, equality, reader.ReadBoolean() ? ColumnSet.All : ColumnSet.Of(ReadNames(reader)));
            return text[..KeyLength].SequenceEqual(Of(shape.Key)) ? shape : null;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    public static byte[] Of(StampKey key)
    {
        var bytes = new byte[KeyLength];
        Write(key, bytes);
        return bytes;
    }

    /// <summary>One after the other, without anything between them: every key has <see cref="KeyLength"/> bytes.</summary>
    public static byte[] Of(IReadOnlyCollection<StampKey> keys)
    {
        var bytes = new byte[keys.Count * KeyLength];
        var at = 0;
        foreach (var key in keys)
        {
            Write(key, bytes.AsSpan(at));
            at += KeyLength;
        }
        return bytes;
    }

    public const int KeyLength = 16;

    /// <summary>The key that these bytes begin with.</summary>
    public static StampKey KeyAt(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    private static void Write(StampKey key, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, key.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], key.Low);
    }

    private static void Write(BinaryWriter writer, ImmutableArray<string> names)
    {
        writer.Write7BitEncodedInt(names.Length);
        foreach (var name in names)
            writer.Write(name);
    }

    private static string[] ReadNames(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        if (count is < 0 or > 100_000)
            throw new FormatException("What Redis holds as a query's shape is none.");
        var names = new string[count];
        for (var i = 0; i < count; i++)
            names[i] = reader.ReadString();
        return names;
    }
}
