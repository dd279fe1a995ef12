using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>
/// A process of Redis, data server or sentinel, that answers on its port of 127.0.0.1. It is ended the hard way, as it keeps
/// nothing. Thread-safe.
/// </summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly GuardedProcess _process;

    private RedisProcess(GuardedProcess process, string directory, int id) => (_process, Directory, Id) = (process, directory, id);

    public string Directory { get; }

    public int Id { get; }

    /// <param name="prepare">Fills the directory, before the server starts in it.</param>
    /// <returns>Null when the server ended at once, as it does when the port is not free; then <paramref name="refused"/> hears what it said.</returns>
    public static async Task<RedisProcess?> TryStartAsync(
        IPEndPoint endPoint, string? password, IEnumerable<string> arguments, Action<string>? prepare, Action<string> refused, CancellationToken cancellationToken)
    {
        var program = Installation.Find() ?? throw new InvalidOperationException(
            $"redis-server is not installed, and these tests stop, restart and join servers of their own. Mend it with: {Installation.Command}");
        var directory = System.IO.Directory.CreateTempSubdirectory("granular-redis-").FullName;
        try
        {
            prepare?.Invoke(directory);
        }
        catch
        {
            GuardedProcess.Delete(directory);
            throw;
        }
        var idFile = Path.Combine(directory, "id");
        var process = GuardedProcess.Start(directory, "KILL", idFile, [program, .. arguments, "--pidfile", idFile]);
        try
        {
            if (await AnswersAsync(process, idFile, endPoint, password, cancellationToken) is { } id)
                return new RedisProcess(process, directory, id);
            refused(process.Log);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
        await process.DisposeAsync();
        return null;
    }

    /// <summary>Sends it a signal, by its name without SIG, and waits until that is done.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"The signal {name} could not be sent to process {Id}.");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <returns>The process's id; null when it ended by itself.</returns>
    private static async Task<int?> AnswersAsync(GuardedProcess process, string idFile, IPEndPoint endPoint, string? password, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (!process.HasExited)
        {
            try
            {
                // The file is written when the port is ours, and the id tells that it is not another server that answers there.
                if (File.Exists(idFile) && int.TryParse(await File.ReadAllTextAsync(idFile, cancellationToken), out var id))
                {
                    using var connection = await RespConnection.OpenAsync(endPoint, password, cancellationToken);
                    await connection.ExecuteAsync(["PING"], cancellationToken);
                    var info = await connection.ExecuteAsync(["INFO", "server"], cancellationToken);
                    if (RedisInfo.Field(info, "process_id") == id.ToString(CultureInfo.InvariantCulture))
                        return id;
                }
            }
            catch (Exception exception) when (exception is SocketException or IOException || (exception is InvalidOperationException && IsLoading(exception.Message)))
            {
            }
            if (since.Elapsed > s_patience)
                throw new InvalidOperationException($"Redis does not answer on {endPoint}: {process.Log}");
            await Task.Delay(10, cancellationToken);
        }
        return null;
    }

    private static bool IsLoading(string message) => message.StartsWith("LOADING", StringComparison.Ordinal);
}
