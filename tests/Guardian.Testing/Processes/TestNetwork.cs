using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Guardian.Testing.Processes;

/// <summary>A network within this machine: hosts in namespaces of their own, on one bridge, by iproute2.</summary>
/// <remarks>Gone with the test. One test at a time changes it.</remarks>
public sealed class TestNetwork : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly List<TestHost> _hosts = [];
    private readonly string _name;
    private readonly string _net;

    private TestNetwork(int number) => (_name, _net) = (Text($"gdn{number}"), Text($"10.231.{number}"));

    /// <summary>Gets why there can be none here; null where there can.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "network namespaces need root on Linux"
        : !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") ? "iproute2 is not installed"
        : null;

    /// <summary>Gets the hosts.</summary>
    public IReadOnlyList<TestHost> Hosts => _hosts;

    /// <summary>Gets an address of this process' own network that all hosts reach.</summary>
    /// <param name="last">Its last number, 2 to 9.</param>
    public string Own(int last) => Text($"{_net}.{last}");

    /// <summary>Makes a network with so many hosts.</summary>
    public static async Task<TestNetwork> MakeAsync(int hosts, CancellationToken cancellationToken)
    {
        TestNetwork network = new(Environment.ProcessId % 200);
        try
        {
            await network.DropAsync(); // What a killed run of the same number left behind.
            await IpAsync(cancellationToken, "link", "add", network._name, "type", "bridge");
            for (int last = 1; last <= 3; last++)
            {
                await IpAsync(
                    cancellationToken, "addr", "add", Text($"{network._net}.{last}/24"), "dev", network._name);
            }

            await IpAsync(cancellationToken, "link", "set", network._name, "up");
            for (int i = 0; i < hosts; i++) await network.AddAsync(i, cancellationToken);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DropAsync();

    /// <summary>Runs <c>ip</c>.</summary>
    internal static async Task IpAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        ProcessResult result = await TryIpAsync(cancellationToken, arguments);
        if (result.Code != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {result}");
    }

    private static async Task<ProcessResult> TryIpAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using ChildProcess ip = ChildProcess.StartAny("ip", arguments);
        return await ip.EndAsync(Deadline, cancellationToken);
    }

    private async Task AddAsync(int number, CancellationToken cancellationToken)
    {
        TestHost host = new(Text($"{_name}-{number}"), Text($"{_net}.{number + 11}"));
        string outer = Text($"{_name}v{number}");
        _hosts.Add(host);
        await IpAsync(cancellationToken, "netns", "add", host.Name);
        await IpAsync(
            cancellationToken, "link", "add", outer, "type", "veth", "peer", "name", TestHost.Device, "netns",
            host.Name);
        await IpAsync(cancellationToken, "link", "set", outer, "master", _name, "up");
        await IpAsync(
            cancellationToken, "-n", host.Name, "addr", "add", $"{host.Address}/24", "dev", TestHost.Device);
        await IpAsync(cancellationToken, "-n", host.Name, "link", "set", "lo", "up");
        await IpAsync(cancellationToken, "-n", host.Name, "link", "set", TestHost.Device, "up");
    }

    private async Task DropAsync()
    {
        for (int i = 0; i < 4; i++)
        {
            await TryIpAsync(CancellationToken.None, "netns", "del", Text($"{_name}-{i}"));
            // A namespace takes its devices along, but not at once.
            await TryIpAsync(CancellationToken.None, "link", "del", Text($"{_name}v{i}"));
        }

        await TryIpAsync(CancellationToken.None, "link", "del", _name);
        _hosts.Clear();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A host of a <see cref="TestNetwork"/>.</summary>
public sealed partial class TestHost
{
    /// <summary>The name of its device.</summary>
    internal const string Device = "eth0";

    private const int NetworkNamespace = 0x40000000;

    internal TestHost(string name, string address) => (Name, Address) = (name, address);

    /// <summary>Gets the name of its namespace.</summary>
    public string Name { get; }

    /// <summary>Gets its address.</summary>
    public string Address { get; }

    /// <summary>Gets what a command line begins with that is run there.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", Name];

    /// <summary>From now on nothing that it sends to an address arrives; it is not told.</summary>
    public Task CutAsync(string address, CancellationToken cancellationToken) => TestNetwork.IpAsync(
        cancellationToken, "-n", Name, "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "nud", "permanent",
        "dev", Device);

    /// <summary>Takes <see cref="CutAsync"/> back.</summary>
    public Task HealAsync(string address, CancellationToken cancellationToken) => TestNetwork.IpAsync(
        cancellationToken, "-n", Name, "neigh", "del", address, "dev", Device);

    /// <summary>Connects from within.</summary>
    public async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        // A socket stays in the namespace in which it was made; the thread that went there is not used again.
        TaskCompletionSource<Socket> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                using var entry = File.OpenHandle($"/run/netns/{Name}");
                if (Enter(entry.DangerousGetHandle().ToInt32(), NetworkNamespace) != 0)
                    throw new IOException($"setns into {Name} failed with {Marshal.GetLastPInvokeError()}.");
                made.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            }
            catch (Exception error)
            {
                made.SetException(error);
            }
        });
        thread.Start();
        Socket socket = await made.Task;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(int file, int kind);
}
