using System.Buffers;
using System.Text;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

internal sealed class StubCodec : IPayloadCodec
{
    public System.Type? Encode(object? value, IBufferWriter<byte> output)
    {
        output.Write(Encoding.UTF8.GetBytes(Text(value)));
        return null;
    }

    public object? Decode(ReadOnlyMemory<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Span);
        return text[0] == 'i' ? int.Parse(text[1..], CultureInfo.InvariantCulture) : text[1..];
    }

    private static string Text(object? value) => value switch { null => "n", int number => "i" + number, object?[] array => "[" + string.Join("|", array.Select(Text)) + "]", _ => "s" + value };
}
