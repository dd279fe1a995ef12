
namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// A set of column names of one table, or <see cref="All"/> columns, known or not. Equality is by content, ordinal.
/// Thread-safe: immutable.
/// </summary>
internal sealed class ColumnSet : IEquatable<ColumnSet>
{
    /// <summary>Every column of the table: overlaps any set that is not empty.</summary>
    public static readonly ColumnSet All = new(true, []);

    public static readonly ColumnSet Empty = new(false, []);

    private ColumnSet(bool isAll, ImmutableArray<string> names) => (IsAll, Names) = (isAll, names);

    public bool IsAll { get; }

    /// <summary>The names in ordinal order, without repetition; empty for <see cref="All"/>.</summary>
    public ImmutableArray<string> Names { get; }

    public bool IsEmpty => !IsAll && Names.IsEmpty;

    public static ColumnSet Of(IEnumerable<string> names)
    {
        var sorted = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        return sorted.IsEmpty ? Empty : new(false, sorted);
    }

    public bool Contains(string name) => IsAll || Names.BinarySearch(name, StringComparer.Ordinal) >= 0;

    public bool Overlaps(ColumnSet other)
    {
        if (IsEmpty || other.IsEmpty)
            return false;
        return IsAll || other.IsAll || Names.Any(other.Contains);
    }

    public bool Includes(ColumnSet other) => IsAll || (!other.IsAll && other.Names.All(Contains));

    public ColumnSet Union(ColumnSet other) => IsAll || other.IsAll ? All : Equals(other) ? this : Of(Names.Concat(other.Names));

    public bool Equals(ColumnSet? other) => other is not null && IsAll == other.IsAll && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as ColumnSet);

    public override int GetHashCode() => Names.Aggregate(IsAll ? 1 : 0, (hash, name) => HashCode.Combine(hash, StringComparer.Ordinal.GetHashCode(name)));

    public override string ToString() => IsAll ? "*" : string.Join(", ", Names);
}
