using Guardian.Simulation.Disk;

namespace Guardian.Simulation.Tests.Disk;

public sealed class SimulatedDiskTests
{
    [Fact]
    public void Crash_AtEveryWriteOfACommit_KeepsWhatWasTold()
    {
        for (int at = 0; at < 40; at++)
        {
            using var bench = new Bench((ulong)at);
            var told = new Told();
            for (int i = 1; i <= 5; i++)
            {
                bench.Append("A", i, told);
                bench.File.Step();
            }

            Assert.Equal(5, told.Count);
            bench.Append("A", 6, told);
            bench.Disk.PowerFailsAfter = at;
            bench.File.Step();
            int promised = told.Count;
            bench.Restart(powerLoss: true);
            int kept = bench.Journal.ReadTail("A", default, 0).Count;
            Assert.InRange(kept, promised, 6);
            Assert.True(bench.File.DamagedFile is null, string.Join("; ", bench.File.Damages));
        }
    }

    [Fact]
    public void Step_FullDisk_FailsAndGoesOnWhenThereIsRoom()
    {
        using var bench = new Bench();
        bench.Disk.Faults.Full = true;
        var told = new Told();
        for (int i = 1; i <= 40; i++) bench.Append("A", i, told);
        bench.File.Step();
        Assert.Equal(0, told.Count);
        Assert.Contains("full", bench.File.Fault, StringComparison.Ordinal);
        bench.Disk.Faults.Heal();
        bench.Clock.Advance(TimeSpan.FromSeconds(5));
        bench.File.Step();
        Assert.Equal(40, told.Count);
        Assert.Null(bench.File.Fault);
    }

    [Fact]
    public void Open_PathOfNoDisk_IsRefused()
    {
        using var bench = new Bench();
        var e = Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() =>
        {
            using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=/tmp/real.db;Pooling=False");
            connection.Open();
        });
        Assert.Equal(SqliteVfs.CantOpen, e.SqliteErrorCode);
    }

    [Fact]
    public void Crash_UnsyncedWrites_AreKeptLostOrTornBySeed()
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 64; seed++)
        {
            var file = new SimulatedFile("f");
            file.Write(new byte[1024], 0);
            file.Sync();
            byte[] ones = [.. Enumerable.Repeat((byte)1, 1024)];
            file.Write(ones, 0);
            file.Crash(new Chance(seed));
            seen.Add($"{file.Durable[0]}{file.Durable[511]}{file.Durable[512]}{file.Durable[1023]}");
        }

        Assert.Equal("0000 0011 1100 1111", string.Join(' ', seen));
    }
}
