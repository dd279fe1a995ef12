namespace NHibernate.Caches.Granular.Stamps;

/// <summary>
/// A number of the one counter that every invalidation of a database advances. Only its order means anything; it is no clock.
/// <c>default</c> is <see cref="None"/>, older than everything. Thread-safe: immutable.
/// </summary>
internal readonly record struct Sequence(long Value) : IComparable<Sequence>
{
    public static readonly Sequence None;

    public int CompareTo(Sequence other) => Value.CompareTo(other.Value);

    public static bool operator <(Sequence left, Sequence right) => left.Value < right.Value;

    public static bool operator >(Sequence left, Sequence right) => left.Value > right.Value;

    public static bool operator <=(Sequence left, Sequence right) => left.Value <= right.Value;

    public static bool operator >=(Sequence left, Sequence right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
