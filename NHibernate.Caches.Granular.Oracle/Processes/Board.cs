using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// What the processes of a run share: a file that each has mapped, with the history of the rows, the counts of every worker and how far the run
/// has come. What a process has written there outlives it, however it ends. Thread-safe.
/// </summary>
internal sealed class Board : IDisposable
{
    /// <summary>The first is the one that starts the others, and has no workers.</summary>
    public const int Processes = 16;

    private const int Places = 16;
    private const int PhaseAt = 0;
    private const int TurnAt = 1;
    private const int FindingsAt = 2;
    private const int KilledAt = 3;
    private const int StartedAtAt = 4;
    private const int SharesAt = 8;

    private readonly RowTable _rows;
    private readonly Words _words;
    private readonly int _tallies;

    private Board(RowTable rows, Words words, int number)
    {
        (_rows, _words, Number) = (rows, words, number);
        var history = SharesAt + (Processes * Share.Size);
        History = new RowHistory(rows, words, history, number);
        _tallies = history + RowHistory.Size(rows);
    }

    /// <summary>Which process this is.</summary>
    public int Number { get; }

    public RowHistory History { get; }

    public Phase Phase
    {
        get => (Phase)Volatile.Read(ref _words[PhaseAt]);
        set => Volatile.Write(ref _words[PhaseAt], (long)value);
    }

    /// <summary>Which process may compare its answers with the database now.</summary>
    public int Turn
    {
        get => (int)Volatile.Read(ref _words[TurnAt]);
        set => Volatile.Write(ref _words[TurnAt], value);
    }

    /// <summary>How many wrong answers all processes have found.</summary>
    public long Findings => Volatile.Read(ref _words[FindingsAt]);

    /// <summary>When the run began, by the clock that all processes of this machine have in common.</summary>
    public long StartedAt => _words[StartedAtAt];

    /// <summary>How long ago a process was killed last; null when none was.</summary>
    public TimeSpan? SinceKill => Volatile.Read(ref _words[KilledAt]) is var killed and > 0 ? TimeSpan.FromMilliseconds(System.Environment.TickCount64 - killed) : null;

    public static Board Create(string path, RowTable rows)
    {
        var words = Words.Create(path, Size(rows));
        words[StartedAtAt] = System.Diagnostics.Stopwatch.GetTimestamp();
        return new Board(rows, words, 0);
    }

    public static Board Open(string path, RowTable rows, int number) => new(rows, Words.Open(path, Size(rows)), number);

    /// <summary>Whether some process has committed what the cache has not been told of yet.</summary>
    public bool IsSomebodyCutOff => Enumerable.Range(0, Processes).Any(process => Volatile.Read(ref ShareOf(process).UntoldNow) > 0);

    /// <summary>Whether some process still writes, or is cut off, and may make everybody forget what is cached when it is back.</summary>
    public bool IsSomebodyUnsettled => Enumerable.Range(0, Processes).Select(ShareOf).Any(share =>
        Volatile.Read(ref share.Writing) > 0 || Volatile.Read(ref share.IsInterrupted) > 0 || Volatile.Read(ref share.UntoldNow) > 0);

    public void Found() => Interlocked.Increment(ref _words[FindingsAt]);

    public void Killed() => Volatile.Write(ref _words[KilledAt], System.Environment.TickCount64);

    public Share ShareOf(int process) => new(_words, SharesAt + (process * Share.Size));

    /// <summary>The counts of one worker; of its successor as well, when its process was killed.</summary>
    public WorkerTally TallyOf(int process, int place) =>
        new(_words, _tallies + (((process * Places) + (place < Places ? place : throw new InvalidOperationException($"A process has {Places} workers at most."))) * WorkerTally.Size(_rows)));

    public long Total(int process, Func<WorkerTally, long> counted) => Enumerable.Range(0, Places).Sum(place => counted(TallyOf(process, place)));

    public long Total(Func<WorkerTally, long> counted) => Enumerable.Range(0, Processes).Sum(process => Total(process, counted));

    public void Dispose() => _words.Dispose();

