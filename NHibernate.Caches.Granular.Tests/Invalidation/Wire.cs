using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// The wire between Npgsql and the server, on which things can be made to go wrong: the answer to a COMMIT lost, the COMMIT
/// delivered late, a primary reported as a standby. Each connection is served by two threads. Thread-safe.
/// </summary>
internal sealed class Wire : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly ManualResetEventSlim _answered = new();
    private (NetworkStream Server, byte[] Message)? _held;

    public Wire(string connectionString)
    {
        _server = new NpgsqlConnectionStringBuilder(connectionString);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>The server commits, and the connection is lost before the client hears of it.</summary>
    public bool LosesAnswerToCommit { get; set; }

    /// <summary>The connection is lost while COMMIT is on its way; it arrives when <see cref="Deliver"/> is called.</summary>
    public bool HoldsCommit { get; set; }

    /// <summary>The server says that it is a standby.</summary>
    public bool ReportsStandby { get; init; }

    /// <summary>
    /// The connection is lost when the server has sent so many bytes more; it can send on, and go on, when <see cref="Drain"/> is
    /// called. Null: never.
    /// </summary>
    public int? BreaksAfter { get; set; }

    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        Pooling = false,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    public NpgsqlConnection Open()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Takes what the server has still to send, up to its readiness for the next statement.</summary>
    public void Drain()
    {
        var (server, _) = _held ?? throw new InvalidOperationException("No connection was lost.");
        var buffer = new byte[65536];
        // The end of a statement outside transactions: ReadyForQuery, idle.
        for (int length; (length = server.Read(buffer)) > 0 && !buffer.AsSpan(0, length).EndsWith("Z\0\0\0\u0005I"u8);)
        {
        }
    }

    /// <summary>Delivers the COMMIT that was held, and waits until the server has answered it.</summary>
    public void Deliver()
    {
        var (server, message) = _held ?? throw new InvalidOperationException("No COMMIT was sent.");
        server.Write(message);
        if (!_answered.Wait(TimeSpan.FromSeconds(30)))
            throw new TimeoutException("The server did not answer.");
    }

    public void Dispose()
    {
        _listener.Stop();
        _answered.Dispose();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.AcceptTcpClient();
                var server = new TcpClient(_server.Host!, _server.Port);
                var line = new Line(client.GetStream(), server.GetStream());
                new Thread(() => Ignore(() => ToServer(line))) { IsBackground = true }.Start();
                new Thread(() => Ignore(() => ToClient(line))) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private void ToServer(Line line)
    {
        var buffer = new byte[65536];
        for (int length; (length = line.Client.Read(buffer)) > 0;)
        {
            var isCommit = Encoding.ASCII.GetString(buffer, 0, length).Contains("COMMIT\0", StringComparison.Ordinal);
            if (isCommit && HoldsCommit)
            {
                line.IsCut = true;
                _held = (line.Server, buffer[..length]);
                line.Client.Dispose();
                return;
            }
            line.IsCut |= isCommit && LosesAnswerToCommit;
            line.Server.Write(buffer, 0, length);
        }
        // What is held has still something to send, or to get.
        if (_held?.Server != line.Server)
            line.Server.Dispose();
    }

    private void ToClient(Line line)
    {
        var buffer = new byte[65536];
        for (int length; (length = line.Server.Read(buffer)) > 0;)
        {
            if (line.IsCut)
            {
                line.Client.Dispose();
                _answered.Set();
                return;
            }
            if (BreaksAfter is { } rest && (BreaksAfter = rest - length) < 0)
            {
                (_held, BreaksAfter) = ((line.Server, []), null);
                line.Client.Dispose();
                return;
            }
            line.Client.Write(ReportsStandby ? Standby(buffer[..length]) : buffer[..length]);
        }
        line.Client.Dispose();
    }

    /// <summary>Rewrites the parameter that the server reports when a connection is opened.</summary>
    private static byte[] Standby(byte[] messages)
    {
        const int header = 5;
        var (off, on) = (Encoding.ASCII.GetBytes("in_hot_standby\0off\0"), Encoding.ASCII.GetBytes("in_hot_standby\0on\0"));
        var at = messages.AsSpan().IndexOf(off);
        if (at < header)
            return messages;
        return [.. messages[..(at - 1)], (byte)(messages[at - 1] - 1), .. on, .. messages[(at + off.Length)..]];
    }

    private static void Ignore(System.Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // One of the two ends is gone.
        }
    }

    private sealed class Line(NetworkStream client, NetworkStream server)
    {
        private volatile bool _isCut;

        public NetworkStream Client { get; } = client;

        public NetworkStream Server { get; } = server;

        public bool IsCut
        {
            get => _isCut;
            set => _isCut = value;
        }
    }
}
