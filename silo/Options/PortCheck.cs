using System.Net;
using System.Net.Sockets;

namespace Guardian.Silo.Options;

/// <summary>Finds out before the start which ports are taken, so that nothing is half started.</summary>
internal static class PortCheck
{
    /// <summary>Tries every port once.</summary>
    /// <returns>One line for each port that can't be listened on.</returns>
    public static IReadOnlyList<string> Find(GuardianSiloOptions options)
    {
        List<string> errors = [];
        foreach (ListenAddress address in options.Urls.Where(a => a.Port != 0))
        {
            Try(Ip(address.Host), address.Port, "HTTP", "set ASPNETCORE_URLS to another port, such as "
                + "http://127.0.0.1:8081", errors);
        }

        Try(IPAddress.Loopback, options.SiloPort, "silo", "set GUARDIAN__SILOPORT to another port", errors);
        Try(IPAddress.Loopback, options.GatewayPort, "gateway", "set GUARDIAN__GATEWAYPORT to another port", errors);
        return errors;
    }

    private static IPAddress Ip(string host) => IPAddress.TryParse(host, out IPAddress? ip) ? ip : IPAddress.Loopback;

    private static void Try(IPAddress ip, int port, string what, string remedy, List<string> errors)
    {
        try
        {
            using TcpListener listener = new(ip, port);
            listener.Start();
        }
        catch (SocketException problem)
        {
            string why = problem.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "is in use: stop the process that has it, or",
                SocketError.AccessDenied => "may not be opened by this user:",
                _ => $"can't be opened on {ip} ({problem.SocketErrorCode}):",
            };
            errors.Add($"Condition failed: the {what} port {port} {why} {remedy}.");
        }
    }
}
