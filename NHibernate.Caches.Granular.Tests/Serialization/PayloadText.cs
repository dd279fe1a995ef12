using System.Collections;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Merging;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>A payload as text that differs where anything about it differs: types, kinds, scales, signs. Thread-safe: stateless.</summary>
internal static class PayloadText
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        DateTime time => $"DateTime {time.Ticks} {time.Kind}",
        DateTimeOffset time => $"DateTimeOffset {time.Ticks} {time.Offset}",
        double number => $"Double {BitConverter.DoubleToUInt64Bits(number):x}",
        float number => $"Single {BitConverter.SingleToUInt32Bits(number):x}",
        string text => $"String {string.Join(' ', text.Select(unit => ((int)unit).ToString("x", CultureInfo.InvariantCulture)))}",
        Uri uri => $"Uri {uri.IsAbsoluteUri} {uri.OriginalString}",
        CacheEntry entry => $"CacheEntry {entry.Subclass} {Of(entry.Version)} {Of(entry.DisassembledState)}",
        CollectionCacheEntry entry => $"CollectionCacheEntry {Of(entry.State)}",
        CachedItem item => $"CachedItem {item.FreshTimestamp} {Of(item.Version)} {Of(item.Value)}",
        AnyType.ObjectTypeCacheEntry any => $"Any {any.EntityName} {Of(any.Id)}",
        Hashtable table => $"Hashtable {string.Join(", ", table.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => $"{key}: {Of(table[key])}"))}",
        FullResult full => $"FullResult {Of(full.Parts)}",
        IList list => $"{value.GetType()} [{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        IFormattable formattable => $"{value.GetType()} {formattable.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $"{value.GetType()} {value}",
    };
}
