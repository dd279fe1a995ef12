namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>How a reader gets its sequence and what its SELECT sees.</summary>
internal enum ReaderKind
{
    /// <summary>Looks up, then sees whatever is committed when its SELECT runs.</summary>
    ReadCommitted,

    /// <summary>Takes its sequence before its transaction begins, and sees what was committed then.</summary>
    Snapshot,

    /// <summary>Puts without a look-up, at READ COMMITTED (a refreshing cache mode).</summary>
    PutOnly,
}

/// <summary>Who takes part and what may go wrong.</summary>
internal sealed record ProtocolSettings(int Writers, params ReaderKind[] Readers)
{
    /// <summary>A writer may die between any two steps after its announce.</summary>
    public bool Crash { get; init; }

    /// <summary>A commit may report failure and have landed, or land later, up to the end of the lease.</summary>
    public bool Doubt { get; init; }

    /// <summary>
    /// A lease may run out under a living writer. Hits are not judged while such a writer is between its commit and its publish:
    /// that is a stated limit.
    /// </summary>
    public bool Expire { get; init; }

    /// <summary>The second writer does not know its row's values and moves the shape whole.</summary>
    public bool Unknown { get; init; }

    public static ProtocolSettings Everything(int writers, params ReaderKind[] readers) =>
        new(writers, readers) { Crash = true, Doubt = true, Expire = true, Unknown = true };
}
