using Guardian.Contracts;
using Guardian.Storage.Journal;
using Guardian.Storage.Postgres;
using Guardian.Storage.Tiers;
using Guardian.Storage.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

public sealed class SharedHistoryCheckTests(PostgresHost host) : IAsyncLifetime
{
    private readonly Rig _rig = Rig.Opened();
    private readonly StoreVerifier _verifier = new(TimeProvider.System);
    private PostgresDatabase _database = null!;
    private PostgresHistoryStore _history = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await host.OpenAsync();
        _history = new PostgresHistoryStore(_database, () => "silo-1");
        for (int i = 0; i < 100; i++)
        {
            JournalEntry entry = Make.Entry(i % 2 == 0 ? "A" : "B", 1 + (i / 2 * 3));
            Assert.True(_rig.Journal.TryAppend(entry, null));
        }

        await _rig.Journal.FlushAsync(Make.Soon());
        var writer = new TierWriter(
            _history,
            _rig.Journal,
            new Guardian.Storage.History.MemoryParkedStore(),
            _rig.Options,
            TimeProvider.System,
            NullLogger<TierWriter>.Instance);
        await writer.DrainAsync(Make.Soon());
        Assert.Equal(300, writer.Stored);
        await _rig.Journal.FlushAsync(Make.Soon());
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task VerifyAsync_WhatWasShipped_IsEqual()
    {
        VerifyReport report = await VerifyAsync();
        Assert.True(report.Equal, string.Join("; ", report.Differences.Select(d => d.Problem)));
        Assert.Equal((300L, 300L), (report.JournalEvents, report.HistoryEvents));
        Assert.True(report.Minutes >= 2);
    }

    [Theory]
    [InlineData("delete from events where symbol = 'A' and sequence = 7", "1 events of the journal are missing")]
    [InlineData("update events set value = value + 1 where symbol = 'A' and sequence = 7",
        "as many events as the journal, but others")]
    [InlineData("update events set reasons = 'x' where symbol = 'A' and sequence = 7",
        "as many events as the journal, but others")]
    public async Task VerifyAsync_RowChangedByHand_NamedByMinuteAndPutRight(string change, string problem)
    {
        // A change by hand leaves the sums; a store that lost rows has lost what it counted of them too.
        await RunAsync(change);
        await RunAsync("update minutes set sum = sum - 1 where symbol = 'A'");
        VerifyReport report = await VerifyAsync();
        Assert.False(report.Equal);
        Assert.Contains(
            report.Differences, d => d is { Check: "tiers", Tier: "L2", Symbol: "A" } && d.Problem == problem);
        Assert.DoesNotContain(report.Differences, d => d.Symbol == "B");
        VerifyReport repaired = await VerifyAsync(repairs: true);
        Assert.True(repaired.Equal, string.Join("; ", repaired.Differences.Select(d => d.Problem)));
        Assert.True(repaired.Repaired > 0);
        Assert.Equal(300, repaired.HistoryEvents);
        Assert.True((await VerifyAsync()).Equal);
    }

    [Fact]
    public async Task VerifyAsync_WholeTableEmptied_EveryMinuteNamedAndFilledAgain()
    {
        await RunAsync("truncate events; truncate minutes");
        Assert.False((await VerifyAsync()).Equal);
        VerifyReport repaired = await VerifyAsync(repairs: true);
        Assert.True(repaired.Equal);
        Assert.Equal((300L, 300L), (repaired.Repaired, repaired.HistoryEvents));
    }

    [Fact]
    public async Task Verify_FolderAlone_SaysThatTheHistoryIsOnAServer()
    {
        await _rig.CloseAsync();
        VerifyReport report = _verifier.Verify(_rig.Options.DataFolder, deep: false);
        Assert.True(report.Equal);
        Assert.Equal("the history is on a server: ask the silo by --url to compare it", Assert.Single(report.Notes));
    }

    private Task<VerifyReport> VerifyAsync(bool repairs = false) =>
        _verifier.VerifyAsync(_history, _rig.Options.DataFolder, deep: false, repairs, Make.Soon());

    private async Task RunAsync(string sql)
    {
        await using NpgsqlCommand command = _database.Writer.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Make.Soon());
    }
}
