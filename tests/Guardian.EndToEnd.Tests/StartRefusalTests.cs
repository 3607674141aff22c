using System.Net;
using System.Net.Sockets;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Starts that must be refused: exit code 2 and one line that says what, where and what to do.</summary>
public sealed class StartRefusalTests(SharedSilo shared) : EndToEndTest
{
    [Fact]
    public async Task Start_PortsInUse_AllAreNamed()
    {
        SiloProcess silo = NewSilo();
        using TcpListener http = new(IPAddress.Loopback, silo.HttpPort);
        using TcpListener gateway = new(IPAddress.Loopback, silo.GatewayPort);
        http.Start();
        gateway.Start();
        await AssertRefusedAsync(
            silo,
            $"Condition failed: the HTTP port {silo.HttpPort} is in use: stop the process that has it, or set "
                + "ASPNETCORE_URLS to another port, such as http://127.0.0.1:8081.\n"
                + $"Condition failed: the gateway port {silo.GatewayPort} is in use: stop the process that has it, or "
                + "set GUARDIAN__GATEWAYPORT to another port.");
        Assert.False(Directory.Exists(silo.DataFolder), "a data folder was made nevertheless");
    }

    [Fact]
    public async Task Start_DataFolderBelowAFile_IsNamed()
    {
        // Rights don't stop root; a file where a folder should be stops everybody.
        string file = TempFile("a-file");
        await File.WriteAllTextAsync(file, "not a folder", Stop);
        string folder = Path.Combine(file, "data");
        string words = await RefusedAsync(NewSilo(Only("GUARDIAN__DATAFOLDER", folder)));
        Assert.StartsWith($"Condition failed: data folder {folder} ", words, StringComparison.Ordinal);
        Assert.Contains("Guardian:DataFolder", words, StringComparison.Ordinal);
        Assert.Equal("not a folder", await File.ReadAllTextAsync(file, Stop));
    }

    [Fact]
    public async Task Start_DataFolderOfARunningSilo_NamesItsProcess()
    {
        SiloProcess running = await shared.GetAsync(Stop);
        string owner = await File.ReadAllTextAsync(
            Assert.Single(Directory.GetFiles(running.DataFolder, "*owner*")), Stop);
        await AssertRefusedAsync(
            NewSilo(Only("GUARDIAN__DATAFOLDER", running.DataFolder)),
            $"Condition failed: data folder {running.DataFolder} belongs to the running process {owner}. "
                + "Stop that process, or name another folder in Guardian:DataFolder.");
        Assert.True(await running.Http.IsReadyAsync(Stop), "the owner was disturbed");
    }

    [Fact]
    public async Task Start_UnknownArgument_PointsToTheHelp() => await AssertRefusedAsync(
        NewSilo(environment: null, "--dmeo"),
        "Condition failed: argument '--dmeo' is not known; run with --help to see what there is.");

    [Fact]
    public async Task Start_SeveralBadOptions_AllAreNamedAtOnce()
    {
        string words = await RefusedAsync(NewSilo(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GUARDIAN__DATAFOLDR"] = "x",
            ["GUARDIAN__COLLECTIONAGE"] = "00:00:01",
            ["ASPNETCORE_URLS"] = "http://0.0.0.0:8080",
        }));
        string[] lines = words.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, l => l.StartsWith(
            "Condition failed: Guardian:DATAFOLDR is not known;", StringComparison.Ordinal));
        Assert.Contains(lines, l =>
            l == "Condition failed: Guardian:CollectionAge is '00:00:01'; "
                + "it takes a duration from 00:00:02 to 7.00:00:00.");
        Assert.Contains(lines, l => l.StartsWith(
            "Condition failed: ASPNETCORE_URLS has 'http://0.0.0.0:8080', which is not loopback",
            StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Only(string name, string value) =>
        new(StringComparer.Ordinal) { [name] = value };

    private static async Task<string> RefusedAsync(SiloProcess silo)
    {
        ProcessResult result = await silo.RunAsync(Stop);
        Assert.True(result.Code == 2, $"{result}");
        return result.Error;
    }

    private static async Task AssertRefusedAsync(SiloProcess silo, string words) =>
        Assert.Equal(words, await RefusedAsync(silo));
}
