using System.Diagnostics;
using System.Globalization;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>
/// Asks the same questions with the variants taking turns every millisecond or so, and compares medians. BenchmarkDotNet measures
/// one variant after the other, so that on a machine with other work its ratios tell of the other work; these hardly do.
/// Thread-safe: stateless.
/// </summary>
internal static class PairedRun
{
    private const int Rounds = 300;
    private const int WarmUps = 2_000;

    // Long enough for the clock, short enough to be over before the scheduler takes the processor away.
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(1);

    public static void Ask(HitBenchmark question)
    {
        var variants = question.Variants;
        question.FillCaches();
        var medians = Medians(variants);
        question.AssertThatVariantsAgree();
        Print(question, variants, medians);
    }

    /// <summary>The medians of variants that take turns, in their order.</summary>
    public static Turn[] Medians(Func<object>[] variants)
    {
        var repetitions = Array.ConvertAll(variants, WarmUp);
        var turns = new Turn[variants.Length][];
        for (var variant = 0; variant < variants.Length; variant++)
            turns[variant] = new Turn[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            for (var variant = 0; variant < variants.Length; variant++)
                turns[variant][round] = Measure(variants[variant], repetitions[variant]);
        }
        return Array.ConvertAll(turns, Median);
    }

    private static int WarmUp(Func<object> variant)
    {
        // The runtime compiles again what is used much, in the background and when it finds time: hence the pauses.
        for (var i = 0; i < 4; i++)
        {
            Measure(variant, WarmUps);
            Thread.Sleep(300);
        }
        return Math.Max(1, (int)(s_turn.TotalMicroseconds / Measure(variant, 100).Microseconds));
    }

    private static Turn Measure(Func<object> variant, int repetitions)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < repetitions; i++)
            variant();
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new Turn(elapsed.TotalMicroseconds / repetitions, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)repetitions);
    }

    private static Turn Median(Turn[] turns) =>
        new(turns.Select(turn => turn.Microseconds).Order().ElementAt(turns.Length / 2), turns.Select(turn => turn.Bytes).Order().ElementAt(turns.Length / 2));

    private static void Print(HitBenchmark question, Func<object>[] variants, Turn[] medians)
    {
        var standard = medians[1];
        Console.WriteLine($"\n{question.Title}\n");
        Console.WriteLine("| Variant | Median | Ratio | Allocated | Ratio |\n|---|---:|---:|---:|---:|");
        foreach (var (variant, median) in variants.Zip(medians))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {variant.Method.Name} | {median.Microseconds:F1} µs | {median.Microseconds / standard.Microseconds:F2} | {median.Bytes / 1024:F1} KB | {median.Bytes / standard.Bytes:F2} |"));
        }
    }

    /// <summary>One execution's share of a turn.</summary>
    internal readonly record struct Turn(double Microseconds, double Bytes);
}
