using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>A process at work, as the one that has started it knows it. Not thread-safe.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();

    private Child(Process process, WorkerOrder order) => (_process, Order) = (process, order);

    public WorkerOrder Order { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What its connections are called in the database.</summary>
    public string ApplicationName => NameOf(Order);

    /// <summary>What its workers did last, if anybody has found something.</summary>
    public string Log { get; private set; } = "";

    /// <summary>What it said besides.</summary>
    public string Said => string.Join('\n', _said.TakeLast(40));

    /// <param name="order">What it is to do.</param>
    /// <param name="found">Told of what it finds, in some thread.</param>
    public static Child Start(WorkerOrder order, Action<OracleFinding> found)
    {
        order = order with { Database = new NpgsqlConnectionStringBuilder(order.Database) { ApplicationName = NameOf(order) }.ConnectionString };
        // The host of the runtime, and not the program's own: under a test runner there is none that could be started.
        var start = new ProcessStartInfo(Host(), ["exec", typeof(Child).Assembly.Location, WorkerProcess.Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var child = new Child(Process.Start(start)!, order);
        child._process.OutputDataReceived += (_, line) => child.Hear(line.Data, found);
        child._process.ErrorDataReceived += (_, line) => child.Hear(line.Data, found);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        child._process.StandardInput.WriteLine(order.ToLine());
        child._process.StandardInput.Flush();
        return child;
    }

    /// <summary>Also waits until all that it said has arrived.</summary>
    public void WaitForExit() => _process.WaitForExit();

    /// <summary>Ends it, in the hard way if it does not go by itself.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has gone.
        }
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }

    private static string NameOf(WorkerOrder order) => $"oracle process {order.Number}, life {order.Life}";

    private static string Host() => System.Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private void Hear(string? line, Action<OracleFinding> found)
    {
        if (line is null)
            return;
        if (line.StartsWith('{'))
            found(JsonSerializer.Deserialize<OracleFinding>(line)!);
        else if (line.StartsWith(WorkerProcess.Log, StringComparison.Ordinal))
            Log = JsonSerializer.Deserialize<string>(line[WorkerProcess.Log.Length..])!;
        else
            _said.Enqueue(line);
    }
}
