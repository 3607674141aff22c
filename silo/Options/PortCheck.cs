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

        // Beyond loopback every address is listened on; this one is tried, so that one of another machine is known.
        IPAddress ip = options.Cluster.AdvertisedAddress;
        Try(ip, options.SiloPort, "silo", "set GUARDIAN__SILOPORT to another port", errors);
        Try(ip, options.GatewayPort, "gateway", "set GUARDIAN__GATEWAYPORT to another port", errors);
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
            if (problem.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                string foreign = $"Condition failed: Guardian:Cluster:AdvertisedAddress is '{ip}', which is no address "
                    + "of this machine, so no silo could reach this one: give one that it has.";
                if (!errors.Contains(foreign, StringComparer.Ordinal)) errors.Add(foreign);
                return;
            }

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
