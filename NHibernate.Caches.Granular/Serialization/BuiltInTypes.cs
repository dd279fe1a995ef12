using System.Collections;
using System.Collections.Frozen;
using System.Numerics;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Intercept;
using NHibernate.Properties;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// The types that every payload may hold: what NHibernate's own types disassemble to, and the forms it caches. A value is of such a
/// type or it is not: a subclass may mean more than its base. Thread-safe: immutable.
/// </summary>
internal static class BuiltInTypes
{
    private static readonly FrozenDictionary<System.Type, PayloadTag> s_plain = new Dictionary<System.Type, PayloadTag>
    {
        [typeof(bool)] = PayloadTag.Constant,
        [typeof(int)] = PayloadTag.Int32,
        [typeof(long)] = PayloadTag.Int64,
        [typeof(string)] = PayloadTag.String,
        [typeof(Guid)] = PayloadTag.Guid,
        [typeof(DateTime)] = PayloadTag.DateTime,
        [typeof(decimal)] = PayloadTag.Decimal,
        [typeof(double)] = PayloadTag.Double,
        [typeof(byte[])] = PayloadTag.Bytes,
        [typeof(short)] = PayloadTag.Int16,
        [typeof(byte)] = PayloadTag.Byte,
        [typeof(sbyte)] = PayloadTag.SByte,
        [typeof(ushort)] = PayloadTag.UInt16,
        [typeof(uint)] = PayloadTag.UInt32,
        [typeof(ulong)] = PayloadTag.UInt64,
        [typeof(char)] = PayloadTag.Char,
        [typeof(float)] = PayloadTag.Single,
        [typeof(DateTimeOffset)] = PayloadTag.DateTimeOffset,
        [typeof(TimeSpan)] = PayloadTag.TimeSpan,
        [typeof(DateOnly)] = PayloadTag.DateOnly,
        [typeof(TimeOnly)] = PayloadTag.TimeOnly,
        [typeof(BigInteger)] = PayloadTag.BigInteger,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<System.Type, PayloadTag> s_all = s_plain.Concat(new Dictionary<System.Type, PayloadTag>
    {
        [typeof(UnfetchedLazyProperty)] = PayloadTag.Constant,
        [typeof(UnknownBackrefProperty)] = PayloadTag.Constant,
        [typeof(DBNull)] = PayloadTag.Constant,
        [typeof(object[])] = PayloadTag.Array,
        [typeof(List<object>)] = PayloadTag.List,
        [typeof(CacheEntry)] = PayloadTag.Entity,
        [typeof(CachedItem)] = PayloadTag.Item,
        [typeof(CollectionCacheEntry)] = PayloadTag.Collection,
        [typeof(Uri)] = PayloadTag.AbsoluteUri,
        [typeof(AnyType.ObjectTypeCacheEntry)] = PayloadTag.AnyReference,
        [typeof(ArrayList)] = PayloadTag.ArrayList,
        [typeof(Hashtable)] = PayloadTag.Hashtable,
        [typeof(FullResult)] = PayloadTag.FullResult,
    }).Concat(s_plain.Keys.Select(plain => KeyValuePair.Create(plain.MakeArrayType(), PayloadTag.TypedArray)).Where(array => !s_plain.ContainsKey(array.Key)))
      .ToFrozenDictionary();

    private static readonly FrozenDictionary<PayloadTag, System.Type> s_elements = s_plain.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>Every type there is.</summary>
    public static IEnumerable<System.Type> All => s_all.Keys;

    /// <summary>The tag that values of this very type begin with. <see cref="Uri"/>s that are relative have another one.</summary>
    public static bool TryGetTag(System.Type type, out PayloadTag tag) => s_all.TryGetValue(type, out tag);

    /// <summary>The tag that stands for the elements of an array of type <see cref="PayloadTag.TypedArray"/>.</summary>
    public static PayloadTag TagOfElements(System.Type elements) => s_plain[elements];

    /// <summary>The elements' type of an array, by their tag.</summary>
    public static bool TryGetElements(PayloadTag tag, out System.Type? elements) => s_elements.TryGetValue(tag, out elements);
}
