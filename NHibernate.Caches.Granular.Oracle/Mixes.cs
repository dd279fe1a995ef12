using System.Data;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>The mixes of readers and writers that a run consists of, each with its part of the time. Thread-safe: stateless.</summary>
internal static class Mixes
{
    /// <summary>The mixes of a level, or all that need no other options than the default ones.</summary>
    /// <param name="isolation">Null: all but SERIALIZABLE, which the cache leaves to the database unless asked.</param>
    /// <param name="seed">The first one's seed.</param>
    public static ImmutableArray<OracleSettings> Of(OracleIsolation? isolation, int seed) => isolation switch
    {
        OracleIsolation.ReadCommitted => [ReadCommitted(seed), Rollbacks(seed + 2), Full(seed + 5), WrittenThrough(seed + 6)],
        OracleIsolation.RepeatableRead => [RepeatableRead(seed + 1)],
        OracleIsolation.None => [Autocommit(seed + 3)],
        OracleIsolation.Serializable => [Serializable(seed + 4)],
        _ => [ReadCommitted(seed), RepeatableRead(seed + 1), Rollbacks(seed + 2), Autocommit(seed + 3), Full(seed + 5), WrittenThrough(seed + 6)],
    };

    private static OracleSettings ReadCommitted(int seed) => new()
    {
        Name = "READ COMMITTED",
        Seed = seed,
        Reading = [ReaderSession.ReadCommitted, ReaderSession.ReadCommitted, ReaderSession.ReadCommitted, ReaderSession.Reused, ReaderSession.Supplied],
        Writing = [WriterSession.Transaction, WriterSession.Transaction, WriterSession.Transaction, WriterSession.Stateless, WriterSession.Synchronization, WriterSession.RolledBackBefore, WriterSession.Supplied],
        WriterLevels = [IsolationLevel.ReadCommitted],
    };

    private static OracleSettings RepeatableRead(int seed) => new()
    {
        Name = "REPEATABLE READ",
        Seed = seed,
        Reading = [ReaderSession.RepeatableRead, ReaderSession.RepeatableRead, ReaderSession.AmbientSnapshot],
        Writing = [WriterSession.Transaction, WriterSession.Transaction, WriterSession.Transaction, WriterSession.RolledBackBefore],
        WriterLevels = [IsolationLevel.RepeatableRead, IsolationLevel.RepeatableRead, IsolationLevel.ReadCommitted],
        DynamicUpdate = true,
        BatchSize = 10,
    };

    private static OracleSettings Rollbacks(int seed) => new()
    {
        Name = "Many rollbacks",
        Seed = seed,
        Reading = [ReaderSession.ReadCommitted, ReaderSession.ReadCommitted, ReaderSession.Autocommit, ReaderSession.RepeatableRead],
        Rollbacks = 50,
    };

    private static OracleSettings Autocommit(int seed) => new()
    {
        Name = "Autocommit and ambient transactions",
        Seed = seed,
        Reading = [ReaderSession.Autocommit, ReaderSession.Autocommit, ReaderSession.Ambient, ReaderSession.Reused],
        Writing = [WriterSession.AutocommitStatement, WriterSession.AutocommitFlush, WriterSession.Ambient, WriterSession.Ambient],
    };

    private static OracleSettings Full(int seed) => new()
    {
        Name = "Results that hold their entities",
        Seed = seed,
        Reading = [ReaderSession.ReadCommitted, ReaderSession.ReadCommitted, ReaderSession.Reused, ReaderSession.RepeatableRead],
        Layout = ResultLayout.Full,
    };

    private static OracleSettings WrittenThrough(int seed) => new()
    {
        Name = "Written through",
        Seed = seed,
        Reading = [ReaderSession.Autocommit, ReaderSession.ReadCommitted, ReaderSession.ReadCommitted, ReaderSession.Reused, ReaderSession.RepeatableRead],
        Writing = [.. Enumerable.Repeat(WriterSession.Transaction, 6), WriterSession.Synchronization, WriterSession.RolledBackBefore, WriterSession.Ambient, WriterSession.Stateless, WriterSession.AutocommitFlush],
        WriteThrough = true,
    };

