using Guardian.Storage;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Microsoft.Data.Sqlite;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Kill −9 at every named step of append, commit, checkpoint, cursor move and file set-aside.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class CrashPointTests : EndToEndTest
{
    private const string Aside = "set-aside.";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // One of each kind; the full suite takes them all, several times.
    private static readonly string[] Sample =
    [
        "append.written", "commit.before", "commit.done", "hold.written", "checkpoint.written", "cursor.written",
        "trim.deleted",
    ];

    private static readonly string[] AsideSample = ["set-aside.log-moved", "set-aside.salvaged", "set-aside.committed"];

    [Fact]
    public async Task Load_KilledAtEachPoint_NothingAcknowledgedIsLostOrDoubled()
    {
        Random random = new(FaultSuite.Seed());
        SiloProcess silo = NewSilo();
        LosslessLoad? before = null;
        (long sent, long durable, int acts, int deaths) = (0, 0, 0, 0);
        for (int round = 0; round < (FaultSuite.IsFull ? 3 : 1); round++)
        {
            string[] points = [.. CrashPoint.All.Where(p => !IsAside(p) && (FaultSuite.IsFull || Sample.Contains(p)))];
            for (int i = 0; i < points.Length; i++)
            {
                string armed = $"{points[i]}:{Times(points[i], random)}";
                LosslessLoad load = new(silo, $"CRASH{round}X{i}");
                await DieAsync(silo, armed, before, load);
                Say($"{armed}: {load.Sent} sent, {load.Durable} durable, {load.Acknowledged} holds and releases");
                (sent, durable) = (sent + load.Sent, durable + load.Durable);
                (acts, deaths) = (acts + load.Acknowledged, deaths + 1);
                before = load;
            }
        }

        silo.Environment = Armed(null);
        await silo.StartAsync(Stop);
        await before!.VerifyAsync(Stop);
        Say($"{deaths} deaths: {sent} observations sent, {durable} durable at their death, {acts} holds and releases "
            + "acknowledged; 0 lost, 0 doubled, 0 released ones back");
        Assert.True(durable > 0 && acts > 0);
    }

    [Fact]
    public async Task SetAside_KilledAtEachStep_NothingAcknowledgedIsLost()
    {
        SiloProcess silo = NewSilo();
        silo.Environment = Armed(null);
        string[] points =
            [.. CrashPoint.All.Where(p => IsAside(p) && (FaultSuite.IsFull || AsideSample.Contains(p)))];
        for (int i = 0; i < points.Length; i++)
        {
            LosslessLoad load = new(silo, $"ASIDE{i}");
            await silo.StartAsync(Stop);
            for (int round = 0; round < 20; round++) await load.RoundAsync(Stop);
            await silo.Kill9Async();
            MakeUnreadable(silo);

            silo.Environment = Armed(points[i]);
            await Assert.ThrowsAsync<InvalidOperationException>(() => silo.StartAsync(Stop));
            Assert.Equal(137, await silo.EndAsync(Stop));

            silo.Environment = Armed(null);
            await silo.StartAsync(Stop);
            await load.VerifyAsync(Stop, verified: false);
            Assert.NotEmpty(Directory.GetFiles(silo.DataFolder, "guardian-l3.db.damaged-*"));
            Assert.Empty(Directory.GetFiles(silo.DataFolder, "guardian-l3.db.unsaved*"));
            await silo.Kill9Async();
            Say($"{points[i]}: {load.Durable} durable observations, {load.Acknowledged} holds and releases are there");
        }
    }

    [Theory]
    [InlineData("append.written", "", "it is for tests only")]
    [InlineData("append.written:0", "yes", "it takes NAME or NAME:N, N from 1, with NAME one of append.handed-over, ")]
    [InlineData("append.nowhere", "yes", "it takes NAME or NAME:N, N from 1, with NAME one of append.handed-over, ")]
    public async Task Start_CrashPointNotPermittedOrUnknown_IsRefused(string point, string permission, string words)
    {
        SiloProcess silo = NewSilo();
        silo.Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [CrashPoint.Variable] = point, [CrashPoint.Permission] = permission,
        };
        ProcessResult result = await silo.RunAsync(Stop);
        Assert.True(result.Code == 2, $"{result}");
        Assert.StartsWith($"Condition failed: {CrashPoint.Variable} is ", result.Error, StringComparison.Ordinal);
        Assert.Contains(words, result.Error, StringComparison.OrdinalIgnoreCase);
    }

    // Starts armed, checks within it what the death before left, and works until it dies.
    private static async Task DieAsync(SiloProcess silo, string armed, LosslessLoad? before, LosslessLoad load)
    {
        silo.Environment = Armed(armed);
        bool up = await TryAsync(silo, () => silo.StartAsync(Stop));
        bool verified = before is null || (up && await TryAsync(silo, () => before.VerifyAsync(Stop)));
        if (up && verified) await load.WorkAsync(TimeSpan.FromSeconds(30), Stop);
        await Phase.ReachAsync($"it dies at {armed}", Patience, () => Task.FromResult(silo.HasEnded), Stop);
        Assert.Equal(137, await silo.EndAsync(Stop));
        if (verified) return;
        // It died before all was checked: checked without a point.
        silo.Environment = Armed(null);
        await silo.StartAsync(Stop);
        await before!.VerifyAsync(Stop);
        await silo.Kill9Async();
    }

    private static async Task<bool> TryAsync(SiloProcess silo, Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e) when (
            e is HttpRequestException or InvalidOperationException or IOException or TimeoutException)
        {
            // Only its death is an excuse; it may take a moment until it is seen.
            await Phase.ReachAsync($"it is dead after: {e}", Patience, () => Task.FromResult(silo.HasEnded), Stop);
            return false;
        }
    }

    private static bool IsAside(string point) => point.StartsWith(Aside, StringComparison.Ordinal);

    // Late enough to be under load, which is frequent for some and rare for others.
    private static int Times(string point, Random random) => point.Split('.')[0] switch
    {
        "record" => random.Next(1, 3),
        "checkpoint" or "trim" => random.Next(1, 4),
        "hold" => random.Next(2, 12),
        "cursor" or "history" => random.Next(10, 30),
        _ => random.Next(60, 110),
    };

    private static Dictionary<string, string> Armed(string? point)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        if (point is null) return environment;
        environment[CrashPoint.Variable] = point;
        environment[CrashPoint.Permission] = "yes";
        return environment;
    }

    // The version reads as nonsense: refused as a whole, although every row is good. The log stays beside the file.
    private static void MakeUnreadable(SiloProcess silo)
    {
        using SqliteConnection file = new($"Data Source={silo.DataFolder}/guardian-l3.db;Pooling=False");
        file.Open();
        SQLitePCL.raw.sqlite3_db_config(file.Handle, SQLitePCL.raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        using SqliteCommand command = file.CreateCommand();
        command.CommandText = "update meta set value = 'x' where key = 'schema'";
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
