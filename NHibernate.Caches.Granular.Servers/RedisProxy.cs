using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NHibernate.Caches.Granular.Servers.Redis;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// Stands between clients and a Redis server: counts what passes, and lets it be late, get lost or hang. The server behind it
/// does not notice; nor does the client, until it is meant to. Thread-safe; what is set holds for all its connections, also
/// those that come later.
/// </summary>
public sealed class RedisProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = [];
    private readonly string _options;
    private readonly Task _accepting;

    private RedisProxy(IPEndPoint? target, string options, WireCounter counter)
    {
        (Target, _options, Counter) = (target, options, counter);
        _listener = new TcpListener(IPAddress.Loopback, Ports.Free());
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Port => EndPoint.Port;

    /// <summary>For StackExchange.Redis: leads to the server through here.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}{_options}");

    /// <summary>Where new connections lead; while it is null they are closed.</summary>
    public IPEndPoint? Target { get; set; }

    public WireCounter Counter { get; }

    /// <summary>How much later each reply arrives than the server gave it.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether new connections are closed as soon as they are made.</summary>
    public bool Refuses { get; set; }

    /// <summary>Awaited before the server gets a request; requests after it wait. If it throws, the connection is cut.</summary>
    public Func<RedisRequest, Task>? BeforeRequest { get; set; }

    /// <summary>Awaited when the server has replied and before the client gets the reply; replies after it wait. If it throws, the connection is cut.</summary>
    public Func<RedisRequest, Task>? BeforeReply { get; set; }

    internal Gate Requests { get; } = new();

    internal Gate Replies { get; } = new();

    /// <param name="counter">To count several proxies together; by default each counts for itself.</param>
    public static RedisProxy Start(LocalRedisServer server, WireCounter? counter = null) => new(server.EndPoint, server.Password, counter ?? new WireCounter());

    /// <summary>One that leads nowhere until <see cref="Target"/> is set.</summary>
    public static RedisProxy Start(WireCounter? counter = null) => new(null, "", counter ?? new WireCounter());

    /// <summary>Nothing passes in either direction any more, and connections stay open.</summary>
    public void Hang()
    {
        Requests.Close();
        Replies.Close();
    }

    /// <summary>Requests reach the server, which does what they say; its replies wait. Followed by <see cref="Cut"/> they are lost.</summary>
    public void HoldReplies() => Replies.Close();

    /// <summary>Lets pass what waited, and what comes.</summary>
    public void Release()
    {
        Requests.Open();
        Replies.Open();
    }

    /// <summary>Closes all connections there are; what waited in them is lost. New ones may be made.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Cut();
        await Task.WhenAll(_connections.Values);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            if (Refuses || Target is not { } target)
            {
                client.Dispose();
                continue;
            }
            var connection = new ProxyConnection(this, client);
            _connections[connection] = RunAsync(connection, target);
        }
    }

    private async Task RunAsync(ProxyConnection connection, IPEndPoint target)
    {
        await Task.Yield();
        await connection.RunAsync(target);
        _connections.TryRemove(connection, out _);
    }
}
