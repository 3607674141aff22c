using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A silo that finds its local file damaged, cut, missing or read-only: named, and up all the same.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class DamagedFileTests : EndToEndTest
{
    public static TheoryData<string> Damages { get; } = FaultSuite.IsFull
        ? new("log missing", "log flipped", "file cut", "file missing", "header flipped")
        : new("log flipped", "file cut");

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Start_LocalFileDamaged_NamedAlertedAndUp(string damage)
    {
        SiloProcess silo = await StartSiloAsync();
        LosslessLoad load = new(silo, "HURT");
        for (int i = 0; i < 12; i++) await load.RoundAsync(Stop);
        await silo.Kill9Async();
        Do(damage, Path.Combine(silo.DataFolder, "guardian-l3.db"));
        await silo.StartAsync(Stop);

        await Phase.ReachAsync(
            "it is told, P0",
            TimeSpan.FromSeconds(30),
            async () => (await silo.Http.ItemsAsync("alerts", Stop)).Any(a =>
                (string?)a["severity"] == "P0" && (string?)a["name"] is "PersistenceDegraded" or "RecoveryUnverified"),
            Stop);
        HttpAnswer answer = await silo.Http.PostAsync(
            "check", new { symbol = "HURTA", orderId = "o-1", side = "Buy", quantity = 1 }, Stop);
        Assert.True((bool)answer.Body!["allowed"]!, $"{answer}");
        JsonNode verdict = await silo.Http.GetAsync("symbols/HURTA", Stop);
        Assert.True((bool)verdict["provenance"]!["unverified"]!, verdict.ToJsonString());
        LosslessLoad fresh = new(silo, "WHOLE");
        await fresh.RoundAsync(Stop);
    }

    [Fact]
    public async Task Start_LocalFileIsAFolder_RefusedAndNamed()
    {
        SiloProcess silo = NewSilo();
        Directory.CreateDirectory(Path.Combine(silo.DataFolder, "guardian-l3.db"));
        ProcessResult result = await silo.RunAsync(Stop);
        Assert.True(result.Code == 2, $"{result}");
        Assert.StartsWith(
            $"Condition failed: {silo.DataFolder}/guardian-l3.db can't be opened (", result.Error,
            StringComparison.Ordinal);
    }

    private static void Do(string damage, string file)
    {
        switch (damage)
        {
            case "log missing":
                File.Delete(file + "-wal");
                break;
            case "file missing":
                File.Delete(file);
                File.Delete(file + "-wal");
                break;
            case "log flipped":
                Flip(file + "-wal", byEighths: 2);
                break;
            case "header flipped":
                File.Delete(file + "-wal");
                Flip(file, byEighths: 0);
                break;
            default:
                using (FileStream stream = File.OpenWrite(file)) stream.SetLength(stream.Length / 2);
                File.Delete(file + "-wal");
                break;
        }
    }

    private static void Flip(string file, int byEighths)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 8 * byEighths] ^= 0x10;
        File.WriteAllBytes(file, bytes);
    }
}
