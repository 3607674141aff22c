using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.Audit;
using Guardian.Storage.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Guardian.Cli.Tests;

/// <summary>The commands that read a data folder by themselves, and what a silo tells about its own.</summary>
public sealed class FolderCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    private string Data => Path.Combine(_folder.Path, "data");

    private string Backup => Path.Combine(_folder.Path, "backup");

    public void Dispose()
    {
        _folder.Dispose();
        _out.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Verify_FolderBackupAndRestored_EndWithZero()
    {
        await FillAsync();
        Assert.Equal(0, await RunAsync("verify", "--data", Data));
        Assert.Contains("1 human actions: everything is equal.", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("backup", Backup, "--data", Data));
        Assert.Equal(0, await RunAsync("verify", "--data", Backup, "--deep", "--output", "json"));
        Assert.True(Json().GetProperty("equal").GetBoolean());
        string other = Path.Combine(_folder.Path, "other");
        Assert.Equal(0, await RunAsync("restore", Backup, "--data", other, "--reason", "r", "--actor", "ann"));
        Assert.Equal(0, await RunAsync("verify", "--data", other, "--repair"));
        Assert.Contains("2 human actions: everything is equal.", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OverDataOrOfNoBackup_EndsWithTwoAndSaysWhy()
    {
        await FillAsync();
        Assert.Equal(2, await RunAsync("restore", Backup, "--data", Data, "--reason", "r", "--actor", "ann"));
        Assert.Contains("guardian-backup.json is missing", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("backup", Backup, "--data", Data));
        Assert.Equal(2, await RunAsync("restore", Backup, "--data", Data, "--reason", "r", "--actor", "ann"));
        Assert.Contains($"{Data} is not empty", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            0, await RunAsync("restore", Backup, "--data", Data, "--reason", "r", "--actor", "ann", "--force"));
        Assert.Contains("what was there is now in", _out.ToString(), StringComparison.Ordinal);
        using DataFolderLock running = DataFolderLock.Take(Data);
        Assert.Equal(
            2, await RunAsync("restore", Backup, "--data", Data, "--reason", "r", "--actor", "ann", "--force"));
        Assert.Contains("belongs to the running process", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("verify", "--data", Data, "--repair"));
        Assert.Contains("belongs to the running process", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("verify", "--data", Data));
    }

    [Fact]
    public async Task Verify_NothingAnswersAtTheUrl_EndsWithThree()
    {
        Assert.Equal(3, await RunAsync("verify", "--url", "http://127.0.0.1:1"));
        Assert.StartsWith("No silo answers at http://127.0.0.1:1/ (", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("verify", "--url", "ftp://x"));
        Assert.StartsWith(
            "Condition failed: --url is 'ftp://x'; it takes http://host:port.", _error.ToString(),
            StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("verify", "--data", _folder.Path));
        Assert.Contains(
            "has no guardian-l3.db; name a data folder or a backup.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_FolderWithTroubles_NamesEach()
    {
        await FillAsync();
        await RunAsync("backup", Backup, "--data", Data);
        await RunAsync("restore", Backup, "--data", Data, "--reason", "r", "--actor", "ann", "--force");
        await File.WriteAllTextAsync(Path.Combine(Data, "guardian-history.db"), "no database", CancellationToken.None);
        File.SetLastWriteTimeUtc(
            Path.Combine(Data, "guardian-l3.db"), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(2));
        using DataFolderLock running = DataFolderLock.Take(Data);
        await RunAsync("doctor", "--url", "http://127.0.0.1:1", "--data", Data, "--output", "json");
        (string What, bool Healthy, string Found)[] found =
        [
            .. Json().GetProperty("items").EnumerateArray().Select(f => (
                f.GetProperty("what").GetString()!,
                f.GetProperty("healthy").GetBoolean(),
                f.GetProperty("found").GetString()!)),
        ];
        Assert.Contains(found, f => f is ("data folder", true, _));
        Assert.Contains(found, f => f is ("data folder lock", true, _)
            && f.Found == $"in use by process {Environment.ProcessId}");
        Assert.Contains(found, f => f is ("data file", true, _)
            && f.Found.StartsWith("guardian-l3.db: format 2, ", StringComparison.Ordinal));
        Assert.Contains(found, f => f is ("data file", false, _)
            && f.Found.StartsWith("guardian-history.db: ", StringComparison.Ordinal));
        Assert.Contains(found, f => f is ("clock", false, _)
            && f.Found == "guardian-l3.db was written 120 min in the future of this clock");
        Assert.Contains(found, f => f is ("set aside", false, _)
            && f.Found.StartsWith("guardian-before-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Audit_ListAndVerify_TellWhoDidWhat()
    {
        FakeClient client = new();
        await client.Audit.RecordAsync(new AuditAction("ann", "hold", "portfolio", "live", "news", "held"));
        Assert.Equal(0, await RunAsync(client, "audit", "--output", "json"));
        JsonElement entry = Json().GetProperty("items")[0];
        Assert.Equal("ann", entry.GetProperty("actor").GetString());
        Assert.Equal(0, await RunAsync(client, "audit", "--verify"));
        Assert.Contains("1 entries, whole", _out.ToString(), StringComparison.Ordinal);
        client.AuditReport = new AuditReport { Entries = 3, Problems = [new AuditProblem("w", 2, "was removed")] };
        Assert.Equal(1, await RunAsync(client, "audit", "--verify"));
        Assert.Contains("entry 2 of writer w was removed", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync(client, "audit", "--limit", "0"));
        Assert.Contains(
            "Condition failed: --limit is 0; it takes 1 to 1000.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Durability_AuditLost_EndsWithOneAndTellsEverything()
    {
        FakeClient client = new()
        {
            Durable = new()
            {
                Tiers = [new() { Tier = "L3", Store = "sqlite", Healthy = true }],
                JournalBytes = 1_000,
                JournalBytesLimit = 20_000,
                ParkedRows = 2,
                RpoSeconds = 1.5,
                SetAside = ["/data/x.damaged-1"],
                Audit = new AuditState { Head = new AuditHead("w", 7, "ab"), Lost = 1 },
                LastCheckDifferences = 0,
            },
        };
        Assert.Equal(1, await RunAsync(client, "durability"));
        string told = _out.ToString();
        foreach (string line in (string[])
            [
                "RPO now: 1.5 s of events, were this process lost",
                "journal: 1,000 of 20,000 bytes; 0 unrecorded entries of state; 2 rows parked",
                "audit: entry 7, hash ab; 0 waiting, 1 lost",
                "last check: none since the silo started",
                "set aside: /data/x.damaged-1",
            ])
            Assert.Contains(line, told, StringComparison.Ordinal);
        client.Durable = client.Durable with { Audit = new AuditState() };
        Assert.Equal(0, await RunAsync(client, "durability"));
    }

    private async Task FillAsync()
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddGuardianStorage(new StorageOptions { DataFolder = Data });
        await using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<GuardianStorage>().Open();
        await provider.GetRequiredService<IAuditLog>()
            .RecordAsync(new AuditAction("ann", "hold", "portfolio", "live", "news", "held"));
    }

    private JsonElement Json()
    {
        using JsonDocument document = JsonDocument.Parse(_out.ToString());
        return document.RootElement.Clone();
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(null, args);

    private async Task<int> RunAsync(FakeClient? client, params string[] args)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        using StringReader nothing = new(string.Empty);
        CliHost host = new()
        {
            Out = _out,
            Error = _error,
            In = nothing,
            Environment = _ => null,
            Connect = client is null
                ? (gateway, _, _) => throw new Guardian.Client.GuardianUnreachableException($"none at {gateway}", null!)
                : (_, _, _) => client.ConnectAsync(),
        };
        return await CommandLine.RunAsync(args, host, CancellationToken.None);
    }
}
