using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>
/// The one counter of all in-process stamps, whatever their database, so that its numbers also serve as session timestamps.
/// Starts above <see cref="Sequence.None"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Readers take <see cref="Current"/> without the lock under which stamps move. A publish takes its number after its commit has
/// returned and before it moves the first stamp. A reader that sees the number, moved stamps or not, therefore runs its SELECT after
/// that commit and finds its rows; a reader that does not see it has a smaller sequence, and the moved stamps reject what it puts.
/// </remarks>
internal static class InProcessSequence
{
    private static long s_current = 1;

    public static Sequence Current => new(Volatile.Read(ref s_current));

    /// <summary>A number greater than every one before.</summary>
    public static Sequence Next() => new(Interlocked.Increment(ref s_current));
}
