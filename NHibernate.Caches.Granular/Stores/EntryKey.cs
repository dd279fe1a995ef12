namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// Names one entry of a store. Subclasses hold the structured parts and compare them in full: two keys are equal only if they
/// ask for the same thing. Thread-safe: immutable.
/// </summary>
internal abstract class EntryKey : IEquatable<EntryKey>
{
    public abstract bool Equals(EntryKey? other);

    public sealed override bool Equals(object? obj) => Equals(obj as EntryKey);

    public abstract override int GetHashCode();
}
