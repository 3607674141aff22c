using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Guardian.Testing.Servers;

/// <summary>Speaks to Redis without a client library: one command, one connection.</summary>
internal static class RedisText
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Sends one command and reads what comes first; enough for short answers.</summary>
    internal static async Task<string> SendAsync(
        string host, int port, string[] words, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        await client.ConnectAsync(host, port, cancellationToken);
        NetworkStream stream = client.GetStream();
        StringBuilder command = new();
        command.Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (string word in words)
            command.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken);
        byte[] answer = new byte[65_536];
        int read = await stream.ReadAsync(answer, cancellationToken).AsTask()
            .WaitAsync(Patience, TimeProvider.System, cancellationToken);
        return Encoding.UTF8.GetString(answer, 0, read);
    }
}
