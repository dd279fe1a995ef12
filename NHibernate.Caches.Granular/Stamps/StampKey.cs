using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// Names one stamp: 128 bits of a hash over the structured name. Two names that collide share a stamp, which moves more than
/// needed and never less, so no verification is necessary (entries are another matter: their keys are compared in full).
/// The hash is the same in every process. Thread-safe: immutable.
/// </summary>
internal readonly record struct StampKey(ulong High, ulong Low)
{
    /// <summary>Moved when something happened whose tables are not known; every entry depends on it.</summary>
    public static readonly StampKey Scope = Of(Kind.Scope, "");

    /// <summary>Moved by every publish; only what could not be analysed at all depends on it.</summary>
    public static readonly StampKey AnyChange = Of(Kind.AnyChange, "");

    private enum Kind : byte
    {
        Scope = 1,
        AnyChange = 2,
        Region = 3,
        Table = 4,
        Shape = 5,
        Conjunction = 6,
        Function = 7,
    }

    /// <summary>The stamp of a cache region; clearing the region moves it.</summary>
    public static StampKey Region(string name) => Of(Kind.Region, name);

    /// <summary>The stamp of what is cached for one key of a user's, whatever its type; removing it moves the stamp.</summary>
    /// <param name="region">The region.</param>
    /// <param name="key">The key, and for whom it is.</param>
    public static StampKey Function(string region, params ReadOnlySpan<string?> key) => Of(Kind.Function, string.Join('\u0001', [region, .. key]));

    /// <summary>Moved when rows of the table changed that are not known one by one; every entry on the table depends on it.</summary>
    public static StampKey Table(TableId table) => Of(Kind.Table, table.Name);

    internal static StampKey OfShape(string canonicalShape) => Of(Kind.Shape, canonicalShape);

    internal static StampKey OfConjunction(StampKey shape, ReadOnlySpan<ColumnValue> values)
    {
        var hash = new XxHash128();
        Span<byte> head = stackalloc byte[17];
        head[0] = (byte)Kind.Conjunction;
        BinaryPrimitives.WriteUInt64LittleEndian(head[1..], shape.High);
        BinaryPrimitives.WriteUInt64LittleEndian(head[9..], shape.Low);
        hash.Append(head);
        foreach (var value in values)
            value.AppendTo(hash);
        return FromHash(hash.GetCurrentHashAsUInt128());
    }

    private static StampKey Of(Kind kind, string name)
    {
        var hash = new XxHash128();
        hash.Append([(byte)kind]);
        hash.Append(MemoryMarshal.AsBytes(name.AsSpan()));
        return FromHash(hash.GetCurrentHashAsUInt128());
    }

    private static StampKey FromHash(UInt128 hash) => new((ulong)(hash >> 64), (ulong)hash);
}
