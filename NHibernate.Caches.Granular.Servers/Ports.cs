using System.Net;
using System.Net.Sockets;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// Free ports of 127.0.0.1, below those that systems hand out for outgoing connections: there a client that looks for a server
/// which is down could be given the server's own port and talk to itself. Thread-safe.
/// </summary>
internal static class Ports
{
    private const int First = 10_000;
    private const int Count = 12_000;

    /// <summary>The nodes of a Redis cluster talk to each other on the port that is this much higher.</summary>
    private const int ClusterBus = 10_000;

    private static int s_last = Random.Shared.Next(Count);

    /// <returns>A port that is free now, as is the one of the cluster bus that belongs to it, and that this process has not asked for lately.</returns>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_last) % Count);
            if (IsFree(port) && IsFree(port + ClusterBus))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
