using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Perfolizer.Metrology;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>How benchmarks are run and what is told of them. Thread-safe: stateless.</summary>
internal static class BenchmarkRun
{
    /// <summary>Runs the benchmarks of one question and prints its table.</summary>
    /// <param name="question">A class of benchmarks.</param>
    /// <param name="quick">A short job: good for a look at the ratios, too short for numbers to be quoted.</param>
    /// <returns>Whether every benchmark ran.</returns>
    public static bool Ask(System.Type question, bool quick)
    {
        var output = ConsoleLogger.Default;
        var summary = BenchmarkRunner.Run(question, Configuration(quick));
        var complete = summary is { HasCriticalValidationErrors: false } && summary.Reports.All(report => report.Success) && summary.Reports.Length == summary.BenchmarksCases.Length;
        output.WriteLine();
        output.WriteLineHeader($"{question.Name}{(quick ? " (short job)" : "")}");
        MarkdownExporter.GitHub.ExportToLog(summary, output);
        if (!complete)
            output.WriteLineError($"{question.Name}: not every benchmark ran. See {summary.LogFilePath}.");
        output.Flush();
        return complete;
    }

    // In this process, because all benchmarks of a run share one database server and three session factories.
    private static ManualConfig Configuration(bool quick)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
        if (quick)
            job = job.WithWarmupCount(3).WithIterationCount(10).WithIterationTime(TimeInterval.FromMilliseconds(80)).WithEvaluateOverhead(false);
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .HideColumns(Column.Job, Column.Toolchain, Column.IterationCount, Column.IterationTime, Column.WarmupCount, Column.EvaluateOverhead)
            .AddLogger(quick ? NullLogger.Instance : ConsoleLogger.Default)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithSummaryStyle(SummaryStyle.Default.WithRatioStyle(RatioStyle.Value));
    }
}
