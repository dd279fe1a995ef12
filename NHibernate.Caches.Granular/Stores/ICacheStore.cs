using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// The stamp protocol over the entries of one session factory and the stamps of one database. Logic is above; a store knows
/// payloads, stamps, locks and leases. Validity is decided on read, never on put. The asynchronous forms are for stores that
/// do I/O; the rest answer at once. Implementations are thread-safe.
/// </summary>
internal interface ICacheStore
{
    /// <summary>A sequence known now; an entry read from the database after this call may carry it (I1).</summary>
    Sequence Current { get; }

    /// <summary>
    /// Looks an entry up and checks it against its stamps (I2). On a miss the shapes are registered first, then the sequence is
    /// taken, so that a SELECT that starts afterwards may put its result with <see cref="ReadResult.Sequence"/> (I5).
    /// </summary>
    /// <param name="key">The entry's key, compared in full.</param>
    /// <param name="shapes">Makes the shapes of the query's plan. A store that answers in one go asks for them on a miss only.</param>
    /// <param name="asOf">
    /// The sequence of the reader's snapshot, or null at READ COMMITTED: no stamp and not the entry itself may be newer.
    /// </param>
    ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf);

    ValueTask<ReadResult> ReadAsync(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(key, shapes, asOf));

    /// <summary>What is held under a key now, for people. Nothing is registered, and it is no use of the entry.</summary>
    EntryState Peek(EntryKey key);

    /// <summary>
    /// Looks several entries up, each as <see cref="Read"/> does and judged by itself. What it costs a store elsewhere to be asked, it costs once.
    /// </summary>
    /// <param name="lookUps">What is looked up; none twice.</param>
    /// <param name="asOf">As of <see cref="Read"/>; one reader looks all of them up.</param>
    /// <returns>The answers in the order of the look-ups.</returns>
    ReadResult[] ReadMany(IReadOnlyList<LookUp> lookUps, Sequence? asOf) => [.. lookUps.Select(lookUp => Read(lookUp.Key, lookUp.Shapes, asOf))];

    ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<LookUp> lookUps, Sequence? asOf, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ReadMany(lookUps, asOf));

    /// <summary>
    /// Stores an entry as it is. Nobody waits for it, and whether it is valid is for the reader to decide. A valid entry of a
    /// later sequence may stay in its place.
    /// </summary>
    /// <returns>Why it cannot be stored here, or <see cref="RejectedPutReason.None"/>; what befalls it later is not said.</returns>
    RejectedPutReason Put(EntryKey key, CacheEntry entry);

    /// <summary>Removes one entry; correctness never needs it.</summary>
    void Remove(EntryKey key);

    /// <summary>
    /// Takes the lead in loading an entry, to the end of a lease: others who miss it may wait until it is there. It says who spares the
    /// database a query and nothing else; correctness never needs it.
    /// </summary>
    /// <returns>False while another token has it. A store that is out of reach lets everybody have it.</returns>
    bool TryLead(EntryKey key, Token token, TimeSpan lease);

    ValueTask<bool> TryLeadAsync(EntryKey key, Token token, TimeSpan lease) => ValueTask.FromResult(TryLead(key, token, lease));

    /// <summary>Gives the lead up if the token has it. Nobody waits for it; a put that was made before has arrived before it, as a rule.</summary>
    void EndLead(EntryKey key, Token token);

    /// <summary>
    /// The registered shapes of the tables as far as they are known here, with the version an announce must name. A shared store answers from
    /// memory: where that is outdated, the announce says so.
    /// </summary>
    ShapeList Shapes(IReadOnlyCollection<TableId> tables);

    /// <summary>
    /// Locks every stamp a transaction will move, just before its COMMIT is sent (I3). Announcing again under the same token adds
    /// to what it holds.
    /// </summary>
    AnnounceResult Announce(Announcement announcement);

    ValueTask<AnnounceResult> AnnounceAsync(Announcement announcement, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Announce(announcement));

    /// <summary>
    /// Moves every announced stamp, and those of shapes born meanwhile. On proven success it unlocks them; on any other outcome the
    /// locks stay to the end of the lease, which moves them again. Never throws for want of a token: it then moves what it is given.
    /// In the same instant, before anything moves, it finds out which written states are still those of their rows, and stores them as of the move.
    /// </summary>
    /// <returns>Why each of <see cref="Publication.Written"/> is not stored, or <see cref="RejectedPutReason.None"/>.</returns>
    ImmutableArray<RejectedPutReason> Publish(Publication publication);

    ValueTask<ImmutableArray<RejectedPutReason>> PublishAsync(Publication publication) => ValueTask.FromResult(Publish(publication));

    /// <summary>Moves one stamp at once: clearing a region, forgetting a scope (I9).</summary>
    void Move(StampKey key);

    /// <summary>
    /// Moves at once the stamps that an entry with this use of a shape depends on for it, and no others: its conjunctions, or the
    /// shape as a whole where it has none, or what stands in for a shape that is not registered. Evicting one entity or collection.
    /// </summary>
    void Move(ShapeUse use);
}

