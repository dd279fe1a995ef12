using System.Collections;
using System.Numerics;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Intercept;
using NHibernate.Properties;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>What goes in comes out, of the very type, with all that tells it apart; and what cannot is refused, not changed.</summary>
public sealed class PayloadCodecTests
{
    private static IEnumerable<object?> Values =>
    [
        null, true, false, LazyPropertyInitializer.UnfetchedProperty, BackrefPropertyAccessor.Unknown, DBNull.Value,
        0, 1, -1, int.MinValue, int.MaxValue, 0L, long.MinValue, long.MaxValue, (short)-7, short.MinValue, (byte)255, sbyte.MinValue,
        ushort.MaxValue, uint.MaxValue, ulong.MaxValue, 'a', '\0', '\uFFFF', '\uD800',
        0m, 1.0m, 1.00m, -0.0m, -1.5m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m,
        0d, -0d, double.NaN, BitConverter.UInt64BitsToDouble(0xFFF8_0000_0000_0001), double.NegativeInfinity, double.Epsilon, double.MaxValue,
        0f, -0f, float.NaN, BitConverter.UInt32BitsToSingle(0x7F80_0001), float.PositiveInfinity, float.Epsilon,
        "", "a", "ä€𝄞", "\0", "\uFFFD", "\uD834", "a\uDD1Eb", "\uDD1E\uD834", new string('x', 5_000),
        DateTime.MinValue, DateTime.MaxValue, new DateTime(2024, 2, 29, 1, 2, 3, 4, DateTimeKind.Utc), new DateTime(2024, 3, 31, 2, 30, 0, DateTimeKind.Local),
        DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromMinutes(-570)), new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(14)),
        TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, DateOnly.MinValue, DateOnly.MaxValue, TimeOnly.MinValue, TimeOnly.MaxValue,
        Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff"), BigInteger.Zero, BigInteger.Pow(-3, 200),
        new Uri("https://example.org/a?b=%20c#d"), new Uri("a/b c", UriKind.Relative), new Uri("", UriKind.Relative),
        Array.Empty<byte>(), new byte[] { 0, 255 }, new byte[100_000], new sbyte[] { -1 }, new[] { 1, 2 }, new[] { 1, 2, 3, 4, 5 }, Array.Empty<long>(), new string?[] { "a", null }, new[] { true, false }, new[] { 1.10m }, new[] { new byte[] { 1 }, [2] },
        Array.Empty<object>(), new object?[] { 1, null, "a", new object?[] { 2L, Array.Empty<object>() } }, new List<object?>(), new List<object?> { 1L, null }, new ArrayList { 1, "b" },
        new Hashtable(), new Hashtable { ["b"] = 1, ["a"] = new object?[] { null }, ["_version"] = null },
    ];

    private static IEnumerable<TestCaseData> NotCarried => new object[]
    {
        new object(), typeof(string), DayOfWeek.Monday, new[] { DayOfWeek.Monday }, new Version(1, 2), new List<int> { 1 }, new Dictionary<string, object>(), new int?[] { 1 }, new int[1, 1], new object[1, 1],
        new Derived(), new CacheLock(), new Hashtable { [1] = 2 }, new Cache.Entry.CacheEntry { Subclass = "Cat" }, new Cache.Entry.CollectionCacheEntry(), new Uri("a\uD800b", UriKind.Relative),
    }.Select(value => new TestCaseData(value).SetArgDisplayNames(value.GetType().Name));

    [TestCaseSource(nameof(Values))]
    public void Value_comes_back_as_it_was(object? value) =>
        Assert.That(PayloadText.Of(Payloads.Codec.Decode(Payloads.Codec.Bytes(value))), Is.EqualTo(PayloadText.Of(value)));

    [Test]
    public void Values_that_differ_have_different_bytes()
    {
        var bytes = Values.Select(value => Convert.ToHexString(Payloads.Codec.Bytes(value))).ToList();

        Assert.That(bytes, Is.Unique);
    }

    [TestCaseSource(nameof(Values))]
    public void Another_codec_writes_the_same_bytes(object? value) =>
        Assert.That(new PayloadCodec(new PayloadTypes()).Bytes(value), Is.EqualTo(Payloads.Codec.Bytes(value)));

    [TestCaseSource(nameof(NotCarried))]
    public void Value_of_another_type_is_refused_wherever_it_stands(object value)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Payloads.Codec.Refused(value), Is.EqualTo(value.GetType()));
            Assert.That(Payloads.Codec.Refused(new List<object?> { 1L, new[] { "a", value } }), Is.EqualTo(value.GetType()));
            Assert.That(Payloads.Codec.Refused(new CachedItem { Value = value }), Is.EqualTo(value.GetType()));
        });
    }

    [Test]
    public void Codec_is_of_use_after_a_refusal()
    {
        Payloads.Codec.Refused(new object?[] { new string('x', 10_000), new object() });

        Assert.That(Payloads.Codec.Decode(Payloads.Codec.Bytes(7)), Is.EqualTo(7));
    }

    [Test]
    public void Hash_table_has_the_same_bytes_in_whatever_order_it_is()
    {
        // Its order depends on its room.
        var tables = new[] { 0, 50, 1_000, 20_000 }.Select(capacity =>
        {
            var table = new Hashtable(capacity);
            for (var key = 0; key < 40; key++)
                table[$"key {key}"] = key;
            return Convert.ToHexString(Payloads.Codec.Bytes(table));
        });

        Assert.That(tables.Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase(3)]
    [TestCase(4)]
    [TestCase(300)]
    public void Neighbouring_integers_come_back_each_of_its_own_type(int count)
    {
        var row = Enumerable.Range(0, count).Select(object? (i) => i - 2).Append(null).Concat(Enumerable.Range(0, count).Select(object? (i) => 1L << (i % 60))).Append("end").ToArray();

        Assert.That(PayloadText.Of(Payloads.Codec.Decode(Payloads.Codec.Bytes(row))), Is.EqualTo(PayloadText.Of(row)));
    }

    [Test]
    public void List_of_a_hundred_identifiers_takes_little_more_than_they_do()
    {
        var result = new List<object?> { 638_000_000_000_000_000L };
        result.AddRange(Enumerable.Range(1, 100).Cast<object?>());

        // Two of the frame, six of the frame's end and the list, ten of the time, three of the run; an identifier takes one, from 64 on two.
        Assert.That(Payloads.Codec.Bytes(result), Has.Length.LessThanOrEqualTo(165));
    }

    [Test]
    public void Value_that_is_nested_too_deep_is_refused()
    {
        object? Nested(int depth) => depth == 0 ? 1 : new object?[] { Nested(depth - 1) };
        var itself = new List<object?>();
        itself.Add(itself);

        Assert.Multiple(() =>
        {
            Assert.That(Payloads.Codec.Refused(Nested(PayloadFormat.MaxDepth - 1)), Is.Null);
            Assert.That(() => Payloads.Codec.Decode(Payloads.Codec.Bytes(Nested(PayloadFormat.MaxDepth - 1))), Throws.Nothing);
            Assert.That(Payloads.Codec.Refused(Nested(PayloadFormat.MaxDepth)), Is.EqualTo(typeof(int)));
            Assert.That(Payloads.Codec.Refused(itself), Is.EqualTo(typeof(List<object>)));
        });
    }

    [Test]
    public void Bytes_stand_behind_what_the_output_has_already()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Payloads.Codec.Encode("first", output);
        var first = output.WrittenCount;
        Payloads.Codec.Encode("second", output);

        Assert.That(Payloads.Codec.Decode(output.WrittenMemory[first..]), Is.EqualTo("second"));
        Assert.That(Payloads.Codec.Decode(output.WrittenMemory[..first]), Is.EqualTo("first"));
    }

    [Test]
    public void Payload_of_another_version_is_refused()
    {
        var bytes = Payloads.Codec.Bytes(7);
        bytes[1]++;

        Assert.That(() => Payloads.Codec.Decode(Payloads.Mended(bytes)), Throws.InstanceOf<PayloadException>().With.Message.EqualTo($"The payload is of version {PayloadFormat.Version + 1}, and this process reads version {PayloadFormat.Version}."));
    }

    [Test]
    public void Bytes_without_the_mark_are_refused()
    {
        var bytes = Payloads.Codec.Bytes(7);
        bytes[0]++;

        Assert.That(() => Payloads.Codec.Decode(Payloads.Mended(bytes)), Throws.InstanceOf<PayloadException>().With.Message.EqualTo("These bytes are not a payload."));
    }

    private sealed class Derived : List<object?>;
}
