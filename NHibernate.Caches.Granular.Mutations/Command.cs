using System.Diagnostics;

namespace NHibernate.Caches.Granular.Mutations;

/// <summary>Runs another program to its end. Thread-safe: stateless.</summary>
internal static class Command
{
    /// <returns>The exit code, what it wrote, and whether it had to be ended because its time was up.</returns>
    public static async Task<(int Exit, string Output, bool IsTimedOut)> RunAsync(string directory, TimeSpan limit, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(limit);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return (process.ExitCode, await output + await error, patience.IsCancellationRequested);
    }
}
