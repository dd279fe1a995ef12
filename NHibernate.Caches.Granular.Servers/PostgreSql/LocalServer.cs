using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace NHibernate.Caches.Granular.Servers.PostgreSql;

/// <summary>
/// A private server from the programs installed here: a cluster in a temporary directory, on a free port of 127.0.0.1, made for
/// speed and not for keeping. It ends and is deleted with its disposal, and also when this process dies in whatever way.
/// </summary>
internal sealed class LocalServer : IRunningServer
{
    private const int Attempts = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly GuardedProcess _process;

    private LocalServer(GuardedProcess process, string connectionString) => (_process, ConnectionString) = (process, connectionString);

    public string ConnectionString { get; }

    /// <returns>Null when PostgreSQL is not installed here.</returns>
    /// <exception cref="InvalidOperationException">It is installed but does not start; the message holds what it says.</exception>
    public static async Task<LocalServer?> StartAsync(CancellationToken cancellationToken)
    {
        if (Installation.Find() is not { } installation)
            return null;
        for (var attempt = 1; ; attempt++)
        {
            var directory = Directory.CreateTempSubdirectory("granular-pg-").FullName;
            try
            {
                await CreateClusterAsync(installation, directory, cancellationToken);
            }
            catch
            {
                GuardedProcess.Delete(directory);
                throw;
            }
            var process = StartIn(directory, installation, out var connectionString);
            try
            {
                if (await AnswersAsync(process, connectionString, cancellationToken))
                    return new LocalServer(process, connectionString);
                // Another process may have taken the port between our look and the server's: then try the next one.
                if (attempt == Attempts)
                    throw new InvalidOperationException($"PostgreSQL from {installation.Directory} does not start: {process.Log}");
            }
            catch
            {
                await process.DisposeAsync();
                throw;
            }
            await process.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task CreateClusterAsync(Installation installation, string directory, CancellationToken cancellationToken)
    {
        if (UnprivilegedUser.IsNeeded)
            await RunAsync(["chown", UnprivilegedUser.Name, directory], cancellationToken);
        await RunAsync(
            UnprivilegedUser.Command(
                installation.InitDb, "-D", Path.Combine(directory, "data"), "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync"),
            cancellationToken);
    }

    private static GuardedProcess StartIn(string directory, Installation installation, out string connectionString)
    {
        var port = Ports.Free();
        var command = UnprivilegedUser.Command(
            installation.Postgres, "-D", Path.Combine(directory, "data"), "-F",
            "-c", "listen_addresses=127.0.0.1",
            "-c", string.Create(CultureInfo.InvariantCulture, $"port={port}"),
            "-c", $"unix_socket_directories={(OperatingSystem.IsWindows() ? "" : directory)}",
            "-c", "max_prepared_transactions=20",
            "-c", "max_connections=200",
            "-c", "full_page_writes=off");
        connectionString = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = "postgres", Database = "postgres" }.ConnectionString;
        return GuardedProcess.Start(directory, "INT", Path.Combine(directory, "data", "postmaster.pid"), command);
    }

    /// <returns>False when the server ended by itself.</returns>
    private static async Task<bool> AnswersAsync(GuardedProcess process, string connectionString, CancellationToken cancellationToken)
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
}
