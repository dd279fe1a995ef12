using NHibernate.Caches.Granular.Benchmarks.Payloads;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>What the command line asks for. Thread-safe: immutable.</summary>
/// <param name="Quick">A short job: good for a look at the ratios, too short for numbers to be quoted.</param>
/// <param name="Paired">Not BenchmarkDotNet, but <see cref="PairedRun"/>.</param>
/// <param name="Filter">Which benchmarks, by full name; <c>*</c> stands for any characters. Not for <paramref name="Paired"/>.</param>
/// <param name="Payloads">Not hits, but <see cref="PayloadRun"/>.</param>
internal sealed record RunOptions(bool Quick, bool Paired, string Filter, bool Payloads = false)
{
    public const string Usage =
        """
        Usage: [--quick | --paired | --payloads] [--filter PATTERN]
          --quick     a short job, well under a minute, that shows the ratios roughly
          --paired    the variants take turns, for a machine that has other work as well
          --payloads  the bytes of payloads beside JSON; needs no database
          --filter    only benchmarks whose full name matches, such as *CountHit* or *.GranularCache
        """;

    /// <summary>Null when the arguments are not understood.</summary>
    public static RunOptions? Parse(ReadOnlySpan<string> arguments) => arguments switch
    {
        [] => new RunOptions(false, false, "*"),
        ["--quick", .. var others] => Parse(others) is { } options ? options with { Quick = true } : null,
        ["--paired", .. var others] => Parse(others) is { } options ? options with { Paired = true } : null,
        ["--payloads", .. var others] => Parse(others) is { } options ? options with { Payloads = true } : null,
        ["--filter", var pattern, .. var others] => Parse(others) is { } options ? options with { Filter = pattern } : null,
        _ => null,
    };
}
