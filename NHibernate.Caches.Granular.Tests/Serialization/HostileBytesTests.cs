using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>
/// Bytes that nobody wrote: whatever they are, reading them gives a value or a <see cref="PayloadException"/>, in little memory (I13).
/// </summary>
public sealed class HostileBytesTests
{
    private const int Cases = 4_000;

    private static readonly byte[][] s_payloads = [.. GoldenPayloads.All.Select(golden => GoldenPayloads.Codec.Bytes(golden.Value))];

    [Test]
    public void Payload_that_is_cut_off_anywhere_is_refused()
    {
        foreach (var payload in s_payloads)
        {
            for (var length = 0; length < Math.Min(payload.Length, 1_000); length++)
                AssertRefused(payload.AsSpan(..length));
        }
    }

    [Test]
    public void Payload_with_any_bit_flipped_is_refused()
    {
        foreach (var payload in s_payloads)
        {
            for (var bit = 0; bit < Math.Min(8 * payload.Length, 4_000); bit++)
            {
                byte[] flipped = [.. payload];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                AssertRefused(flipped);
            }
        }
    }

    [Test]
    public void Payload_with_more_bytes_behind_it_is_refused() => Assert.Multiple(() =>
    {
        AssertRefused([.. s_payloads[0], 0]);
        AssertRefused(Payloads.Framed(0x10, 0x02, 0x10, 0x02));
    });

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Changed_payloads_with_a_mended_checksum_give_a_value_or_are_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Cases; i++)
            Read(Payloads.Mended(Changed(s_payloads[random.Next(s_payloads.Length)], random)), $"seed {seed}, case {i}");
    }

    [TestCase(4)]
    public void Random_bytes_with_a_checksum_give_a_value_or_are_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Cases; i++)
        {
            var body = new byte[random.Next(200)];
            random.NextBytes(body);
            // Headers of the tags there are, or random ones would seldom lead anywhere.
            for (var j = 0; j < body.Length; j += random.Next(1, 6))
                body[j] = (byte)((random.Next(1, 16) << 3) | random.Next(6));
            Read(Payloads.Framed(body), $"seed {seed}, case {i}");
        }
    }

    [Test]
    public void Count_of_more_items_than_there_are_bytes_is_refused_before_anything_is_allocated()
    {
        // A list, an array, a hash table, an entity of two billion items; and arrays within arrays that each claim all that is left.
        foreach (var header in new[] { 0x30, 0x28, 0x38, 0x48 })
            Assert.That(Allocated(() => AssertRefused(Payloads.Framed((byte)header, 0xFF, 0xFF, 0xFF, 0xFF, 0x07))), Is.LessThan(100_000));
        byte[] claims = [.. Enumerable.Repeat(new byte[] { 0x28, 0x80, 0x80, 0x04 }, 60).SelectMany(claim => claim), .. new byte[70_000]];
        Assert.That(Allocated(() => AssertRefused(Payloads.Framed(claims))), Is.LessThan(2_000_000));
    }

    [Test]
    public void Length_of_more_bytes_than_there_are_is_refused_before_anything_is_allocated()
    {
        // Text, bytes, and packed integers.
        foreach (var header in new byte[][] { [0x22], [0x72], [0x28, 0x05, 0x9A, 0x02] })
            Assert.That(Allocated(() => AssertRefused(Payloads.Framed([.. header, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]))), Is.LessThan(200_000));
    }

    [Test]
    public void Payload_that_is_nested_too_deep_is_refused()
    {
        byte[] Nested(int depth) => Payloads.Framed([.. Enumerable.Repeat(new byte[] { 0x28, 0x01 }, depth).SelectMany(array => array), 0x08, 0x00]);

        Assert.That(() => Payloads.Codec.Decode(Nested(PayloadFormat.MaxDepth - 1)), Throws.Nothing);
        AssertRefused(Nested(PayloadFormat.MaxDepth));
        AssertRefused(Nested(100_000));
    }

    [Test]
    public void Type_that_is_named_but_not_registered_is_not_created()
    {
        var bytes = GoldenPayloads.Codec.Bytes(GoldenPayloads.All["registered"]);

        Assert.That(() => Payloads.Codec.Decode(bytes), Throws.InstanceOf<PayloadException>().With.Message.EqualTo("The payload holds a type under a name that is not registered here."));
    }

    [TestCase("Integer beyond its type", new byte[] { 0x10, 0x80, 0x80, 0x80, 0x80, 0x10 })]
    [TestCase("Constant that is not known", new byte[] { 0x08, 0x63 })]
    [TestCase("Tag that is not known", new byte[] { 0xF8, 0x06, 0x00 })]
    [TestCase("Time beyond time", new byte[] { 0x59, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [TestCase("Half of a guid", new byte[] { 0x51, 1, 2, 3, 4, 5, 6, 7, 8 })]
    [TestCase("Half of a guid before another value", new byte[] { 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x02 })]
    [TestCase("Hash table with one key twice", new byte[] { 0x88, 0x02, 0x02, 0x88, 0x02, 0x02 })]
    public void Body_that_means_nothing_is_refused(string what, byte[] body) =>
        Assert.That(() => Payloads.Codec.Decode(Payloads.Framed(body)), Throws.InstanceOf<PayloadException>(), what);

    private static byte[] Changed(byte[] payload, Random random)
    {
        List<byte> changed = [.. payload];
        for (var changes = random.Next(1, 4); changes > 0 && changed.Count > PayloadFormat.HeaderLength + PayloadFormat.ChecksumLength + 1; changes--)
        {
            var at = random.Next(PayloadFormat.HeaderLength, changed.Count - PayloadFormat.ChecksumLength);
            switch (random.Next(5))
            {
                case 0:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 2:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    changed.RemoveAt(at);
                    break;
                default:
                    changed.RemoveRange(at, changed.Count - PayloadFormat.ChecksumLength - at);
                    break;
            }
        }
        return [.. changed];
    }

    private static void Read(byte[] bytes, string which)
    {
        Exception? thrown = null;
        var allocated = Allocated(() =>
        {
            try
            {
                GoldenPayloads.Codec.Decode(bytes);
            }
#pragma warning disable CA1031 // What is thrown is what is tested.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                thrown = exception;
            }
        });
        Assert.That(thrown, Is.Null.Or.InstanceOf<PayloadException>(), $"{which}: {Convert.ToHexString(bytes)}");
        Assert.That(allocated, Is.LessThan(200_000 + 64L * bytes.Length), $"{which}: {Convert.ToHexString(bytes)}");
    }

    private static long Allocated(System.Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void AssertRefused(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = [.. bytes];
        try
        {
            GoldenPayloads.Codec.Decode(copy);
        }
        catch (PayloadException)
        {
            return;
        }
        Assert.Fail($"{Convert.ToHexString(copy)} was read.");
    }
}
