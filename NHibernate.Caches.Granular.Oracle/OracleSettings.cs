using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What an oracle run does. Thread-safe: immutable.</summary>
internal sealed record OracleSettings
{
    /// <summary>For people.</summary>
    public string Name { get; init; } = "everything";

    /// <summary>Decides every choice of every worker; only the interleaving is left to the scheduler.</summary>
    public required int Seed { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A slow machine goes on until it has read so often, for ten times the duration at most.</summary>
    public int MinReads { get; init; } = 500;

    public int Writers { get; init; } = 4;

    public int Readers { get; init; } = 6;

    /// <summary>How many rows of each kind there are, 63 at most: fewer are hotter.</summary>
    public int RowsPerKind { get; init; } = 8;

    /// <summary>Mean pause of a writer between transactions, in milliseconds: longer means more hits.</summary>
    public int WriterPause { get; init; } = 15;

    /// <summary>In what readers read; each as likely as it is named.</summary>
    public ImmutableArray<ReaderSession> Reading { get; init; } = [ReaderSession.Autocommit, ReaderSession.ReadCommitted, ReaderSession.RepeatableRead, ReaderSession.Ambient, ReaderSession.Reused, ReaderSession.Supplied];

    /// <summary>In what writers write; each as likely as it is named.</summary>
    public ImmutableArray<WriterSession> Writing { get; init; } = [.. Enum.GetValues<WriterSession>(), .. Enumerable.Repeat(WriterSession.Transaction, 4)];

    /// <summary>The levels of <see cref="WriterSession.Transaction"/>; each as likely as it is named.</summary>
    public ImmutableArray<System.Data.IsolationLevel> WriterLevels { get; init; } =
        [.. Enumerable.Repeat(System.Data.IsolationLevel.ReadCommitted, 4), System.Data.IsolationLevel.RepeatableRead];

    /// <summary>How many of the writers' transactions are rolled back, in percent.</summary>
    public int Rollbacks { get; init; } = 12;

    /// <summary>How many of the writers' turns evict something from the cache instead, in percent.</summary>
    public int Evictions { get; init; } = 2;

    /// <summary>How many COMMITs have their outcome lost after they succeeded, in percent.</summary>
    public int LostCommits { get; init; }

    /// <summary>How many connections a minute the server breaks off, whatever they are doing.</summary>
    public int BrokenConnections { get; init; }

    /// <summary>How many session factories share the database and the work.</summary>
    public int Factories { get; init; } = 1;

    /// <summary>Whether updates write only what was changed.</summary>
    public bool DynamicUpdate { get; init; }

    /// <summary><c>adonet.batch_size</c>.</summary>
    public int BatchSize { get; init; }

    /// <summary>Chooses the cache provider and its options.</summary>
    public Action<Configuration> Cache { get; init; } = configuration => configuration.UseGranularCache();

    /// <summary>What cached results hold of entities. Not for NHibernate's own query cache.</summary>
    public ResultLayout Layout { get; init; }

    /// <summary>Whether regions hold what transactions have written of entities. Not for NHibernate's own query cache.</summary>
    public bool WriteThrough { get; init; }

    /// <summary>Called with each session factory before the workers begin.</summary>
    public Action<ISessionFactory> Prepare { get; init; } = _ => { };

    /// <summary>What <see cref="Cache"/> does, for people.</summary>
    public string Note { get; init; } = "";

    /// <summary>The run ends when so many wrong answers were found.</summary>
    public int MaxFindings { get; init; } = 1;

    /// <summary>How often <see cref="Progress"/> is told.</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Told of each wrong answer that is kept.</summary>
    public Action<OracleFinding> Found { get; init; } = _ => { };

    public Action<OracleProgress> Progress { get; init; } = _ => { };

    public override string ToString() =>
        $"{Name}: seed {Seed}, {Writers} writers, {Readers} readers, {RowsPerKind} rows of a kind, pause {WriterPause} ms, {Rollbacks} % rollbacks, {LostCommits} % lost commits, "
        + $"{BrokenConnections} connections a minute broken, {Factories} factories, dynamic update {DynamicUpdate}, batch {BatchSize}, layout {Layout}{(WriteThrough ? ", written through" : "")}{(Note.Length > 0 ? ", " + Note : "")}";
}

/// <summary>In what a reader reads.</summary>
internal enum ReaderSession
{
    Autocommit,
    ReadCommitted,
    Ambient,

    /// <summary>One session for many things: autocommit, then a transaction, then autocommit again.</summary>
    Reused,

    /// <summary>NHibernate's transactions on a connection that the session was given.</summary>
    Supplied,

    // From here on: snapshots.
    RepeatableRead,
    AmbientSnapshot,
    Serializable,
}

/// <summary>In what a writer writes.</summary>
internal enum WriterSession
{
    Transaction,
    Stateless,
    Ambient,
    AutocommitStatement,
    AutocommitFlush,

    /// <summary>The session's first transaction is rolled back; it goes on with another.</summary>
    RolledBackBefore,

    /// <summary>The first change is made when the commit has begun.</summary>
    Synchronization,

    /// <summary>NHibernate's transaction on a connection that the session was given.</summary>
    Supplied,
}
