namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What the command line asks for. Thread-safe: immutable.</summary>
/// <param name="Time">All mixes together.</param>
/// <param name="Seed">Decides every choice of every worker.</param>
/// <param name="IsStandard">NHibernate's own query cache instead of the granular one.</param>
/// <param name="Isolation">Narrows the mixes; null for all.</param>
/// <param name="Vary">Short runs with settings drawn by the seed, instead of the mixes.</param>
internal sealed record RunOptions(TimeSpan Time, int Seed, bool IsStandard, OracleIsolation? Isolation, bool Vary)
{
    /// <summary>Several processes that share a Redis, instead of one.</summary>
    public bool IsShared { get; init; }

    /// <summary>What cached results hold, in every mix; null: what the mix says.</summary>
    public ResultLayout? Layout { get; init; }

    /// <summary>Whether regions hold what transactions have written, in every mix; false: as the mix says.</summary>
    public bool IsWrittenThrough { get; init; }

    /// <summary>How many processes share it.</summary>
    public int Processes { get; init; } = 3;

    /// <summary>Whether processes are killed.</summary>
    public bool IsKilling { get; init; }

    /// <summary>What becomes of commits that cannot be announced.</summary>
    public FailurePolicy Policy { get; init; }

    /// <summary>Whether processes are cut off from Redis on purpose.</summary>
    public bool IsCuttingOff { get; init; }

    public const string Usage =
        """
        Usage: [--minutes N] [--seed S] [--cache granular|standard] [--isolation LEVEL] [--layout LAYOUT] [--write-through] [--vary] [--redis] [--processes N] [--policy POLICY] [--outages] [--kill]
          --minutes     how long all mixes together take, such as 30 or 0.5; 2 by default
          --seed        decides every choice of every reader and writer; 1 by default
          --cache       what to judge: this cache, or NHibernate's own query cache for comparison
          --isolation   only mixes of read-committed, repeatable-read, serializable or none (autocommit and ambient)
          --layout      shallow, full or auto, in every mix; by default one of them has full
          --write-through   in every mix, regions hold what transactions have written; by default in one of them
          --vary        runs of 20 seconds with drawn settings: small bounds, lost outcomes, two session factories
          --redis       several processes that share one Redis, each with a part of the readers and writers
          --processes   how many, from 2 to 8; 3 by default
          --policy      with --redis: degrade or strict, as cache.granular.failure_policy; degrade by default
          --outages     with --redis: each process is cut off from Redis for a moment, in one way or another, again and again
          --kill        with --redis: all processes but the first are killed again and again, at least ten a minute
        """;

    /// <summary>Null when the arguments are not understood.</summary>
    public static RunOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunOptions(TimeSpan.FromMinutes(2), 1, false, null, false);
        for (var i = 0; i < arguments.Count && options is not null; i++)
        {
            options = arguments[i] switch
            {
                "--vary" => options with { Vary = true },
                "--write-through" => options with { IsWrittenThrough = true },
                "--redis" => options with { IsShared = true },
                "--outages" => options with { IsCuttingOff = true },
                "--kill" => options with { IsKilling = true },
                _ => i + 1 < arguments.Count ? With(options, arguments[i], arguments[++i]) : null,
            };
        }
        // Nothing else than the granular cache has layouts, writes through or can be shared, and settings are not drawn for it; nobody is killed in one process.
        return options is { IsStandard: true, Layout: not null } or { IsStandard: true, IsWrittenThrough: true } or { IsShared: true, IsStandard: true } or { IsShared: true, Vary: true } or { IsShared: false, IsKilling: true }
            or { IsShared: false, IsCuttingOff: true } or { IsShared: false, Policy: FailurePolicy.Strict } ? null : options;
    }

    private static RunOptions? With(RunOptions options, string name, string value) => (name, value) switch
    {
        ("--minutes", _) when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 10_000 =>
            options with { Time = TimeSpan.FromMinutes(minutes) },
        ("--seed", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) => options with { Seed = seed },
        ("--processes", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var processes) && processes is >= 2 and <= 8 => options with { Processes = processes },
        ("--policy", "degrade") => options with { Policy = FailurePolicy.Degrade },
        ("--policy", "strict") => options with { Policy = FailurePolicy.Strict },
        ("--cache", "granular") => options with { IsStandard = false },
        ("--cache", "standard") => options with { IsStandard = true },
        ("--layout", "auto" or "shallow" or "full") => options with { Layout = Enum.Parse<ResultLayout>(value, ignoreCase: true) },
        ("--isolation", "read-committed") => options with { Isolation = OracleIsolation.ReadCommitted },
        ("--isolation", "repeatable-read") => options with { Isolation = OracleIsolation.RepeatableRead },
        ("--isolation", "serializable") => options with { Isolation = OracleIsolation.Serializable },
        ("--isolation", "none") => options with { Isolation = OracleIsolation.None },
        _ => null,
    };
}
