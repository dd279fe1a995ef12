using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>How benchmarks are run and what is told of them. Thread-safe: stateless.</summary>
internal static class BenchmarkRun
{
    /// <summary>Runs the benchmarks of one question and prints its table.</summary>
    /// <param name="question">A class of benchmarks.</param>
    /// <param name="options">Which of them, and for how long.</param>
    /// <returns>Whether every benchmark that was asked for ran.</returns>
    public static bool Ask(System.Type question, RunOptions options)
    {
        var configuration = Configuration(options);
        var benchmarks = BenchmarkConverter.TypeToBenchmarks(question, configuration);
        if (benchmarks.BenchmarksCases.Length == 0)
            return true;
        var summary = BenchmarkRunner.Run(benchmarks);
        var complete = !summary.HasCriticalValidationErrors && summary.Reports.Length == benchmarks.BenchmarksCases.Length && summary.Reports.All(report => report.Success);
        Print(summary, $"{question.Name}{(options.Quick ? " (short job)" : "")}", complete);
        return complete;
    }

    private static void Print(Summary summary, string title, bool complete)
    {
        var output = ConsoleLogger.Default;
        output.WriteLine();
        output.WriteLineHeader(title);
        MarkdownExporter.GitHub.ExportToLog(summary, output);
        foreach (var error in summary.ValidationErrors.Where(error => error.IsCritical))
            output.WriteLineError(error.Message);
        if (!complete)
            output.WriteLineError($"{title}: not every benchmark ran. Run it without --quick to see why.");
        output.Flush();
    }

    // In this process, because all benchmarks of a run share one database server and its session factories.
    private static ManualConfig Configuration(RunOptions options)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
        job = options.Quick
            ? job.WithWarmupCount(3).WithIterationCount(10).WithIterationTime(TimeInterval.FromMilliseconds(80)).WithEvaluateOverhead(false)
            : job.WithMinIterationCount(15).WithMaxIterationCount(30).WithIterationTime(TimeInterval.FromMilliseconds(250));
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddFilter(new GlobFilter([options.Filter]))
            .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .HideColumns(Column.Job, Column.Toolchain, Column.IterationCount, Column.IterationTime, Column.WarmupCount, Column.EvaluateOverhead, Column.MinIterationCount, Column.MaxIterationCount)
            .AddLogger(options.Quick ? NullLogger.Instance : ConsoleLogger.Default)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithSummaryStyle(SummaryStyle.Default.WithRatioStyle(RatioStyle.Value));
    }
}
