using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Audit;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Roster;
using Guardian.Storage.Tiers;
using Guardian.Storage.Verifying;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Folded = Guardian.Detection.Events.Observation;

namespace Guardian.Storage.Tests.Verifying;

public sealed class StoreVerifierTests
{
    private const string Symbol = "A";

    private static StoreVerifier Verifier => new(TimeProvider.System);

    // Three minutes of two symbols in two epochs, with everything a folder holds beside it.
    internal static async Task FillAsync(Rig rig)
    {
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            foreach (string symbol in (string[])[Symbol, "B@paper"])
            {
                for (int i = 0; i < 6; i++)
                {
                    JournalEntry entry = Make.Entry(
                        symbol, 1 + (i * 4), 4, epoch: epoch, observation: sequence => At(epoch, sequence));
                    Assert.True(rig.Journal.TryAppend(entry, null));
                }
            }
        }

        await new SqliteHaltStore(rig.File).PutAsync(Make.Hold("h1"));
        await new SqliteRosterStore(rig.File).PutAsync(new RosterEntry { Symbol = Symbol });
        await new SqliteCheckpointStore(rig.File).SaveAsync(
            new Checkpoint(Symbol, new Epoch(1, 7), 0, Make.T0, [1, 2, 3]));
        await using (var audit = new SqliteAuditLog(
            rig.File, rig.Options, TimeProvider.System, NullLogger<SqliteAuditLog>.Instance))
        {
            await audit.RecordAsync(new AuditAction("ann", "hold", "portfolio", "live", "news", "held"));
            await audit.RecordAsync(new AuditAction("bob", "release", "hold h1", "live", "over", "released"));
        }

