namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What the command line asks for. Thread-safe: immutable.</summary>
/// <param name="Time">All mixes together.</param>
/// <param name="Seed">Decides every choice of every worker.</param>
/// <param name="IsStandard">NHibernate's own query cache instead of the granular one.</param>
/// <param name="Isolation">Narrows the mixes; null for all.</param>
/// <param name="Vary">Short runs with settings drawn by the seed, instead of the mixes.</param>
internal sealed record RunOptions(TimeSpan Time, int Seed, bool IsStandard, OracleIsolation? Isolation, bool Vary)
{
    public const string Usage =
        """
        Usage: [--minutes N] [--seed S] [--cache granular|standard] [--isolation LEVEL] [--vary]
          --minutes     how long all mixes together take, such as 30 or 0.5; 2 by default
          --seed        decides every choice of every reader and writer; 1 by default
          --cache       what to judge: this cache, or NHibernate's own query cache for comparison
          --isolation   only mixes of read-committed, repeatable-read, serializable or none (autocommit and ambient)
          --vary        runs of 20 seconds with drawn settings: small bounds, lost outcomes, two session factories
        """;

    /// <summary>Null when the arguments are not understood.</summary>
    public static RunOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunOptions(TimeSpan.FromMinutes(2), 1, false, null, false);
        for (var i = 0; i < arguments.Count && options is not null; i++)
        {
            if (arguments[i] == "--vary")
                options = options with { Vary = true };
            else
                options = i + 1 < arguments.Count ? With(options, arguments[i], arguments[++i]) : null;
        }
        return options;
    }

    private static RunOptions? With(RunOptions options, string name, string value) => (name, value) switch
    {
        ("--minutes", _) when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 10_000 =>
            options with { Time = TimeSpan.FromMinutes(minutes) },
        ("--seed", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) => options with { Seed = seed },
        ("--cache", "granular") => options with { IsStandard = false },
        ("--cache", "standard") => options with { IsStandard = true },
        ("--isolation", "read-committed") => options with { Isolation = OracleIsolation.ReadCommitted },
        ("--isolation", "repeatable-read") => options with { Isolation = OracleIsolation.RepeatableRead },
        ("--isolation", "serializable") => options with { Isolation = OracleIsolation.Serializable },
        ("--isolation", "none") => options with { Isolation = OracleIsolation.None },
        _ => null,
    };
}
