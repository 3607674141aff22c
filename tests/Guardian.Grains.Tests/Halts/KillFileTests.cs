using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Guardian.Grains.Tests.Halts;

/// <summary>The kill file with real files.</summary>
public sealed class KillFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-kill-");
    private readonly FakeTimeProvider _time = new(Bench.Start);
    private readonly MemoryHaltStore _store = new();
    private HaltBoard _board = null!;
    private KillFile _file = null!;
    private HaltKeeper _keeper = null!;

    public KillFileTests() => Begin();

    private string Target => Path.Combine(_folder.FullName, "KILL");

    public void Dispose()
    {
        _keeper.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Poll_FileOfSomebody_HoldsThePortfolioWithItsFirstLine()
    {
        Assert.Empty(_board.Open("live"));
        Make("\n  exchange says\u0007 stop \nmore");
        _keeper.Poll();
        Hold hold = Assert.Single(_board.Open("live"));
        Assert.Equal(
            (Scope.Portfolio, string.Empty, TradingState.Halted, "kill-file",
                $"kill file {Target}: exchange says  stop"),
            (hold.Scope, hold.Key, hold.State, hold.Actor, hold.Reason));
        Assert.StartsWith("kill-", hold.Id, StringComparison.Ordinal);
        Assert.True(hold.Id.Length <= Requests.MaximumActorLength);
        Assert.Equal(hold, Assert.Single(_store.Load()));
    }

    [Fact]
    public void Poll_SameFileAgainAndAfterARestart_IsOneHold()
    {
        Make(string.Empty);
        _keeper.Poll();
        File.AppendAllText(Target, "a word more");
        _keeper.Poll();
        Begin();
        _keeper.Poll();
        Assert.Equal($"kill file {Target}", Assert.Single(_board.Entries).Reason);
    }

    [Fact]
    public async Task Poll_FileIsRemoved_LiftsNothingAndThenTheReleaseDoes()
    {
        Make("stop");
        _keeper.Poll();
        Assert.Equal(
            $"Condition failed: the kill file {Target} is there and holds the portfolio; remove it, then release the "
                + "hold.",
            _file.WhyNotReleased());
        File.Delete(Target);
        _keeper.Poll();
        Hold hold = Assert.Single(_board.Open("live"));
        Assert.Null(_file.WhyNotReleased());
        await _board.ReleaseAsync(hold.Id, "ann", "over");
        _keeper.Poll();
        Assert.Empty(_board.Open("live"));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task Poll_LaterFile_IsANewHold()
    {
        Make("stop");
        _keeper.Poll();
        Hold first = Assert.Single(_board.Open("live"));
        File.Delete(Target);
        await _board.ReleaseAsync(first.Id, "ann", "over");
        Make("stop");
        File.SetLastWriteTimeUtc(Target, DateTime.UnixEpoch); // Whoever sets times back can't hide it.
        _keeper.Poll();
        Assert.NotEqual(first.Id, Assert.Single(_board.Open("live")).Id, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Poll_FileCameBackAfterTheRelease_HoldsOnceMore()
    {
        string away = Path.Combine(_folder.FullName, "away");
        Make("stop");
        _keeper.Poll();
        Hold first = Assert.Single(_board.Open("live"));
        File.Move(Target, away);
        await _board.ReleaseAsync(first.Id, "ann", "over");
        _keeper.Poll();
        Assert.Empty(_board.Open("live"));
        File.Move(away, Target);
        _keeper.Poll();
        Assert.Equal($"{first.Id}-2", Assert.Single(_board.Open("live")).Id);
    }

    [Fact]
    public async Task Poll_PortfolioHold_MakesTheFileAndItsReleaseDeletesIt()
    {
        Hold hold = Bench.Hold("stop-1", TradingState.Halted);
        await _board.PlaceAsync(hold);
        _keeper.Poll();
        Assert.Equal(
            $"""
            Guardian's kill file: the portfolio of session live is held.
            hold: stop-1
            state: Halted
            by: bob
            since: {hold.Since}
            why: storm

            To lift it: guardian release stop-1 --actor NAME --reason "..."
            The release deletes this file. Deleting it by hand does not lift the hold.
            Touching or changing it holds the portfolio anew, until it is removed and that hold is released too.

            """,
            await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken));
        _keeper.Poll();
        Assert.Equal("stop-1", Assert.Single(_board.Entries).Id);
        Assert.Null(_file.WhyNotReleased());
        await _board.ReleaseAsync("stop-1", "ann", "over");
        _keeper.Poll();
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task Poll_ReleasedWhileNobodyWatched_IsDeletedAtTheNextStart()
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        _keeper.Poll();
        await _board.ReleaseAsync("stop-1", "ann", "over");
        Begin();
        _keeper.Poll();
        Assert.Empty(_folder.GetFiles());
        Assert.Empty(_board.Open("live"));
    }

    [Fact]
    public async Task Poll_BoardWasLost_TheFileStillHolds()
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        _keeper.Poll();
        Begin(new MemoryHaltStore());
        _keeper.Poll();
        Hold hold = Assert.Single(_board.Open("live"));
        Assert.StartsWith("kill-", hold.Id, StringComparison.Ordinal);
        Assert.True(File.Exists(Target));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Poll_OurFileWasTouchedOrChanged_IsSomebodysAndStays(bool touched)
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        _keeper.Poll();
        if (touched) File.SetLastWriteTimeUtc(Target, Bench.Start.UtcDateTime.AddHours(1));
        else await File.AppendAllTextAsync(Target, "and stay", TestContext.Current.CancellationToken);
        Assert.NotNull(_file.WhyNotReleased());
        _keeper.Poll();
        Assert.Equal(2, _board.Open("live").Count);
        await _board.ReleaseAsync("stop-1", "ann", "over");
        _keeper.Poll();
        Assert.True(File.Exists(Target));
        Assert.Equal(TradingState.Halted, _board.Beyond("live", null).State);
    }

    [Fact]
    public async Task Poll_OurFileWasRemovedByHand_IsNotMadeAgain()
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        _keeper.Poll();
        File.Delete(Target);
        _keeper.Poll();
        Assert.False(File.Exists(Target));
        Assert.Equal(TradingState.Halted, _board.Beyond("live", null).State);
        await _board.PlaceAsync(Bench.Hold("stop-2", TradingState.Halted));
        _keeper.Poll();
        Assert.Contains("hold: stop-2", await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poll_SecondHoldIsStillOpen_TheFileSpeaksOfIt()
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        await _board.PlaceAsync(Bench.Hold("stop-2", TradingState.Halted));
        _keeper.Poll();
        await _board.ReleaseAsync("stop-1", "ann", "over");
        _keeper.Poll();
        Assert.Contains("hold: stop-2", await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        await _board.ReleaseAsync("stop-2", "ann", "over");
        _keeper.Poll();
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task Poll_HoldsOfOthers_MakeNoFile()
    {
        await _board.PlaceAsync(Bench.Hold("s", TradingState.Halted, Scope.Strategy, "mm"));
        await _board.PlaceAsync(Bench.Hold("k", TradingState.Halted, Scope.Symbol, "BTCUSDT"));
        await _board.PlaceAsync(Bench.Hold("r", TradingState.Halted, session: "replay"));
        _keeper.Poll();
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void Poll_FolderInItsPlace_HoldsToo()
    {
        Directory.CreateDirectory(Target);
        _keeper.Poll();
        Assert.Equal($"kill file {Target}", Assert.Single(_board.Open("live")).Reason);
    }

    [Fact]
    public async Task Poll_FolderIsGone_IsAFaultUntilItIsBack()
    {
        await _board.PlaceAsync(Bench.Hold("stop-1", TradingState.Halted));
        _folder.Delete(recursive: true);
        _keeper.Poll();
        Assert.NotNull(_file.Fault);
        _folder.Create();
        _keeper.Poll();
        Assert.Null(_file.Fault);
        Assert.True(File.Exists(Target));
    }

    [Fact]
    public void WhyNotReleased_CannotBeTold_IsRefused()
    {
        string loop = Path.Combine(_folder.FullName, "loop");
        File.CreateSymbolicLink(loop, loop);
        Begin(path: Path.Combine(loop, "KILL"));
        _keeper.Poll();
        Assert.Contains("Too many levels of symbolic links", _file.Fault, StringComparison.Ordinal);
        Assert.Equal(
            $"Condition failed: whether the kill file {Path.Combine(loop, "KILL")} is there can't be told "
                + $"({_file.Fault}); make it readable, or start again without Guardian:KillFile.",
            _file.WhyNotReleased());
    }

    [Fact]
    public void WhyUnusable_BadPaths_AreSaidInWords()
    {
        const string Rule = "it takes the path of a file in a folder that is there and can be written.";
        string folder = _folder.FullName;
        Assert.Null(KillFile.WhyUnusable(Target));
        Assert.Empty(_folder.GetFiles());
        Assert.Equal(
            $"Condition failed: Guardian:KillFile is '{folder}', a folder; {Rule}", KillFile.WhyUnusable(folder));
        Assert.Equal(
            $"Condition failed: Guardian:KillFile is '{folder}/no/KILL', but there is no folder {folder}/no; {Rule}",
            KillFile.WhyUnusable($"{folder}/no/KILL"));
        string unwritable = KillFile.WhyUnusable("/proc/KILL")!;
        Assert.StartsWith(
            "Condition failed: Guardian:KillFile is '/proc/KILL', but /proc can't be written (", unwritable,
            StringComparison.Ordinal);
    }

    private void Make(string text) => File.WriteAllText(Target, text);

    private void Begin(IHaltStore? store = null, string? path = null)
    {
        store ??= _store;
        var clock = new SiloClock(_time);
        var options = new GuardianGrainOptions { KillFile = path ?? Target };
        _board = new HaltBoard(store, clock, _time, NullLogger<HaltBoard>.Instance);
        _file = new KillFile(options, _board, clock, NullLogger<KillFile>.Instance);
        _keeper?.Dispose();
        _keeper = new HaltKeeper(_board, store, _file, [], _time, NullLogger<HaltKeeper>.Instance);
    }
}
