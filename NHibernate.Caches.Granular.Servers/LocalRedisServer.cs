using System.Diagnostics;
using System.Globalization;
using System.Net;
using NHibernate.Caches.Granular.Servers.Redis;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// A private Redis from the program installed here, on a free port of 127.0.0.1, for tests that make it fail: it can be paused,
/// killed, started again empty or from an old snapshot, and made a replica. It keeps nothing on disk by itself, and ends with
/// its disposal or with this process, in whatever way that dies. Not thread-safe, except for <see cref="ExecuteAsync"/>.
/// </summary>
public sealed class LocalRedisServer : IRunningServer
{
    private const int Attempts = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string[] _arguments;
    private readonly string? _password;
    private RedisProcess? _process;

    private LocalRedisServer(int port, string[] arguments)
    {
        (EndPoint, _arguments) = (new IPEndPoint(IPAddress.Loopback, port), arguments);
        _password = arguments.SkipWhile(argument => argument != "--requirepass").ElementAtOrDefault(1);
    }

    public IPEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    /// <summary>For StackExchange.Redis; with the password, if there is one among the arguments.</summary>
    public string ConnectionString => Invariant($"127.0.0.1:{Port}") + Password;

    /// <summary>Where it runs: relative names among the arguments are of files here. Another one after each start.</summary>
    public string Directory => Process.Directory;

    internal string Password => _password is null ? "" : $",password={_password}";

    private RedisProcess Process => _process ?? throw new InvalidOperationException("The server does not run.");

    /// <param name="arguments">More for its command line: <c>"--maxmemory", "8mb"</c>. They win over what is set here.</param>
    /// <exception cref="InvalidOperationException">Redis is not installed, or does not start; the message says what to do or what it says.</exception>
    public static Task<LocalRedisServer> StartAsync(params string[] arguments) => StartAsync(arguments, CancellationToken.None);

    /// <inheritdoc cref="StartAsync(string[])"/>
    public static async Task<LocalRedisServer> StartAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var said = "";
        // Another process may take the port between our look and the server's: then try the next one.
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var server = new LocalRedisServer(Ports.Free(), arguments);
            if (await server.TryStartAsync(null, log => said = log, cancellationToken))
                return server;
        }
        throw new InvalidOperationException($"Redis does not start: {said}");
    }

    /// <summary>Stops the process where it is: connections stay open and nobody answers.</summary>
    public void Pause() => Process.Signal("STOP");

    /// <summary>Lets a paused process go on; it answers all that has been asked in the meantime.</summary>
    public void Resume() => Process.Signal("CONT");

    /// <summary>Ends the process at once; what it knew is lost, and its port refuses connections.</summary>
    public async Task KillAsync()
    {
        await Process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts a killed server on the same port: empty, or with the data of a snapshot.</summary>
    public async Task StartAgainAsync(RedisSnapshot? data = null, CancellationToken cancellationToken = default)
    {
        if (_process is not null)
            throw new InvalidOperationException("The server runs already.");
        var said = "";
        if (!await TryStartAsync(data, log => said = log, cancellationToken))
            throw new InvalidOperationException($"Redis does not start again: {said}");
    }

    /// <summary>Kills the server and starts it again: empty, or with the data of a snapshot.</summary>
    public async Task RestartAsync(RedisSnapshot? data = null, CancellationToken cancellationToken = default)
    {
        await KillAsync();
        await StartAgainAsync(data, cancellationToken);
    }

    public async Task<RedisSnapshot> SaveSnapshotAsync(CancellationToken cancellationToken = default)
    {
        await ExecuteAsync(["SAVE"], cancellationToken);
        return RedisSnapshot.From(Directory);
    }

    /// <summary>Makes this server a replica of another, and waits until it has taken over its data.</summary>
    public async Task ReplicateFromAsync(LocalRedisServer master, CancellationToken cancellationToken = default)
    {
        await ExecuteAsync(["REPLICAOF", "127.0.0.1", Invariant($"{master.Port}")], cancellationToken);
        await WaitUntilAsync(async () => await InfoAsync("master_link_status", cancellationToken) == "up", "the replica is in step with its master", cancellationToken);
    }

    /// <summary>Makes a replica a master, which begins a history of its own.</summary>
    public Task PromoteAsync(CancellationToken cancellationToken = default) => ExecuteAsync(["REPLICAOF", "NO", "ONE"], cancellationToken);

    /// <summary>Sends one command past all clients under test, on a connection of its own.</summary>
    /// <exception cref="InvalidOperationException">The server answers with an error, which is the message.</exception>
    public Task<RedisReply> ExecuteAsync(params string[] command) => ExecuteAsync(command, CancellationToken.None);

    /// <inheritdoc cref="ExecuteAsync(string[])"/>
    public async Task<RedisReply> ExecuteAsync(string[] command, CancellationToken cancellationToken)
    {
        using var connection = await RespConnection.OpenAsync(EndPoint, _password, cancellationToken);
        return await connection.ExecuteAsync(command, cancellationToken);
    }

    /// <returns>What the server's INFO says under that name; null if nothing.</returns>
    public async Task<string?> InfoAsync(string field, CancellationToken cancellationToken = default) =>
        RedisInfo.Field(await ExecuteAsync(["INFO"], cancellationToken), field);

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal static async Task WaitUntilAsync(Func<Task<bool>> isSo, string what, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (since.Elapsed > s_patience)
                throw new TimeoutException($"Waited in vain until {what}.");
            await Task.Delay(20, cancellationToken);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private async Task<bool> TryStartAsync(RedisSnapshot? data, Action<string> refused, CancellationToken cancellationToken)
    {
        // A replica's full copy would wait five seconds for others that might want one too.
        string[] arguments =
        [
            "--port", Invariant($"{Port}"), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", .. _arguments,
        ];
        _process = await RedisProcess.TryStartAsync(EndPoint, _password, arguments, data is null ? null : data.CopyTo, refused, cancellationToken);
        return _process is not null;
    }
}
