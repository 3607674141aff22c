using System.Net;
using System.Net.Sockets;
using Guardian.Silo.Options;

namespace Guardian.Silo.Tests.Options;

public sealed class PortCheckTests
{
    [Fact]
    public void Find_AllTaken_NamesEachPortAndWhatToDo()
    {
        using TcpListener http = Listen(), silo = Listen(), gateway = Listen();
        GuardianSiloOptions options = Options(Port(http), Port(silo), Port(gateway));
        Assert.Equal(
            [
                $"Condition failed: the HTTP port {Port(http)} is in use: stop the process that has it, or "
                    + "set ASPNETCORE_URLS to another port, such as http://127.0.0.1:8081.",
                $"Condition failed: the silo port {Port(silo)} is in use: stop the process that has it, or "
                    + "set GUARDIAN__SILOPORT to another port.",
                $"Condition failed: the gateway port {Port(gateway)} is in use: stop the process that has it, or "
                    + "set GUARDIAN__GATEWAYPORT to another port.",
            ],
            PortCheck.Find(options));
    }

    [Fact]
    public void Find_AllFree_FindsNothing()
    {
        int silo, gateway;
        using (TcpListener first = Listen())
        using (TcpListener second = Listen())
            (silo, gateway) = (Port(first), Port(second));
        Assert.Empty(PortCheck.Find(Options(0, silo, gateway)));
        // TEST-NET-1 is nobody's.
        GuardianSiloOptions foreign = Options(0, silo, gateway) with
        {
            Cluster = new ClusterSettings { AdvertisedAddress = IPAddress.Parse("192.0.2.7") },
        };
        Assert.Equal(
            "Condition failed: Guardian:Cluster:AdvertisedAddress is '192.0.2.7', which is no address of this machine, "
            + "so no silo could reach this one: give one that it has.",
            Assert.Single(PortCheck.Find(foreign)));
    }

    private static GuardianSiloOptions Options(int http, int silo, int gateway) => new()
    {
        Urls = [new ListenAddress($"http://127.0.0.1:{http}", "127.0.0.1", http)],
        SiloPort = silo,
        GatewayPort = gateway,
    };

    private static TcpListener Listen()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
