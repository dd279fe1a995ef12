using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>One client's connection through a proxy, and the one to the server that belongs to it. Only <see cref="Dispose"/> is thread-safe.</summary>
internal sealed class ProxyConnection(RedisProxy proxy, Socket client) : IDisposable
{
    private static readonly string[] s_subscriptions = ["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE"];

    // What a server sends of its own accord to a client of the protocol's version 2; version 3 marks it.
    private static readonly string[] s_pushes = [.. s_subscriptions.Select(name => name.ToLowerInvariant()), "message", "pmessage", "smessage"];

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentQueue<Expected> _expected = new();
    private readonly Channel<Arrived> _arrived = Channel.CreateUnbounded<Arrived>();
    private volatile bool _hasSubscribed;
    private int _isDisposed;

    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            // It may be cut before it has begun.
            client.NoDelay = true;
            await _server.ConnectAsync(target, _closing.Token);
            Task[] passing = [PassRequestsAsync(), ReadRepliesAsync(), PassRepliesAsync()];
            await Task.WhenAny(passing);
            Dispose();
            await Task.WhenAll(passing);
        }
#pragma warning disable CA1031 // Whatever ends a connection ends it for both sides, a throwing hook of the test included.
        catch
#pragma warning restore CA1031
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _closing.Cancel();
        client.Dispose();
        _server.Dispose();
        _closing.Dispose();
    }

    private async Task PassRequestsAsync()
    {
        await foreach (var (value, bytes) in ReadAsync(client))
        {
            var request = new RedisRequest((value.Items.Count > 0 ? value.Items[0].Text ?? "" : "").ToUpperInvariant(), [.. value.Items.Skip(1).Select(item => item.Text ?? "")]);
            var ticket = proxy.Counter.Sent(request);
            if (proxy.BeforeRequest is { } hook)
                await hook(request);
            await proxy.Requests.PassAsync(_closing.Token);
            if (s_subscriptions.Contains(request.Name))
                _hasSubscribed = true; // its answers come as pushes
            else
                _expected.Enqueue(new Expected(request, ticket));
            await _server.SendAsync(bytes, _closing.Token);
        }
    }

    private async Task ReadRepliesAsync()
    {
        await foreach (var (value, bytes) in ReadAsync(_server))
        {
            Expected? expected = null;
            if (!IsPush(value) && !_expected.TryDequeue(out expected))
                throw new InvalidDataException("A reply that nothing was asked for.");
            _arrived.Writer.TryWrite(new Arrived(expected, bytes, Stopwatch.GetTimestamp()));
        }
    }

    // Apart from the reading, so that a delay is one of each reply and not of the next one as well.
    private async Task PassRepliesAsync()
    {
        await foreach (var (expected, bytes, since) in _arrived.Reader.ReadAllAsync(_closing.Token))
        {
            var rest = proxy.Delay - Stopwatch.GetElapsedTime(since);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, _closing.Token);
            if (expected is not null && proxy.BeforeReply is { } hook)
                await hook(expected.Request);
            await proxy.Replies.PassAsync(_closing.Token);
            if (expected?.Ticket is { } ticket)
                proxy.Counter.Answered(ticket);
            await client.SendAsync(bytes, _closing.Token);
        }
    }

    private bool IsPush(RedisReply value) =>
        value.Kind is '>' or '|' || (_hasSubscribed && value is { Kind: '*', Items.Count: > 0 } && s_pushes.Contains(value.Items[0].Text));

    private async IAsyncEnumerable<(RedisReply Value, byte[] Bytes)> ReadAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(filled), _closing.Token);
            if (received == 0)
                yield break;
            filled += received;
            var used = 0;
            while (Resp.Read(buffer.AsSpan(used, filled - used), out var length) is { } value)
            {
                yield return (value, buffer.AsSpan(used, length).ToArray());
                used += length;
            }
            Buffer.BlockCopy(buffer, used, buffer, 0, filled -= used);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private sealed record Expected(RedisRequest Request, WireCounter.Ticket? Ticket);

    private readonly record struct Arrived(Expected? Expected, byte[] Bytes, long Since);
}
