using System.Collections;
using System.Numerics;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Intercept;
using NHibernate.Properties;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>The values whose bytes are kept in Golden, one file for each. Thread-safe: immutable.</summary>
internal static class GoldenPayloads
{
    public static PayloadCodec Codec { get; } = new(new PayloadTypes().Register<Money>("money").Register("version", (Version version) => [(byte)version.Major, (byte)version.Minor], bytes => new Version(bytes[0], bytes[1])));

    public static IReadOnlyDictionary<string, object?> All { get; } = new Dictionary<string, object?>
    {
        ["constants"] = new object?[] { null, false, true, LazyPropertyInitializer.UnfetchedProperty, BackrefPropertyAccessor.Unknown, DBNull.Value },
        ["integers"] = new object?[] { 1, -1, 300L, (short)-300, (byte)200, (sbyte)-100, (ushort)60_000, 4_000_000_000u, 18_000_000_000_000_000_000ul, 'x' },
        ["numbers"] = new object?[] { 12.340m, -79228162514264337593543950335m, 0.5d, -0d, 0.25f, BigInteger.Pow(2, 100) },
        ["text"] = new object?[] { "", "plain", "ä€𝄞", "half \uD834", new Uri("https://example.org/?a=b"), new Uri("a/b", UriKind.Relative) },
        ["times"] = new object?[]
        {
            new DateTime(2024, 2, 29, 12, 30, 15, 123, DateTimeKind.Unspecified), new DateTime(2024, 2, 29, 12, 30, 15, DateTimeKind.Utc), new DateTime(2024, 2, 29, 12, 30, 15, DateTimeKind.Local),
            new DateTimeOffset(2024, 2, 29, 12, 30, 15, TimeSpan.FromHours(-9.5)), TimeSpan.FromMinutes(-90), new DateOnly(2024, 2, 29), new TimeOnly(12, 30, 15),
        },
        ["bytes"] = new object?[] { Array.Empty<byte>(), new byte[] { 1, 2, 255 }, new Guid("00112233-4455-6677-8899-aabbccddeeff") },
        ["collections"] = new object?[] { Array.Empty<object>(), new List<object?> { "a" }, new ArrayList { 1 }, new Hashtable { ["b"] = 2, ["a"] = 1 }, new[] { "a", "b" }, new[] { 1, 2, 3, 4, 5 }, new[] { true } },
        ["identifiers"] = new List<object?> { 638_000_000_000_000_000L, 1, 2, 3, 64, 65, 1_000, -5 },
        ["rows"] = new List<object?> { new object?[] { 5L, new object?[] { "id", "name" } }, new object?[] { 1L, "first", 1.50m, null, true }, new object?[] { 2L, "second", 2.50m, new DateTime(2024, 2, 29), false } },
        ["entity"] = new CachedItem
        {
            FreshTimestamp = long.MinValue,
            Version = 3,
            Value = new CacheEntry { Subclass = "Zoo.Animal", Version = 3, DisassembledState = ["Felix", (short)1, new object?[] { "east", 2 }, null, LazyPropertyInitializer.UnfetchedProperty, new AnyType.ObjectTypeCacheEntry { EntityName = "Zoo.Keeper", Id = 7 }] },
        },
        ["collection"] = new CachedItem { FreshTimestamp = long.MinValue, Value = new CollectionCacheEntry { State = ["a", null, "b"] } },
        ["full"] = new FullResult(
            new List<object?> { 1L, new object?[] { 7, 3, 7 }, new object?[] { 8, null, 8 } },
            [
                new HeldEntity(7, new CacheEntry { Subclass = "Zoo.Animal", DisassembledState = [1, "Felix", 3, LazyPropertyInitializer.UnfetchedProperty] }),
                new HeldEntity(8, new CacheEntry { Subclass = "Zoo.Animal", DisassembledState = [2, "Leo", null, "shy"] }),
                new HeldEntity(3, new CacheEntry { Subclass = "Zoo.Keeper", DisassembledState = ["Ann"] }),
            ],
            [new HeldCollection("Zoo.Animal.Names", 7, new CollectionCacheEntry { State = ["a", "b"] }), new HeldCollection("Zoo.Animal.Names", 8, new CollectionCacheEntry { State = [] })],
            isUnproven: true),
        ["registered"] = new object?[] { new Money(0m, "EUR"), new Version(5, 7) },
        ["key"] = new object?[] { 2, "queries", new object?[] { "select a from b where c = ", null, " and d = '?'" }, null, new object?[] { null, -1, -1, false, 1, "Int32", 7 } },
    };
}
