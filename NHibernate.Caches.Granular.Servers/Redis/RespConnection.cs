using System.Net;
using System.Net.Sockets;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>
/// A plain connection that sends one command and waits for its reply: it never asks, retries or follows anything by itself, which
/// is what one wants of a hand that starts and breaks servers. Not thread-safe.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;

    private RespConnection()
    {
    }

    public static async Task<RespConnection> OpenAsync(IPEndPoint endPoint, string? password, CancellationToken cancellationToken)
    {
        var connection = new RespConnection();
        try
        {
            await connection._socket.ConnectAsync(endPoint, cancellationToken);
            if (password is not null)
                await connection.ExecuteAsync(["AUTH", password], cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="InvalidOperationException">The server answers with an error, which is the message.</exception>
    /// <exception cref="IOException">The connection was closed.</exception>
    public async Task<RedisReply> ExecuteAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(Resp.Request(command), cancellationToken);
        while (true)
        {
            if (Resp.Read(_buffer.AsSpan(0, _filled), out var length) is { } reply)
            {
                Buffer.BlockCopy(_buffer, length, _buffer, 0, _filled -= length);
                return reply.Kind == '-' ? throw new InvalidOperationException(reply.Text) : reply;
            }
            if (_filled == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(_filled), cancellationToken);
            if (received == 0)
                throw new IOException("The server closed the connection.");
            _filled += received;
        }
    }

    public void Dispose() => _socket.Dispose();
}
