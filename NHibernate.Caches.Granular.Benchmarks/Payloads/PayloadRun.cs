using System.Buffers;
using System.Globalization;
using NHibernate.Caches.Granular.Serialization;

namespace NHibernate.Caches.Granular.Benchmarks.Payloads;

/// <summary>
/// How many bytes does a payload take, and how long to write and to read it again, beside JSON? No database takes part. Asserts that
/// both give back what JSON gave back: the same values. Thread-safe: stateless.
/// </summary>
internal static class PayloadRun
{
    public static void Ask()
    {
        var json = new JsonPayloads();
        var codec = new PayloadCodec(new PayloadTypes());
        Console.WriteLine("| Payload | Variant | Bytes | Ratio | Write and read | Ratio | Allocated | Ratio |\n|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, value) in PayloadSamples.All)
        {
            var bytes = (Json: json.Encode(value), Codec: Encode(codec, value));
            AssertThatVariantsAgree(name, bytes.Json, json.Encode(json.Decode(bytes.Json)!), json.Encode(codec.Decode(bytes.Codec)!));
            var medians = PairedRun.Medians([() => json.Decode(json.Encode(value))!, () => codec.Decode(Encode(codec, value))!]);
            Print($"{name} | `JsonPayloads`", bytes.Json.Length, bytes.Json.Length, medians[0], medians[0]);
            Print(" | `PayloadCodec`", bytes.Codec.Length, bytes.Json.Length, medians[1], medians[0]);
        }
    }

    private static byte[] Encode(PayloadCodec codec, object value)
    {
        var output = new ArrayBufferWriter<byte>(1_024);
        if (codec.Encode(value, output) is { } refused)
            throw new InvalidOperationException($"The payload holds a {refused}, which is not carried.");
        return output.WrittenSpan.ToArray();
    }

    private static void AssertThatVariantsAgree(string name, byte[] expected, params byte[][] answers)
    {
        if (Array.Exists(answers, answer => !answer.AsSpan().SequenceEqual(expected)))
            throw new InvalidOperationException($"The variants do not agree about {name}.");
    }

    private static void Print(string name, int bytes, int ofJson, PairedRun.Turn turn, PairedRun.Turn turnOfJson) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {bytes} | {(double)bytes / ofJson:F2} | {turn.Microseconds:F1} µs | {turn.Microseconds / turnOfJson.Microseconds:F2} | {turn.Bytes / 1024:F1} KB | {turn.Bytes / turnOfJson.Bytes:F2} |"));
}