/// <summary>One of the look-ups of <see cref="ICacheStore.ReadMany"/>, with what <see cref="ICacheStore.Read"/> takes. Thread-safe: immutable.</summary>
internal readonly record struct LookUp(EntryKey Key, Func<ImmutableArray<Shape>> Shapes);

/// <summary>An answer of <see cref="ICacheStore.Read"/>: the entry, or why there is none; and the sequence for a put.</summary>
internal readonly record struct ReadResult(CacheEntry? Entry, MissReason Reason, Sequence Sequence);

/// <summary>The registered shapes of some tables at one version of the register.</summary>
internal readonly record struct ShapeList(ImmutableArray<Shape> Shapes, long Version)
{
    /// <summary>There are others, which nobody here can read: only the tables as a whole reach what depends on those.</summary>
    public bool LacksSome { get; init; }
}

/// <summary>Identifies the locks of one transaction, or who has the lead in loading an entry. Unique within a scope.</summary>
internal readonly record struct Token(Guid Id)
{
    public static Token Create() => new(Guid.NewGuid());
}

/// <param name="Token">Whose locks these are.</param>
/// <param name="Keys">The stamps that will move.</param>
/// <param name="Tables">Every table with changes: a shape of theirs that is born from now to the publish is locked and moved too (I5).</param>
/// <param name="RowShapes">The row-key shapes of these tables, registered if they are not yet.</param>
/// <param name="Loaded">Loaded states whose rows must not have moved since; see <see cref="AnnounceResult.Untrusted"/>.</param>
/// <param name="ShapesVersion">The version of the shapes that <paramref name="Keys"/> were computed from; null to accept any.</param>
/// <param name="Lease">How long the locks live without a publish, on the store's clock.</param>
internal sealed record Announcement(
    Token Token,
    IReadOnlyCollection<StampKey> Keys,
    IReadOnlyCollection<TableId> Tables,
    IReadOnlyCollection<Shape> RowShapes,
    IReadOnlyList<LoadedState> Loaded,
    long? ShapesVersion,
    TimeSpan Lease)
{
    /// <summary>The keys are only those that the token does not hold yet; see <see cref="AnnounceOutcome.Lapsed"/>.</summary>
    public bool IsAddition { get; init; }
}

internal enum AnnounceOutcome
{
    Announced,

    /// <summary>Nothing was locked: shapes were registered since; match again with <see cref="AnnounceResult.Shapes"/>.</summary>
    NewShapes,

    /// <summary>Nothing was locked: <see cref="AnnounceResult.Untrusted"/> loaded states may be outdated; match again without them.</summary>
    Untrusted,

    /// <summary>Nothing was locked: the lease has ended to which this would have added; announce everything again.</summary>
    Lapsed,
}

internal readonly record struct AnnounceResult(AnnounceOutcome Outcome, ShapeList Shapes, IReadOnlyList<LoadedState> Untrusted);

/// <param name="Token">The token that announced.</param>
/// <param name="Proven">Whether the commit is known to have succeeded.</param>
/// <param name="Keys">All announced keys again: they move even when the token is gone.</param>
/// <param name="Tables">All announced tables again: moved whole when the token is gone.</param>
internal sealed record Publication(Token Token, bool Proven, IReadOnlyCollection<StampKey> Keys, IReadOnlyCollection<TableId> Tables)
{
    /// <summary>For how long all of it is locked if the commit is not proven, and may yet land, and the token is gone that had it locked.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>What the transaction has written; none unless the commit is proven and its stamps were announced before it.</summary>
    public ImmutableArray<WrittenState> Written { get; init; } = [];

    /// <summary>For a store that puts none of them.</summary>
    public ImmutableArray<RejectedPutReason> NothingWritten => [.. Written.Select(static _ => RejectedPutReason.WrittenState)];
}

/// <summary>What a region is to hold of a row that a transaction has written. Thread-safe: immutable.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Entry">
/// The entry; its sequence is one from before the COMMIT. Of all that it depends on nothing may have moved since, and nothing may be locked by others:
/// then the row is as it was written, and remains so until something moves after the publish.
/// </param>
/// <param name="Region">The region's name.</param>
internal sealed record WrittenState(EntryKey Key, CacheEntry Entry, string Region);