    private static OracleSettings Serializable(int seed) => new()
    {
        Name = "SERIALIZABLE, read through the cache",
        Seed = seed,
        Reading = [ReaderSession.Serializable],
        WriterLevels = [IsolationLevel.Serializable, IsolationLevel.ReadCommitted],
        Cache = configuration => configuration.UseGranularCache(options => options.Serializable = SerializableTransactions.Read),
    };

    /// <summary>Settings that nobody would choose, drawn by the seed: bounds so small that everything is dropped, lost outcomes, two factories.</summary>
    public static OracleSettings Drawn(int seed, TimeSpan duration)
    {
        var random = new Random(seed);
        T OneOf<T>(params T[] choices) => choices[random.Next(choices.Length)];
        // Mostly what is the default, for the finer the cache the more it can miss.
        var (changes, shapes, entries) = (OneOf(10_000, 10_000, 10_000, 1, 3), OneOf(256, 256, 256, 1, 6), OneOf(100_000, 100_000, 100_000, 10));
        var (timeToLive, sliding, serializable) = (OneOf(86_400, 86_400, 86_400, 1), random.Next(3) == 0, OneOf(SerializableTransactions.Bypass, SerializableTransactions.Read));
        var lost = OneOf(0, 0, 5);
        return new OracleSettings
        {
            Name = "Drawn",
            Seed = seed,
            Duration = duration,
            Writers = random.Next(2, 5),
            Readers = random.Next(2, 8),
            RowsPerKind = random.Next(3, 12),
            WriterPause = OneOf(5, 12, 30, 60, 60),
            Reading = OneOf<ImmutableArray<ReaderSession>>([.. Enum.GetValues<ReaderSession>()], [ReaderSession.RepeatableRead, ReaderSession.Serializable], [ReaderSession.Autocommit, ReaderSession.ReadCommitted, ReaderSession.Reused]),
            WriterLevels = OneOf<ImmutableArray<IsolationLevel>>([IsolationLevel.ReadCommitted], [IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead, IsolationLevel.Serializable]),
            Rollbacks = OneOf(0, 12, 50),
            LostCommits = lost,
            BrokenConnections = lost > 0 ? OneOf(0, 60) : 0,
            Factories = OneOf(1, 1, 2),
            DynamicUpdate = random.Next(2) == 0,
            BatchSize = OneOf(0, 10),
            Layout = OneOf(Enum.GetValues<ResultLayout>()),
            WriteThrough = random.Next(2) == 0,
            Note = $"max changes {changes}, shapes {shapes}, entries {entries}, time to live {timeToLive} s, sliding {sliding}, serializable {serializable}",
            Cache = configuration => configuration.UseGranularCache(options =>
            {
                (options.MaxChanges, options.MaxShapesPerTable, options.MaxEntries) = (changes, shapes, entries);
                (options.MaxTimeToLive, options.UseSlidingExpiration, options.Serializable) = (TimeSpan.FromSeconds(timeToLive), sliding, serializable);
                // What is lost is locked for a lease: short, so that there is something to hit afterwards.
                if (lost > 0)
                    options.Lease = TimeSpan.FromSeconds(1);
            }),
        };
    }

    /// <summary>NHibernate's own query cache on a plain provider, counted to the end.</summary>
    public static OracleSettings OnStandardCache(this OracleSettings settings) => settings with
    {
        Name = settings.Name + ", NHibernate's own query cache",
        MaxFindings = int.MaxValue,
        Layout = ResultLayout.Auto,
        WriteThrough = false,
        Cache = configuration => configuration.SetProperty(Cfg.Environment.CacheProvider, typeof(PlainCacheProvider).AssemblyQualifiedName),
    };
}

/// <summary>Which transactions a run is narrowed to.</summary>
internal enum OracleIsolation
{
    /// <summary>Autocommit and ambient transactions.</summary>
    None,
    ReadCommitted,
    RepeatableRead,

    /// <summary>With <c>cache.granular.serializable</c> = read.</summary>
    Serializable,
}
