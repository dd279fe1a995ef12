using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A private server from the programs installed here: a cluster in a temporary directory, on a free port of 127.0.0.1, made for
/// speed and not for keeping. It ends and is deleted with its disposal, and also when this process dies in whatever way: on Unix
/// a shell guards it, which sees its standard input closed then.
/// </summary>
internal sealed class LocalServer : IRunningServer
{
    private const int Attempts = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // $1 is the directory, the rest the server's command line. The server's own process is the one that it writes into its file
    // (a program that changes the user may be in between). Signals of a terminal are for us to answer, by closing the input.
    private const string Guard =
        """
        exec 3<&0 </dev/null >/dev/null 2>&1
        trap '' INT HUP TERM
        directory=$1; shift
        "$@" >"$directory/log" 2>&1 3<&- &
        server=$!
        ( read -r _ <&3
          while kill -0 $server; do kill -INT $server $(head -n 1 "$directory/data/postmaster.pid"); sleep 0.1; done
          rm -rf "$directory" ) &
        exec 3<&-
        wait $server
        """;

    private readonly string _directory;
    private readonly Process _process;

    private LocalServer(string directory, Process process, string connectionString)
    {
        (_directory, _process, ConnectionString) = (directory, process, connectionString);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public string ConnectionString { get; }

    /// <returns>Null when PostgreSQL is not installed here.</returns>
    /// <exception cref="InvalidOperationException">It is installed but does not start; the message holds what it says.</exception>
    public static async Task<LocalServer?> StartAsync(CancellationToken cancellationToken)
    {
        if (Installation.Find() is not { } installation)
            return null;
        var directory = Directory.CreateTempSubdirectory("granular-pg-").FullName;
        try
        {
            await CreateClusterAsync(installation, directory, cancellationToken);
            for (var attempt = 1; ; attempt++)
            {
                // Another process may take the port between our look and the server's: then try the next one.
                if (await TryStartAsync(installation, directory, FreePort(), cancellationToken) is { } server)
                    return server;
                if (attempt == Attempts)
                    throw new InvalidOperationException($"PostgreSQL from {installation.Directory} does not start: {ReadLog(directory)}");
            }
        }
        catch
        {
            Delete(directory);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopAsync(_process);
        Delete(_directory);
    }

    private static async Task CreateClusterAsync(Installation installation, string directory, CancellationToken cancellationToken)
    {
        if (UnprivilegedUser.IsNeeded)
            await RunAsync(["chown", UnprivilegedUser.Name, directory], cancellationToken);
        await RunAsync(
            UnprivilegedUser.Command(
                installation.InitDb, "-D", Path.Combine(directory, "data"), "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync"),
            cancellationToken);
    }

    private static async Task<LocalServer?> TryStartAsync(Installation installation, string directory, int port, CancellationToken cancellationToken)
    {
        var command = UnprivilegedUser.Command(
            installation.Postgres, "-D", Path.Combine(directory, "data"), "-F",
            "-c", "listen_addresses=127.0.0.1",
            "-c", string.Create(CultureInfo.InvariantCulture, $"port={port}"),
            "-c", $"unix_socket_directories={(OperatingSystem.IsWindows() ? "" : directory)}",
            "-c", "max_prepared_transactions=20",
            "-c", "max_connections=200",
            "-c", "full_page_writes=off");
        var process = StartGuarded(directory, command);
        var connectionString = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = "postgres", Database = "postgres" }.ConnectionString;
        try
        {
            if (await AnswersAsync(process, connectionString, cancellationToken))
                return new LocalServer(directory, process, connectionString);
        }
        catch
        {
            await StopAsync(process);
            throw;
        }
        process.Dispose();
        return null;
    }

    private static Process StartGuarded(string directory, string[] command)
    {
        string[] line = OperatingSystem.IsWindows() ? command : ["/bin/sh", "-c", Guard, "granular-pg", directory, .. command];
        return Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = directory })!;
    }

    /// <returns>False when the server ended by itself.</returns>
    private static async Task<bool> AnswersAsync(Process process, string connectionString, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        while (!process.HasExited)
        {
            try
            {
                await using var connection = new NpgsqlConnection(unpooled);
                await connection.OpenAsync(cancellationToken);
                return true;
            }
            catch (NpgsqlException) when (since.Elapsed < s_patience)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
        return false;
    }

    private static async Task StopAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            if (OperatingSystem.IsWindows())
                process.Kill(entireProcessTree: true);
            using var patience = new CancellationTokenSource(s_patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    // On Unix the guard does it when our end of its input closes, which the end of the process does by itself.
    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (OperatingSystem.IsWindows())
            _process.Kill(entireProcessTree: true);
    }

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' failed: {await error} {await output}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string ReadLog(string directory)
    {
        var log = Path.Combine(directory, "log");
        return File.Exists(log) ? File.ReadAllText(log) : "it left no log.";
    }

    private static void Delete(string directory)
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
}
