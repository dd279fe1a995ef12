namespace Storefront;

/// <summary>What the command line asks for.</summary>
/// <param name="Operations">Number of page views and changes in the workload; at least 1.</param>
/// <param name="Seed">Decides data and workload: the same seed, the same run.</param>
/// <param name="Writes">Share of changes among the operations, in percent; 0 to 100.</param>
/// <param name="ConnectionString">A PostgreSQL role that may create databases; null to have a private server started.</param>
/// <param name="UseRedis">Two processes that share a cache, instead of the comparison.</param>
/// <param name="Explain">The story of one query, instead of the comparison.</param>
internal sealed record Options(int Operations = 3000, int Seed = 1, int Writes = 5, string? ConnectionString = null, bool UseRedis = false, bool Explain = false)
{
    public const string Usage = """
        Usage: Storefront [--operations N] [--seed N] [--writes PERCENT] [--connection "..."] [--redis | --explain]

          --operations N       page views and changes per variant (default 3000)
          --seed N             decides data and workload (default 1)
          --writes PERCENT     share of changes, 0 to 100 (default 5)
          --connection "..."   a PostgreSQL whose role may create databases (default: a private server)
          --redis              instead: two processes that share their cache through Redis
          --explain            instead: what one query depends on, and which change has invalidated it
        """;

    /// <returns>The options, or null with a message that says what is wrong; null with an empty message asks for the usage.</returns>
    public static Options? Parse(string[] arguments, out string fault)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--help" or "-h")
                return Reject("", out fault);
            if (name is "--redis" or "--explain")
            {
                options = options with { UseRedis = options.UseRedis || name == "--redis", Explain = options.Explain || name == "--explain" };
                continue;
            }
            if (name is not ("--operations" or "--seed" or "--writes" or "--connection"))
                return Reject($"There is no option '{name}'.", out fault);
            if (++i == arguments.Length)
                return Reject($"The option {name} needs a value.", out fault);

            var value = arguments[i];
            if (name == "--connection")
            {
                options = options with { ConnectionString = value };
                continue;
            }
            var (low, high) = name switch { "--operations" => (1, 1_000_000), "--writes" => (0, 100), _ => (0, int.MaxValue) };
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < low || number > high)
                return Reject($"The option {name} takes a whole number from {low} to {high}, not '{value}'.", out fault);
            options = name switch
            {
                "--operations" => options with { Operations = number },
                "--writes" => options with { Writes = number },
                _ => options with { Seed = number },
            };
        }
        fault = "";
        return options;
    }

    private static Options? Reject(string message, out string fault)
    {
        fault = message;
        return null;
    }
}
