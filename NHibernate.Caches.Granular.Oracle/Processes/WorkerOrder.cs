using System.Text.Json;
using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>What a process is told to do, in one line of its standard input. Thread-safe: immutable.</summary>
/// <param name="Number">Which process it is, from 1.</param>
/// <param name="Life">How many of that number there were before.</param>
/// <param name="Board">The file that all share.</param>
/// <param name="Database">The connection string of the database.</param>
/// <param name="Redis">The configuration string of the Redis server.</param>
/// <param name="KeyPrefix">The prefix of the keys.</param>
/// <param name="Mix">The name of the mix.</param>
/// <param name="Seed">The mix's seed.</param>
/// <param name="Layout">What cached results hold.</param>
/// <param name="WriteThrough">Whether regions hold what transactions have written.</param>
/// <param name="Writers">How many writers it has.</param>
/// <param name="Readers">How many readers it has.</param>
/// <param name="Lease">How long announced changes stay locked without a publication.</param>
/// <param name="Policy">What becomes of commits that cannot be announced.</param>
/// <param name="Timeout">How long it waits for Redis.</param>
/// <param name="IsKilling">Whether processes are killed in this run.</param>
/// <param name="KillPoint">Where this one is killed.</param>
/// <param name="KillAfter">How many announces come before.</param>
/// <param name="Fault">What is broken on purpose.</param>
internal sealed record WorkerOrder(
    int Number,
    int Life,
    string Board,
    string Database,
    string Redis,
    string KeyPrefix,
    string Mix,
    int Seed,
    ResultLayout Layout,
    bool WriteThrough,
    int Writers,
    int Readers,
    TimeSpan Lease,
    FailurePolicy Policy,
    TimeSpan Timeout,
    bool IsKilling,
    KillPoint KillPoint,
    int KillAfter,
    WorkerFault Fault)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static WorkerOrder Read(string line) => JsonSerializer.Deserialize<WorkerOrder>(line)!;

    /// <summary>The mix with this process's part of the work, over the shared cache.</summary>
    public OracleSettings Settings()
    {
        var mix = SharedSettings.Mixes(Seed).Single(mix => mix.Name == Mix);
        return (IsKilling ? SharedSettings.ForKilling(mix) : mix) with
        {
            Seed = mix.Seed + (1000 * Number) + (10_000 * Life),
            Layout = Layout,
            WriteThrough = WriteThrough,
            Writers = Writers,
            Readers = Readers,
            Factories = 1,
            Cache = configuration => configuration.UseGranularCache(options =>
            {
                (options.Redis.Configuration, options.Redis.FailurePolicy, options.Redis.Timeout, options.Lease) = (Redis, Policy, Timeout, Lease);
                options.Redis.KeyPrefix = Fault == WorkerFault.OtherPrefix ? "other:" + KeyPrefix : KeyPrefix;
            }),
        };
    }
}

/// <summary>What is broken on purpose, so that it can be seen that the judge says so.</summary>
internal enum WorkerFault
{
    None,

    /// <summary>It tells nobody what it changes.</summary>
    NothingPublished,

    /// <summary>It tells the others what it has changed, if it comes to that, and not what it is about to change.</summary>
    NothingAnnounced,

    /// <summary>It names its keys otherwise than the others, as by a slip in its configuration.</summary>
    OtherPrefix,
}
