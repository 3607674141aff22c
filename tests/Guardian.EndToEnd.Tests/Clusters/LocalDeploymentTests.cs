using System.Globalization;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>deploy/local/up and down: the whole topology as processes.</summary>
public sealed class LocalDeploymentTests : EndToEndTest
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task UpAndDown_TwoSilos_OneClusterAndNothingLeftBehind()
    {
        FaultSuite.Require(RedisServer.Missing is null, RedisServer.Missing ?? string.Empty);
        FaultSuite.Require(PostgresServer.Missing is null, PostgresServer.Missing ?? string.Empty);
        // Made by the script: where this user is root, PostgreSQL's own user must be able to enter it.
        string state = Path.Combine(Path.GetTempPath(), $"guardian-local-{Guid.NewGuid():N}");
        int http = FreePorts.Take();
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["GUARDIAN_LOCAL"] = state,
            ["GUARDIAN_LOCAL_HTTP_PORT"] = Text(http),
            ["GUARDIAN_LOCAL_REDIS_PORT"] = Text(FreePorts.Take()),
            ["GUARDIAN_LOCAL_POSTGRES_PORT"] = Text(FreePorts.Take()),
            ["GUARDIAN_LOCAL_SILO_PORT"] = Text(FreePorts.Take()),
            ["GUARDIAN_LOCAL_GATEWAY_PORT"] = Text(FreePorts.Take()),
        };
        ProcessResult up = await RunAsync("up", environment);
        try
        {
            Assert.True(up.Code == 0, $"{up}");
            using SiloHttp second = new(new Uri($"http://127.0.0.1:{http + 2}/"));
            await Phase.ReachAsync(
                "both silos are there",
                TimeSpan.FromSeconds(20),
                async () => (await second.PageAsync("metrics", Stop)).Text.Split('\n')
                    .Any(l => l.StartsWith("guardian_silos{", StringComparison.Ordinal)
                        && l.EndsWith(" 2", StringComparison.Ordinal)),
                Stop);
        }
        finally
        {
            Say($"{await RunAsync("down", environment, "--wipe")}");
        }

        Assert.False(Directory.Exists(state));
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static async Task<ProcessResult> RunAsync(
        string script, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        string path = Path.Combine(Recordings.RepositoryRoot()!, "deploy", "local", script);
        await using ChildProcess process = ChildProcess.StartAny(path, arguments, environment);
        return await process.EndAsync(Deadline, Stop);
    }
}
