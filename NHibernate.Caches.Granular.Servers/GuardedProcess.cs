using System.Diagnostics;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A server's process in a temporary directory of its own. Both are gone after its disposal, and also when this process dies in
/// whatever way: on Unix a shell guards it, which sees its standard input closed then. Thread-safe.
/// </summary>
internal sealed class GuardedProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // $1 is the directory, $2 the signal that ends the server, $3 the file that the server writes its process id into (a program
    // that changes the user may be in between), the rest its command line. Signals of a terminal are for us to answer, by closing
    // the input.
    private const string Guard =
        """
        exec 3<&0 </dev/null >/dev/null 2>&1
        trap '' INT HUP TERM
        directory=$1; signal=$2; id=$3; shift 3
        "$@" >"$directory/log" 2>&1 3<&- &
        server=$!
        ( read -r _ <&3
          while kill -0 $server; do kill -$signal $server $(head -n 1 "$id"); sleep 0.1; done
          rm -rf "$directory" ) &
        exec 3<&-
        wait $server
        """;

    private readonly string _directory;
    private readonly Process _process;
    private int _isDisposed;

    private GuardedProcess(string directory, Process process)
    {
        (_directory, _process) = (directory, process);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public bool HasExited => _process.HasExited;

    /// <summary>What the server has written to its output.</summary>
    public string Log
    {
        get
        {
            var log = Path.Combine(_directory, "log");
            return File.Exists(log) ? File.ReadAllText(log) : "it left no log.";
        }
    }

    /// <param name="directory">Where the server runs; it belongs to the process from here on.</param>
    /// <param name="signal">The name of the signal that ends the server, without SIG.</param>
    /// <param name="idFile">The file that the server writes its process id into.</param>
    public static GuardedProcess Start(string directory, string signal, string idFile, string[] command)
    {
        string[] line = OperatingSystem.IsWindows() ? command : ["/bin/sh", "-c", Guard, "granular-guard", directory, signal, idFile, .. command];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = directory };
        return new GuardedProcess(directory, Process.Start(start)!);
    }

    /// <summary>Deletes a directory as far as that is possible now.</summary>
    public static void Delete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The guard may be deleting it at the same time; what is left is in the system's temporary directory.
        }
    }

    /// <summary>Ends the server and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        using (_process)
        {
            _process.StandardInput.Close();
            if (OperatingSystem.IsWindows())
                _process.Kill(entireProcessTree: true);
            using var patience = new CancellationTokenSource(s_patience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        Delete(_directory);
    }

    // On Unix the guard does it when our end of its input closes, which the end of the process does by itself.
    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (OperatingSystem.IsWindows())
            _process.Kill(entireProcessTree: true);
    }
}
