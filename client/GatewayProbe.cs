using System.Net.Sockets;
using Guardian.Client;
using Guardian.Client.Producing;

namespace Guardian.Cli;

/// <summary>Sees whether anything listens at a gateway, in milliseconds, before a whole client is made.</summary>
internal static class GatewayProbe
{
    /// <summary>Connects once, again until the patience is over.</summary>
    /// <exception cref="GuardianUnreachableException">Nothing listens there.</exception>
    public static async Task ConnectAsync(
        string gateway, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        _ = GuardianClientOptions.TryParseGateway(gateway, out string host, out int port);
        RetryBackoff backoff = new(time, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), patience);
        while (true)
        {
            try
            {
                using TcpClient client = new();
                using CancellationTokenSource limit = new(TimeSpan.FromSeconds(3), time);
                using CancellationTokenSource either =
                    CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await client.ConnectAsync(host, port, either.Token);
                return;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await backoff.WaitAsync(cancellationToken)) continue;
                string why = e is SocketException ? e.Message : "no answer in 3 s";
                throw new GuardianUnreachableException(
                    $"No silo can be reached at {gateway} ({why}). Start one with "
                    + "'dotnet run --project silo -c Release' "
                    + "or name another with --gateway host:port; 'guardian doctor' looks for the cause.",
                    e);
            }
        }
    }
}