    private static int Size(RowTable rows) => SharesAt + (Processes * Share.Size) + RowHistory.Size(rows) + (Processes * Places * WorkerTally.Size(rows));
}

/// <summary>How far a run has come.</summary>
internal enum Phase
{
    Waiting,
    Working,

    /// <summary>Nobody begins to write any more; readers go on for a moment.</summary>
    Ending,

    /// <summary>All is quiet: each process in turn compares what it is served with the database.</summary>
    Comparing,
}

/// <summary>How far one process has come.</summary>
internal enum ShareState
{
    Starting,
    Ready,
    Ended,
    Compared,
}

/// <summary>What one process tells about itself, its predecessors of the same number included. Thread-safe.</summary>
internal sealed class Share(Words words, int at)
{
    /// <summary>How many words it takes.</summary>
    public const int Size = 22;

    public ShareState State
    {
        get => (ShareState)Volatile.Read(ref words[at]);
        set => Volatile.Write(ref words[at], (long)value);
    }

    /// <summary>Why the process is about to kill itself.</summary>
    public KillPoint KilledAt
    {
        get => (KillPoint)Volatile.Read(ref words[at + 1]);
        set => Volatile.Write(ref words[at + 1], (long)value);
    }

    /// <summary>Entries of the cache that this process was given.</summary>
    public ref long Hits => ref words[at + 2];

    /// <summary>Of these, the entries that another process had put, or a predecessor of this one.</summary>
    public ref long ForeignHits => ref words[at + 3];

    /// <summary>Transactions and statements whose changes were announced, each counted once.</summary>
    public ref long Announced => ref words[at + 4];

    /// <summary>Of these, the ones that were published as committed.</summary>
    public ref long Proven => ref words[at + 5];

    /// <summary>Of these, the ones that were published as of unknown outcome: what they lock is left to the lease.</summary>
    public ref long Unproven => ref words[at + 6];

    /// <summary>Publications that came when the lease had ended.</summary>
    public ref long Late => ref words[at + 7];

    /// <summary>The longest time from an announce to its publication, in milliseconds.</summary>
    public ref long Longest => ref words[at + 8];

    /// <summary>Answers compared with the database at rest.</summary>
    public ref long Compared => ref words[at + 9];

    /// <summary>Of these, the ones that came from what the workers had left.</summary>
    public ref long Left => ref words[at + 10];

    /// <summary>Look-ups while Redis was out of reach.</summary>
    public ref long Unavailable => ref words[at + 11];

    /// <summary>Changes that were refused because they could not be announced.</summary>
    public ref long NotAnnounced => ref words[at + 12];

    /// <summary>Publications after which the store still owed the others something, as it could not tell them.</summary>
    public ref long NotPublished => ref words[at + 13];

    /// <summary>Times that it was cut off from Redis, by its own words.</summary>
    public ref long Outages => ref words[at + 14];

    /// <summary>Changes that it committed, or may have, although the others could not be told.</summary>
    public ref long Untold => ref words[at + 15];

    /// <summary>Of these, the ones of which the others have not been told yet.</summary>
    public ref long UntoldNow => ref words[at + 16];

    /// <summary>The longest time that one of them waited for the others to be told, in milliseconds.</summary>
    public ref long LongestUntold => ref words[at + 17];

    /// <summary>Stale answers it was given that missed such changes only.</summary>
    public ref long Explained => ref words[at + 18];

    /// <summary>Of the entries that it was given, the ones that a transaction had written through.</summary>
    public ref long WrittenHits => ref words[at + 19];

    /// <summary>Whether it is cut off from Redis, by its own words: 1, or 0.</summary>
    public ref long IsInterrupted => ref words[at + 20];

    /// <summary>How many of its writers have not ended.</summary>
    public ref long Writing => ref words[at + 21];
}

/// <summary>Where a process is killed.</summary>
internal enum KillPoint
{
    None,

    /// <summary>Nothing is announced yet, and nothing will be committed.</summary>
    BeforeAnnounce,

    /// <summary>Announced, and not committed.</summary>
    BeforeCommit,

    /// <summary>Committed, and not published: only the end of the lease tells the others.</summary>
    BeforePublish,
}
