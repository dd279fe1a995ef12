using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>The Redis protocol, versions 2 and 3, as far as a server and its clients speak it today. Thread-safe: stateless.</summary>
internal static class Resp
{
    public static byte[] Request(params IReadOnlyList<string> command)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Count}\r\n");
        foreach (var argument in command)
            text.Append(CultureInfo.InvariantCulture, $"${argument.Length}\r\n{argument}\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>Reads one value from the front.</summary>
    /// <param name="length">How many bytes it took.</param>
    /// <returns>Null while it is not complete.</returns>
    /// <exception cref="InvalidDataException">This is not the protocol.</exception>
    public static RedisReply? Read(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        var end = bytes.IndexOf("\r\n"u8);
        if (end < 0)
            return null;
        if (end == 0)
            throw new InvalidDataException("Empty line where a value should begin.");
        length = end + 2;
        var kind = (char)bytes[0];
        var line = bytes[1..end];
        return kind switch
        {
            '+' or '-' or ':' or ',' or '#' or '(' => new RedisReply(kind, Encoding.Latin1.GetString(line), []),
            '_' => new RedisReply(kind, null, []),
            '$' or '=' or '!' => ReadBulk(kind, Number(line), bytes, ref length),
            '*' or '~' or '>' => ReadItems(kind, Number(line), bytes, ref length),
            '%' or '|' => ReadItems(kind, Number(line) * 2, bytes, ref length),
            _ => throw new InvalidDataException($"Unknown kind of value '{kind}'."),
        };
    }

    private static RedisReply? ReadBulk(char kind, int size, ReadOnlySpan<byte> bytes, ref int length)
    {
        if (size < 0)
            return new RedisReply(kind, null, []);
        if (bytes.Length < length + size + 2)
            return null;
        var text = Encoding.Latin1.GetString(bytes.Slice(length, size));
        length += size + 2;
        return new RedisReply(kind, text, []);
    }

    private static RedisReply? ReadItems(char kind, int count, ReadOnlySpan<byte> bytes, ref int length)
    {
        if (count < 0)
            return new RedisReply(kind, null, []);
        var items = new RedisReply[count];
        for (var i = 0; i < count; i++)
        {
            if (Read(bytes[length..], out var item) is not { } value)
                return null;
            items[i] = value;
            length += item;
        }
        return new RedisReply(kind, null, items);
    }

    private static int Number(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line, out int number, out var used) && used == line.Length
            ? number
            : throw new InvalidDataException($"'{Encoding.Latin1.GetString(line)}' is no length.");
}