        await rig.Journal.FlushAsync(Make.Soon());
        using var history = new SqliteHistoryStore(rig.Options);
        history.Open(TimeProvider.System);
        await ShipAsync(rig, history);
    }

    private static Folded At(long epoch, long sequence) => new(
        Guardian.Detection.Events.ObservationKind.Latency,
        Make.T0 + (epoch * 600_000_000_000) + (sequence * 8_000_000_000),
        "market-data",
        sequence / 3.0);

    private static async Task ShipAsync(Rig rig, SqliteHistoryStore history)
    {
        IReadOnlyList<JournalRow> rows = rig.Journal.ReadAfter(rig.Journal.GetCursor(TierNames.History), 1_000);
        await history.AppendAsync(rows, Make.Soon());
        if (rows.Count > 0) rig.Journal.MoveCursor(TierNames.History, rows[^1].Position);
        await rig.Journal.FlushAsync(Make.Soon());
    }

    private static void DamageHistory(Rig rig, string sql)
    {
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(rig.Folder, SqliteHistoryStore.FileName)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statement is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.True(command.ExecuteNonQuery() != 0, sql);
    }

    private static Contracts.Reason Reason() => new() { Code = "c", Guardrail = "g", Subject = "s", Value = 0.5 };

    private static string Told(VerifyReport report) => string.Join(
        "\n", report.Differences.Select(d => $"{d.Check} {d.Tier} {d.Symbol} {d.Epoch} {d.Minute} {d.Problem}"));

    [Fact]
    public async Task Verify_RunningAndStopped_EverythingIsEqual()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        VerifyReport running = Verifier.Verify(rig.Folder, deep: true);
        await rig.CloseAsync();
        VerifyReport stopped = Verifier.Verify(rig.Folder, deep: true);
        foreach (VerifyReport report in (VerifyReport[])[running, stopped])
        {
            Assert.True(report.Equal, Told(report));
            Assert.Equal(
                (24L, 96L, 96L, 1L, 2L, 2L),
                (report.JournalRows, report.JournalEvents, report.HistoryEvents, report.Checkpoints, report.Rows,
                    report.Audit.Entries));
            Assert.True(report.Minutes >= 12, $"{report.Minutes} minutes");
        }
    }

    [Fact]
    public async Task Verify_AfterTrimAndForget_StillEqual()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        Assert.True(rig.Journal.TryAppend(Make.Forget("B@paper"), null));
        await rig.Journal.FlushAsync(Make.Soon());
        using var history = new SqliteHistoryStore(rig.Options);
        history.Open(TimeProvider.System);
        await ShipAsync(rig, history);
        // The oldest kept checkpoint, 2.7/8, lets everything up to it go; what is left begins within a minute.
        for (int sequence = 8; sequence <= 10; sequence++)
        {
            await new SqliteCheckpointStore(rig.File).SaveAsync(
                new Checkpoint(Symbol, new Epoch(2, 7), sequence, Make.T0, [1, 2, 3]));
        }

        while (rig.Journal.ReadAfter(0, 100).Count(row => row.Entry.Symbol == Symbol) > 4)
            await rig.Journal.FlushAsync(Make.Soon());
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.True(report.Equal, Told(report));
        Assert.Equal(48, report.HistoryEvents);
        Assert.True(report.Minutes > 0);
    }

    [Theory]
    [InlineData("delete from events where symbol = 'A' and epoch_number = 1 and sequence = 5",
        "1 events of the journal")]
    [InlineData("update events set value = value + 1 where symbol = 'A' and epoch_number = 1 and sequence = 5",
        "as many events as the journal, but others")]
    [InlineData("update events set subject = 'x' where symbol = 'A' and epoch_number = 1 and sequence = 5",
        "as many events as the journal, but others")]
    public async Task Verify_HistoryChanged_NamesSymbolEpochMinuteAndIsRepaired(string sql, string words)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        DamageHistory(rig, sql);
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.False(report.Equal);
        Assert.Equal(
            "sums tiers", string.Join(' ', report.Differences.Select(d => d.Check).Order(StringComparer.Ordinal)));
        VerifyDifference tiers = report.Differences.Single(d => d.Check == "tiers");
        Timestamp minute = new(At(1, 5).At / HistorySums.Minute * HistorySums.Minute);
        Assert.Equal(
            ("L2", Symbol, new Epoch(1, 7), minute), (tiers.Tier, tiers.Symbol, tiers.Epoch, tiers.Minute));
        Assert.StartsWith(words, tiers.Problem, StringComparison.Ordinal);

        using var history = new SqliteHistoryStore(rig.Options);
        history.Open(TimeProvider.System);
        VerifyReport repaired = await Verifier.RepairAsync(history, rig.Folder, deep: false, Make.Soon());
        Assert.True(repaired.Equal, Told(repaired));
        Assert.True(repaired.Repaired > 0);
        Assert.Equal(96, repaired.HistoryEvents);
    }

    [Fact]
    public async Task Verify_WholeHistoryLost_IsSaidAndRepaired()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        DamageHistory(rig, "delete from events");
        DamageHistory(rig, "delete from minutes");
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.Equal(96, report.Differences.Sum(d => d.Expected - d.Found));
        using var history = new SqliteHistoryStore(rig.Options);
        history.Open(TimeProvider.System);
        VerifyReport repaired = await Verifier.RepairAsync(history, rig.Folder, deep: false, Make.Soon());
        Assert.True(repaired.Equal, Told(repaired));
        Assert.Equal(96, repaired.Repaired);
    }

    [Theory]
    [InlineData("update journal set payload = zeroblob(length(payload)) where position = 3",
        "journal", "row 3 is damaged: its checksum differs")]
    [InlineData("delete from journal where position = 3", "journal", "sequences 9 to 12 of epoch 1.7 are missing")]
    [InlineData("update checkpoints set payload = x'ff'", "checkpoints",
        "checkpoint 1.7/0 is damaged: its length is 1, not 3")]
    [InlineData("update halts set payload = x'ff'", "rows", "row h1 of halts is damaged: its checksum differs")]
    [InlineData("update roster set id = 'B'", "rows", "row B of roster is damaged: its checksum differs")]
    [InlineData("update audit set actor = 'mallory' where number = 1", "audit",
        "was altered: its hash differs from what it says")]
    [InlineData("insert into parked values('L2', 4, 'A', 0, 'too big', x'00')", "parked",
        "journal row 4 could not be stored: too big")]
    public async Task Verify_LocalFileChanged_NamesIt(string sql, string check, string words)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        await rig.CloseAsync();
        rig.Damage(sql);
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.False(report.Equal);
        Assert.True(
            report.Differences.Any(d => d.Check == check && d.Problem.Contains(words, StringComparison.Ordinal)),
            Told(report));
        Assert.All(report.Differences, d => Assert.True(d.Check == check || d.Check is "sums" or "tiers", d.Problem));
    }

    [Fact]
    public async Task Verify_RecordedGap_IsANoteAndNoDifference()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        var packer = new EventPacker();
        packer.Write(31, new GapRecorded(At(2, 31).At, "journal", 25, 30, 6));
        Assert.True(rig.Journal.TryAppend(Make.Of(Symbol, packer, epoch: 2), null));
        await rig.Journal.FlushAsync(Make.Soon());
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.True(report.Equal, Told(report));
        Assert.Equal(
            "A: sequences 25 to 30 of epoch 2.7 are missing; the gap is recorded", Assert.Single(report.Notes));
    }

    [Fact]
    public async Task Verify_HistoryOfTheFormatBefore_SumsAreMadeWhenItIsOpened()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig);
        DamageHistory(rig, "update meta set value = '1' where key = 'schema'; drop table minutes");
        string note = Assert.Single(Verifier.Verify(rig.Folder, deep: false).Notes);
        Assert.Contains("format 1", note, StringComparison.Ordinal);
        using (var history = new SqliteHistoryStore(rig.Options)) history.Open(TimeProvider.System);
        VerifyReport report = Verifier.Verify(rig.Folder, deep: false);
        Assert.True(report.Equal, Told(report));
        Assert.Equal(96, report.HistoryEvents);
    }

    [Fact]
    public async Task Verify_EmptyOrNewerFolder_RefusedByName()
    {
        await using var rig = new Rig();
        var e = Assert.Throws<DataFolderException>(() => Verifier.Verify(rig.Folder, deep: false));
        Assert.Equal(
            $"Condition failed: {rig.Folder} has no guardian-l3.db; name a data folder or a backup.", e.Message);
        rig.File.Open();
        await rig.CloseAsync();
        rig.Damage("update meta set value = '9' where key = 'schema'");
        e = Assert.Throws<DataFolderException>(() => Verifier.Verify(rig.Folder, deep: false));
        Assert.StartsWith(
            $"Condition failed: {rig.File.FilePath} has format 9, and this build reads formats up to 2.",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EventAndItsStoredRow_HashTheSame()
    {
        // Whatever an event may hold comes back from the file with the same hash.
        var random = new Random(20261123);
        string[] texts = ["", "x", "naïve ☂", "a\0b", "\ud800 alone", "multi\nline"];
        double[] numbers = [0, -0.0, 1, -1.5, 1e300, 1e-300, 123456789.25, double.Epsilon];
        string path = Path.Combine(Path.GetTempPath(), $"guardian-hash-{Guid.NewGuid():N}.db");
        using (Guardian.Storage.Local.SqliteSession session = HistorySchema.Open(path))
        {
            using var insert = new HistoryInsert(session);
            var hash = new HistoryRowHash();
            for (int i = 1; i <= 500; i++)
            {
                string? Text() => random.Next(3) == 0 ? null : texts[random.Next(texts.Length)];
                double? Number() => random.Next(3) == 0 ? null : numbers[random.Next(numbers.Length)];
                var e = new HistoryEvent
                {
                    Symbol = "A",
                    Epoch = new Epoch(1, 7),
                    Sequence = i,
                    At = new Timestamp(Make.T0 + random.Next()),
                    ReceivedAt = new Timestamp(Make.T0),
                    Kind = (HistoryKind)(1 + random.Next(9)),
                    Observed = random.Next(2) == 0 ? null : Contracts.ObservationKind.Latency,
                    Subject = Text(),
                    Value = Number(),
                    Quantity = Number(),
                    Sent = random.Next(2) == 0 ? null : new Timestamp(Make.T0),
                    Text = Text(),
                    Guardrail = Text(),
                    From = Text(),
                    To = Text(),
                    TradingState = random.Next(2) == 0 ? null : Contracts.TradingState.Halted,
                    Episode = random.Next(2) == 0 ? null : random.NextInt64(),
                    Shadow = random.Next(2) == 0 ? null : random.Next(2) == 0,
                    Actor = Text(),
                    Reasons = random.Next(2) == 0 ? null : [Reason()],
                };
                Assert.True(insert.Insert(e));
                using SqliteDataReader row = session.Reader(
                    "select " + HistorySchema.Columns + " from events where sequence = $0", i);
                Assert.True(row.Read());
                Assert.Equal(hash.Of(e), hash.Of(row));
            }
        }

        System.IO.File.Delete(path);
    }
}
