using Guardian.Simulation.Tests.Disk;
using Guardian.Storage.Journal;

namespace Guardian.Simulation.Tests.Found;

/// <summary>Defects that the simulator found: docs/reference/faults.md.</summary>
public sealed class LocalFileTests
{
    [Fact]
    public void Open_AfterASyncErrorOfAnEarlierProcess_KeepsWhatIsToldLater()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            using var bench = new Bench(seed);
            bench.Append("A", 1);
            bench.File.Step();
            // What could not be synced stays visible to the next process, and is on no disk.
            bench.Disk.Faults.SyncErrors = 1000;
            bench.Append("A", 2);
            bench.File.Step();
            bench.Disk.Faults.Heal();
            bench.Restart(powerLoss: false);
            var told = new Told();
            bench.Append("A", 3, told);
            bench.File.Step();
            Assert.Equal(1, told.Count);
            bench.Restart(powerLoss: true);
            Assert.Equal(3, bench.Journal.ReadTail("A", default, 0)[^1].Entry.FirstSequence);
        }
    }

    [Fact]
    public void Step_DiskFullWhileANewFileIsBegun_KeepsWhatTheOldOneHad()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            using var bench = new Bench(seed);
            for (int i = 1; i <= 20; i++) bench.Append("A", i);
            bench.File.Step();
            bench.Disk.Faults.WriteErrors = 1000;
            bench.Append("A", 21);
            bench.File.Step();
            // The error sent it to a new file, and that one finds no room.
            bench.Disk.Faults.Heal();
            bench.Disk.Faults.Full = true;
            StepFor(bench, rounds: 3);
            bench.Disk.Faults.Heal();
            StepFor(bench, rounds: 3);
            Assert.Equal(
                Enumerable.Range(1, 21).Select(i => (long)i),
                bench.Journal.ReadTail("A", default, 0).Select(row => row.Entry.FirstSequence));
            Assert.Null(bench.File.Fault);
        }
    }

    [Fact]
    public void WaitForAsync_WaitingAgainWhenTold_IsToldAgain()
    {
        using var bench = new Bench();
        int rounds = 0;
        Task following = FollowAsync(bench.Journal, () => rounds++);
        for (int i = 1; i <= 5; i++)
        {
            bench.Append("A", i);
            bench.File.Step();
        }

        Assert.Equal(5, rounds);
        Assert.False(following.IsCompleted);
    }

    private static void StepFor(Bench bench, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(5));
            bench.File.Step();
        }
    }

    private static async Task FollowAsync(SqliteJournal journal, Action onRound)
    {
        while (true)
        {
            await journal.WaitForAsync(journal.DurablePosition, CancellationToken.None);
            onRound();
        }
    }
}
