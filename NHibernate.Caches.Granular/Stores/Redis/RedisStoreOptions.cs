namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>Settings of the stores of one session factory on Redis. Validated where the user's options are read. Thread-safe: immutable.</summary>
internal sealed record RedisStoreOptions
{
    /// <summary>Who has a shorter time limit is also asked again sooner.</summary>
    public static readonly TimeSpan MostPause = TimeSpan.FromSeconds(1);

    /// <summary>The number of the database on the server, which every script chooses itself.</summary>
    public int Database { get; init; }

    /// <summary>What the keys of stamps begin with. Who shares a database and a server must share it.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What the keys of entries begin with.</summary>
    public string EntryPrefix { get; init; } = "";

    /// <summary>
    /// What entries are kept apart by, beside the database and the keys' beginning: session factory, mapping. Known when the
    /// session factory has been built, and asked for then.
    /// </summary>
    public Lazy<ImmutableArray<string>> EntrySpace { get; init; } = new([]);

    /// <summary>See <c>cache.granular.failure_policy</c>: whether a transaction is refused whose changes cannot be announced.</summary>
    public bool IsStrict { get; init; }

    /// <summary>How long an operation may wait for an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the server is left alone after it has failed, before it is asked again in the background.</summary>
    public TimeSpan Pause { get; init; } = MostPause;

    /// <summary>How long stamps that have lost their memory, or are new, make nothing valid: where never stale is strict, the longest lease of a transaction.</summary>
    public TimeSpan Seclusion { get; init; }

    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Stamps that moved within one generation; beyond it the older half is forgotten early, and entries from before with it.</summary>
    public int MaxStamps { get; init; } = 500_000;

    public int MaxShapesPerTable { get; init; } = 256;

    /// <summary>Bytes of one payload.</summary>
    public int MaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Added to the server's clock, by tests only.</summary>
    public Func<TimeSpan> ClockOffset { get; init; } = static () => TimeSpan.Zero;
}
