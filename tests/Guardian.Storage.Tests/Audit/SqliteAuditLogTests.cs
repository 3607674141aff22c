using Guardian.Contracts;
using Guardian.Storage.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Storage.Tests.Audit;

public sealed class SqliteAuditLogTests
{
    private static SqliteAuditLog Log(Rig rig) =>
        new(rig.File, rig.Options, TimeProvider.System, NullLogger<SqliteAuditLog>.Instance);

    private static AuditAction Action(int i) =>
        new("ann", "hold", $"portfolio hold-{i}", "live", $"reason {i}", "held", "state Halted");

    private static async Task FillAsync(Rig rig, int count)
    {
        await using SqliteAuditLog log = Log(rig);
        for (int i = 1; i <= count; i++) await log.RecordAsync(Action(i));
        await StoredAsync(rig, log);
    }

    // A busy machine may take longer than the patience of an answer.
    private static async Task StoredAsync(Rig rig, SqliteAuditLog log)
    {
        using var giveUp = new CancellationTokenSource(Make.Patience);
        while (log.State().Waiting > 0) await rig.Journal.FlushAsync(giveUp.Token);
    }

    [Fact]
    public async Task RecordAsync_ManyAtOnceThenReopened_ChainIsWhole()
    {
        await using Rig rig = Rig.Opened();
        await using (SqliteAuditLog log = Log(rig))
        {
            await Task.WhenAll(Enumerable.Range(1, 500).Select(i => log.RecordAsync(Action(i))));
            await StoredAsync(rig, log);
            AuditState state = log.State();
            Assert.Equal((500, 0, 0L, null), (state.Head!.Count, state.Waiting, state.Lost, state.LastError));
        }

        await rig.ReopenAsync();
        await FillAsync(rig, 3);
        await using SqliteAuditLog again = Log(rig);
        AuditReport report = again.Verify();
        Assert.True(report.Whole);
        Assert.Equal((503L, 503L), (report.Entries, Assert.Single(report.Heads).Count));
    }

