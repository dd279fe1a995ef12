using System.Globalization;
using NHibernate.Cache;
using CacheEntry = NHibernate.Cache.Entry.CacheEntry;

namespace NHibernate.Caches.Granular.Benchmarks.Payloads;

/// <summary>
/// What queries and regions store, as NHibernate hands it over. No number ends in a zero behind its point: JSON would lose it. Thread-safe:
/// immutable.
/// </summary>
internal static class PayloadSamples
{
    private static readonly DateTime s_created = new(2024, 2, 29, 12, 30, 15, DateTimeKind.Utc);

    public static IEnumerable<(string Name, object Value)> All =>
    [
        ("100 identifiers", Result(100, object? (row) => 1_000 + (7 * row))),
        ("20 rows of 5 scalars", Result(20, row => new object?[] { row, Text("title", row), row + 0.37m, s_created.AddMinutes(row), row % 2 == 0 })),
        ("entity of 3 columns", Entity(3)),
        ("entity of 20 columns", Entity(20)),
    ];

    private static List<object?> Result(int rows, Func<int, object?> row) => [4_711L, .. Enumerable.Range(1, rows).Select(row)];

    private static CachedItem Entity(int columns) => new()
    {
        FreshTimestamp = long.MinValue,
        Value = new CacheEntry { Subclass = "Shop.Model.Article", DisassembledState = [.. Enumerable.Range(0, columns).Select(Column)] },
    };

    private static object? Column(int column) => (column % 7) switch
    {
        0 => Text("some text of an article", column),
        1 => 100 * column,
        2 => column + 12.25m,
        3 => s_created.AddDays(column),
        4 => column % 2 == 0,
        5 => null,
        _ => (long)column,
    };

    private static string Text(string text, int number) => string.Create(CultureInfo.InvariantCulture, $"{text} {number}");
}
