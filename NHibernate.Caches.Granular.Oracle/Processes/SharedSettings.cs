namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>What a run over several processes does. Thread-safe: immutable.</summary>
internal sealed record SharedSettings
{
    /// <summary>What is read and written.</summary>
    public required OracleSettings Mix { get; init; }

    public int Processes { get; init; } = 3;

    /// <summary>How many writers each process has.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>How many readers each process has.</summary>
    public int Readers { get; init; } = 2;

    /// <summary>Whether processes other than the first are killed, again and again.</summary>
    public bool IsKilling { get; init; }

    /// <summary>The run goes on until so many were killed, for ten times its duration at most.</summary>
    public int MinKills { get; init; }

    /// <summary>How long announced changes stay locked without a publication; also how long nothing is cached in the beginning.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What becomes of commits that cannot be announced.</summary>
    public FailurePolicy Policy { get; init; }

    /// <summary>How long a process waits for Redis, before it holds it for out of reach.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is broken on purpose in the last process.</summary>
    public WorkerFault Fault { get; init; }

    /// <summary>Called with a line for people, now and then.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    public static ImmutableArray<OracleSettings> Mixes(int seed) => [.. Oracle.Mixes.Of(null, seed), .. Oracle.Mixes.Of(OracleIsolation.Serializable, seed)];

    /// <summary>
    /// Without ambient transactions: NHibernate and Npgsql prepare them in the database, where what is prepared outlives its client and keeps its
    /// locks until somebody decides about it.
    /// </summary>
    public static OracleSettings ForKilling(OracleSettings mix) => mix with { Writing = [.. mix.Writing.Where(kind => kind != WriterSession.Ambient)] };

    public override string ToString() =>
        $"{Mix.Name}: {Processes} processes of {Writers} writers and {Readers} readers each, seed {Mix.Seed}, {Mix.RowsPerKind} rows of a kind, pause {Mix.WriterPause} ms, {Mix.Rollbacks} % rollbacks"
        + $", {Policy.ToString().ToLowerInvariant()}, Redis may take {Timeout.TotalSeconds:0.##} s{(IsKilling ? $", killed, lease {Lease.TotalSeconds:0.#} s" : "")}{(Fault != WorkerFault.None ? $", broken: {Fault}" : "")}";
}
