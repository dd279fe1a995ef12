namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// Names one entry of a store. Subclasses hold the structured parts and compare them in full: two keys are equal only if they
/// ask for the same thing. Thread-safe: immutable.
/// </summary>
internal abstract class EntryKey : IEquatable<EntryKey>
{
    /// <summary>
    /// The key in forms that a codec carries (numbers, text, GUIDs, times, arrays of them): keys that differ have different parts in
    /// every process. Null when a part means nothing to other processes; then the entry is not shared with them. Made at each call,
    /// since only a store outside of this process asks; the arrays must not be changed.
    /// </summary>
    public abstract object?[]? Parts { get; }

    public abstract bool Equals(EntryKey? other);

    public sealed override bool Equals(object? obj) => Equals(obj as EntryKey);

    public abstract override int GetHashCode();
}
