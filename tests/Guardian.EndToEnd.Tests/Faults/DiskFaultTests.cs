using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A disk that fails under a running silo: errors by strace, files that go away, a read-only one.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class DiskFaultTests : EndToEndTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string, bool> Calls { get; } = FaultSuite.IsFull
        ? new()
        {
            { "fdatasync,fsync", "EIO", true }, { "fdatasync,fsync", "ENOSPC", true }, { "pwrite64", "EIO", true },
            { "pwrite64", "ENOSPC", false },
        }
        : new() { { "pwrite64", "EIO", true }, { "pwrite64", "ENOSPC", false } };

    public static TheoryData<string> Deletions { get; } =
        FaultSuite.IsFull ? new("file", "file and log", "all of L3") : new("all of L3");

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Journal_SystemCallFails_NewFileAfterAnIoErrorNothingLost(string call, string error, bool renewed)
    {
        FaultSuite.Need("strace", "strace");
        SiloProcess silo = await StartSiloAsync();
        LosslessLoad load = new(silo, "DISK");
        for (int i = 0; i < 10; i++) await load.RoundAsync(Stop);
        await using (ChildProcess strace = await InjectAsync(silo, call, error, times: 1))
        {
            // The call that fails is the next one of the writer's thread; the file after it is another.
            await Phase.ReachAsync(
                "the error is put in",
                Soon,
                async () =>
                {
                    await load.RoundAsync(Stop);
                    return strace.Written.Contains("(INJECTED)", StringComparison.Ordinal);
                },
                Stop);
        }

        await FaultLook.DrainedAsync(silo, load, Stop);
        string[] aside = Directory.GetFiles(silo.DataFolder, "guardian-l3.db.io-error-*");
        Assert.True(aside.Length > 0 == renewed, string.Join(", ", aside));
        if (renewed) await FaultLook.AlertedAsync(silo, "PersistenceDegraded", "L3-file", "P0", Stop);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Journal_EverySyncFails_TradingGoesOnAndAllIsKeptForLater()
    {
        FaultSuite.Need("strace", "strace");
        SiloProcess silo = await StartSiloAsync();
        LosslessLoad load = new(silo, "DEAD");
        Prober prober = new(silo, "PROBE");
        for (int i = 0; i < 10; i++) await load.RoundAsync(Stop);
        await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        await using (ChildProcess strace = await InjectAsync(silo, "fdatasync,fsync", "EIO", times: null))
        {
            Task<double[]> asking = prober.AskAsync(TimeSpan.FromSeconds(4), Stop);
            while (!asking.IsCompleted) await load.RoundAsync(Stop);
            double[] times = await asking;
            Say($"every sync fails: {times.Length} decisions, p99 {Prober.Percentile(times, 0.99):0.0} ms, "
                + $"{prober.Errors.Count} errors");
            await FaultLook.AlertedAsync(silo, "PersistenceDegraded", "L3", "P0", Stop);
            Assert.Contains("(INJECTED)", strace.Written, StringComparison.Ordinal);
        }

        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        await FaultLook.DrainedAsync(silo, load, Stop);
        // A file that never took a commit is not kept: two at the most, however long the disk was dead.
        string[] aside = Directory.GetFiles(silo.DataFolder, "guardian-l3.db.io-error-*")
            .Where(f => !f.EndsWith("-wal", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal))
            .ToArray();
        Assert.InRange(aside.Length, 1, 2);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Theory]
    [MemberData(nameof(Deletions))]
    public async Task LocalFile_DeletedWhileRunning_WrittenAnewWithAllThatWasInIt(string what)
    {
        SiloProcess silo = await StartSiloAsync();
        LosslessLoad load = new(silo, "GONE");
        for (int i = 0; i < 12; i++) await load.RoundAsync(Stop);
        foreach (string file in Directory.GetFiles(silo.DataFolder))
        {
            bool mine = what switch
            {
                "file" => file.EndsWith("-l3.db", StringComparison.Ordinal),
                "file and log" => file.Contains("-l3.db", StringComparison.Ordinal),
                _ => file.Contains("-l3", StringComparison.Ordinal),
            };
            if (mine) File.Delete(file);
        }

        await FaultLook.AlertedAsync(silo, "PersistenceDegraded", "L3-file", "P0", Stop);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        await FaultLook.DrainedAsync(silo, load, Stop);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Fact]
    public async Task Start_DiskIsReadOnly_TradesWithoutItAndSaysSo()
    {
        await using Tmpfs disk = await Tmpfs.MountAsync("32m", Stop);
        await disk.MakeReadOnlyAsync(Stop);
        SiloProcess silo = await StartSiloAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["GUARDIAN__DATAFOLDER"] = disk.Folder });
        Prober prober = new(silo, "PROBE");
        double[] times = await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        Assert.NotEmpty(times);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        await FaultLook.AlertedAsync(silo, "PersistenceDegraded", "L3-loss", "P0", Stop);
        JsonNode tier = await FaultLook.TierAsync(silo, "L3", Stop);
        Assert.False((bool)tier["healthy"]!);
        Assert.StartsWith(
            $"data folder {disk.Folder} can't be written (Read-only file system", (string)tier["lastError"]!,
            StringComparison.Ordinal);
        JsonNode probe = await silo.Http.GetAsync("symbols/PROBE", Stop);
        Assert.True((bool)probe["provenance"]!["unverified"]!);
        HttpAnswer hold = await silo.Http.PostAsync(
            "holds", new { scope = "Symbol", key = "PROBE", reason = "a test", actor = "ben" }, Stop);
        Assert.True((string?)hold.Body?["durable"] == "None", hold.Text);
    }

    // Only the writer's thread is traced, so that nothing else is slowed down.
    private static async Task<ChildProcess> InjectAsync(SiloProcess silo, string calls, string error, int? times)
    {
        string thread = Directory.GetDirectories($"/proc/{silo.ProcessId}/task").Single(
            task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == "guardian-l3");
        string when = times is { } n ? $":when=1..{n}" : string.Empty;
        ChildProcess strace = ChildProcess.StartAny(
            "strace",
            [
                "-p", Path.GetFileName(thread), .. OfTheFile(silo), "-e", $"trace={calls}",
                "-e", $"inject={calls}:error={error}{when}",
            ]);
        try
        {
            await Phase.ReachAsync(
                "strace is attached",
                Soon,
                () => Task.FromResult(strace.Written.Contains("attached", StringComparison.Ordinal)),
                Stop,
                () => strace.Written);
        }
        catch (TimeoutException)
        {
            string written = strace.Written;
            await strace.DisposeAsync();
            FaultSuite.Require(there: false, $"strace can't attach here: {written}");
            throw;
        }

        return strace;
    }

    // The mark beside the file is written by the same thread; an error there asks for no new file.
    private static string[] OfTheFile(SiloProcess silo)
    {
        string file = Path.Combine(silo.DataFolder, "guardian-l3.db");
        return ["-P", file, "-P", $"{file}-wal"];
    }
}