    [Theory]
    [InlineData("update audit set actor = 'mallory' where number = 3", 3, "was altered: its hash differs")]
    [InlineData("update audit set reason = '' where number = 5", 5, "was altered: its hash differs")]
    [InlineData("update audit set result = 'refused' where number = 1", 1, "was altered: its hash differs")]
    [InlineData("update audit set hash = previous where number = 2", 2, "was altered: its hash differs")]
    [InlineData("delete from audit where number = 4", 4, "was removed")]
    [InlineData("delete from audit where number >= 4", 4, "the end of the chain was cut")]
    [InlineData("insert into audit select writer, 6, at, actor, action, target, session, reason, details, result, 'x', "
        + "hash, hash from audit where number = 5", 6, "was inserted: the chain has no such number")]
    [InlineData("update audit_heads set hash = upper(hash) || 'x'", 5, "the head tells of another entry")]
    [InlineData("delete from audit_heads", 5, "the head of this chain is missing")]
    public async Task Verify_FileTamperedWith_NamesTheEntry(string sql, long number, string words)
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 5);
        await rig.CloseAsync();
        rig.Damage(sql);
        rig.File.Open();
        await using SqliteAuditLog log = Log(rig);
        AuditReport report = log.Verify();
        Assert.False(report.Whole);
        Assert.Contains(
            report.Problems, p => p.Number == number && p.Problem.Contains(words, StringComparison.Ordinal));
        // Whatever was done to it, recording goes on and what was done stays visible.
        await log.RecordAsync(Action(9));
        await StoredAsync(rig, log);
        Assert.False(log.Verify().Whole);
    }

    [Fact]
    public async Task RecordAsync_DiskFullForAWhile_KeptInOrderAndStoredOnce()
    {
        await using Rig rig = Rig.Opened();
        await using SqliteAuditLog log = Log(rig);
        await log.RecordAsync(Action(1));
        await StoredAsync(rig, log);
        rig.File.Database.LimitPages(1);
        string big = new('x', 100_000);
        for (int i = 2; i <= 4; i++) await log.RecordAsync(Action(i) with { Details = big });
        while (log.State().LastError is null) await Task.Yield();
        Assert.Equal(3, log.State().Waiting);
        rig.File.Database.LimitPages(0);
        await log.RecordAsync(Action(5));
        await StoredAsync(rig, log);
        AuditPage page = log.Read(new AuditQuery());
        Assert.Equal(
            Enumerable.Range(1, 5).Select(i => $"reason {i}"),
            page.Items.OrderBy(e => e.Number).Select(e => e.Reason),
            StringComparer.Ordinal);
        Assert.True(log.Verify().Whole);
        Assert.Equal(0, log.State().Lost);
    }

    [Fact]
    public async Task RecordAsync_TooManyWait_CountedAsLost()
    {
        await using Rig rig = Rig.Opened();
        SqliteAuditLog log = Log(rig);
        rig.File.Database.LimitPages(1);
        string big = new('x', 100_000);
        Task[] all =
        [
            .. Enumerable.Range(1, SqliteAuditLog.MostWaiting + 5)
                .Select(i => log.RecordAsync(i == 1 ? Action(i) with { Details = big } : Action(i))),
        ];
        Assert.Equal(5, log.State().Lost);
        rig.File.Database.LimitPages(0);
        await Task.WhenAll(all);
        await StoredAsync(rig, log);
        await log.DisposeAsync();
        Assert.Equal((5L, 0), (log.State().Lost, log.State().Waiting));
        Assert.Equal(SqliteAuditLog.MostWaiting, log.Verify().Entries);
    }

    [Fact]
    public async Task Read_PagesBothWays_EachEntryOnce()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 25);
        await using SqliteAuditLog log = Log(rig);
        foreach (bool newestFirst in (bool[])[false, true])
        {
            var seen = new List<long>();
            string? cursor = null;
            do
            {
                AuditPage page = log.Read(
                    new AuditQuery { Limit = 7, Cursor = cursor, NewestFirst = newestFirst });
                seen.AddRange(page.Items.Select(e => e.Number));
                cursor = page.Next;
            }
            while (cursor is not null);
            IEnumerable<long> all = Enumerable.Range(1, 25).Select(i => (long)i);
            Assert.Equal(newestFirst ? all.Reverse() : all, seen);
        }

        Timestamp third = log.Read(new AuditQuery()).Items[2].At;
        Assert.Equal(23, log.Read(new AuditQuery { From = third }).Items.Length);
        Assert.Equal(2, log.Read(new AuditQuery { To = third }).Items.Length);
    }

    [Theory]
    [InlineData(0, null, "limit is 0; it takes 1 to 1000.")]
    [InlineData(1_001, null, "limit is 1001; it takes 1 to 1000.")]
    [InlineData(10, "???", "cursor is not one of this log. Give back the cursor of the page before, or none for the "
        + "first page.")]
    [InlineData(10, "YWJj", "cursor is not one of this log. Give back the cursor of the page before, or none for the "
        + "first page.")]
    public async Task Read_BadBounds_SaysWhich(int limit, string? cursor, string message)
    {
        await using Rig rig = Rig.Opened();
        await using SqliteAuditLog log = Log(rig);
        var query = new AuditQuery { Limit = limit, Cursor = cursor };
        message = $"Condition failed: {message} (Parameter 'query')";
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => log.Read(query)).Message);
        var memory = new MemoryAuditLog(TimeProvider.System);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => memory.Read(query)).Message);
    }

    [Fact]
    public async Task Open_FileDamagedAsAWhole_LogIsSalvagedAndANewChainBegun()
    {
        await using Rig rig = Rig.Opened();
        await FillAsync(rig, 3);
        await rig.CloseAsync();
        rig.Damage("update meta set value = 'odd' where key = 'schema'");
        rig.File.Open();
        Assert.NotNull(rig.File.DamagedFile);
        await FillAsync(rig, 2);
        await using SqliteAuditLog log = Log(rig);
        AuditReport report = log.Verify();
        Assert.True(report.Whole, string.Join("; ", report.Problems.Select(p => p.Problem)));
        Assert.Equal([2L, 3], report.Heads.Select(head => head.Count).Order());
    }
}
