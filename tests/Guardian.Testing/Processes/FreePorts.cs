using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Guardian.Testing.Processes;

/// <summary>Finds loopback ports that nobody listens on.</summary>
/// <remarks>
/// Below the range that connections leave from (32768 up on Linux): a client that calls a silo which is down would
/// otherwise now and then be given the silo's own port, and answer itself.
/// </remarks>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 31_999;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>Takes a port; no other test of this process is given the same.</summary>
    public static int Take()
    {
        for (int i = 0; i < 1_000; i++)
        {
            int port = Random.Shared.Next(First, Last + 1);
            if (!Given.ContainsKey(port) && IsFree(port) && Given.TryAdd(port, value: true)) return port;
        }

        throw new InvalidOperationException($"No free port from {First} to {Last} was found in 1000 tries.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using TcpListener listener = new(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
