using Guardian.Contracts;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Grains.Guarding;
using Guardian.Storage;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Recovery;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Observation = Guardian.Contracts.Observation;
using OutcomeKind = Guardian.Contracts.OutcomeKind;

namespace Guardian.Grains.Tests.Guarding;

/// <summary>The state after a crash equals the uninterrupted fold up to the last durable event.</summary>
public sealed class GuardianRecoveryTests
{
    private const int Seeds = 12;
    private const int Steps = 80;

    [Fact]
    public void Recover_NothingKnown_IsFresh()
    {
        var bench = new Bench();
        Assert.Equal("fresh", bench.Recovered.Provenance.RecoveredFrom);
        Assert.Equal(default, bench.Recovered.Newest);
        Assert.Empty(bench.Recovered.Problems);
    }

    [Fact]
    public async Task Recover_CheckpointAndTail_SaysSo()
    {
        var bench = new Bench();
        bench.Observe(1, Bench.Latencies(3));
        Assert.Equal(("journal", 3L), From(Reborn(bench)));
        await bench.SaveAsync();
        Assert.Equal(("checkpoint", 0L), From(Reborn(bench)));
        bench.Observe(4, Bench.Latencies(2));
        Assert.Equal(("checkpoint+journal", 2L), From(Reborn(bench)));
    }

    [Fact]
    public async Task Recover_CheckpointInTheMiddleOfAnEntry_FoldsOnlyTheRest()
    {
        var whole = new Bench();
        whole.Observe(1, Bench.Latencies(10));
        var part = new Bench();
        part.Observe(1, Bench.Latencies(4));
        await whole.Checkpoints.SaveAsync(GuardianSnapshot.Write(part.Core, part.Cursors));
        RecoveredGuardian recovered = Reborn(whole);
        Assert.Equal(("checkpoint+journal", 6L), From(recovered));
        Assert.Equal(Bench.StateOf(whole.Core.Engine), Bench.StateOf(recovered.Engine));
    }

    [Fact]
    public async Task Recover_CheckpointOfAnUnknownFormat_IsNamedAndUnverified()
    {
        var bench = new Bench();
        await bench.Checkpoints.SaveAsync(new Checkpoint("BTCUSDT", new Epoch(1, 7), 5, 0, [99]));
        RecoveredGuardian recovered = Reborn(bench);
        Assert.True(recovered.Provenance.Unverified);
        Assert.Equal(
            ["checkpoint 1.7/5 of BTCUSDT: Condition failed: checkpoint format 99 is not 1."], recovered.Problems);
    }

    // The process that finds the damage may end before anybody came up and was told.
    [Fact]
    public async Task Recover_FileDamagedSinceItsCheckpoint_IsUnverifiedUntilACheckpointKnows()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("guardian-recovery-");
        try
        {
            var bench = new Bench();
            bench.Observe(1, Bench.Latencies(3));
            Checkpoint sound = GuardianSnapshot.Write(bench.Core, bench.Cursors);
            await WithFileAsync(folder, file => new SqliteCheckpointStore(file).SaveAsync(sound));
            MakeUnreadable(Path.Combine(folder.FullName, LocalFile.FileName));
            await WithFileAsync(folder, file => Recovers(file, "the local file was damaged and set aside as "));
            await WithFileAsync(
                folder,
                async file =>
                {
                    await Recovers(file, "the local file was damaged in an earlier life, and no checkpoint was made ");
                    await new SqliteCheckpointStore(file).SaveAsync(sound with { Epoch = new Epoch(2, 7) });
                    await Recovers(file, null);
                });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Read_LeftOverBytes_AreRefused()
    {
        var bench = new Bench();
        Checkpoint good = GuardianSnapshot.Write(bench.Core, bench.Cursors);
        var error = Assert.Throws<Detection.Encoding.StateFormatException>(
            () => GuardianSnapshot.Read(good with { Payload = [.. good.Payload, 0] }));
        Assert.Equal("Condition failed: 1 bytes are left over.", error.Message);
    }

    [Fact]
    public void Read_CutAnywhere_IsRefusedAndNeverReadAsAnother()
    {
        var bench = new Bench();
        bench.Observe(1, Bench.Latencies(3));
        Checkpoint good = GuardianSnapshot.Write(bench.Core, bench.Cursors);
        for (int length = 0; length < good.Payload.Length; length++)
        {
            Checkpoint cut = good with { Payload = good.Payload[..length] };
            Assert.Throws<Detection.Encoding.StateFormatException>(() => GuardianSnapshot.Read(cut));
        }
    }

    [Fact]
    public void Recover_EveryCrashPoint_EqualsTheLiveStateThen()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var story = new Story(seed);
            story.Run();
            for (int cut = 0; cut <= story.Rows.Count; cut++)
            {
                AssertEqual(seed, cut, "journal alone", story, story.RecoverAt(cut, withCheckpoints: false));
                AssertEqual(seed, cut, "with checkpoints", story, story.RecoverAt(cut, withCheckpoints: true));
            }
        }
    }

    [Fact]
    public void Recover_SeveralLives_EqualOneLife()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var crashing = new Story(seed, crashes: true);
            var living = new Story(seed, crashes: false);
            crashing.Run();
            living.Run();
            Assert.True(crashing.Lives > 1, $"seed {seed} never crashed");
            Assert.True(
                Bench.StateOf(living.Bench.Core.Engine).AsSpan()
                    .SequenceEqual(Bench.StateOf(crashing.Bench.Core.Engine)),
                $"seed {seed}: the states differ after {crashing.Lives} lives");
        }
    }

    private static (string, long) From(RecoveredGuardian recovered) =>
        (recovered.Provenance.RecoveredFrom, recovered.Provenance.Replayed);

    private static RecoveredGuardian Reborn(Bench bench) =>
        new GuardianRecovery(new RecoveryReader(bench.Checkpoints, bench.Journal)).Recover(bench.Key);

    private static void AssertEqual(int seed, int cut, string how, Story story, RecoveredGuardian recovered)
    {
        string where = $"seed {seed}, cut {cut}, {how}";
        Assert.True(recovered.Problems.Count == 0, $"{where}: {string.Join("; ", recovered.Problems)}");
        byte[] expected = cut == 0 ? Bench.StateOf(new GuardianEngine(Detection.Options.GuardianPolicy.Default))
            : story.Rows[cut - 1].State;
        Assert.True(expected.AsSpan().SequenceEqual(At(story.End, recovered.Engine)) || cut == 0, where);
        long accepted = cut == 0 ? 0 : story.Rows[cut - 1].Accepted;
        Assert.True(accepted == recovered.Cursors.Find(Bench.Producer).Accepted, $"{where}: cursor");
    }

    private static byte[] At(long time, GuardianEngine engine)
    {
        GuardianEngine copy = Bench.Copy(engine);
        copy.Advance(time, new RecordingSink());
        return Bench.StateOf(copy);
    }

    /// <summary>One random life: observations, orders, people, time, checkpoints, and crashes where wanted.</summary>
    private sealed class Story
    {
        private readonly Random _random;
        private readonly bool _crashes;
        private readonly List<(GuardianEngine Engine, long Accepted)> _live = [];
        private readonly List<(int Row, Checkpoint Checkpoint)> _checkpoints = [];
        private long _accepted;
        private long _pending;
        private int _holds;

        internal Story(int seed, bool crashes = true)
        {
            _random = new Random(seed);
            _crashes = crashes;
            Bench = new Bench(new WatchedJournal(new MemoryJournal())
            {
                OnAppend = entry => _live.Add(
                    (Grains.Tests.Bench.Copy(Bench!.Core.Engine), entry.Producer is null ? _accepted : _pending)),
            });
        }

        internal Bench Bench { get; }

        internal int Lives { get; private set; } = 1;

        internal long End { get; private set; }

        /// <summary>For each row of the journal, the live state when it was written, as of the end.</summary>
        internal List<(byte[] State, long Accepted)> Rows { get; private set; } = [];

        internal void Run()
        {
            for (int step = 0; step < Steps; step++) Step();
            End = Bench.Clock.Now + 1;
            Rows = [.. _live.Select(l => (At(End, l.Engine), l.Accepted))];
        }

        internal RecoveredGuardian RecoverAt(int cut, bool withCheckpoints)
        {
            var journal = new MemoryJournal();
            foreach (JournalRow row in Bench.Journal.ReadAfter(0, 10_000).Take(cut))
                Assert.True(journal.TryAppend(row.Entry, listener: null));
            var checkpoints = new MemoryCheckpointStore();
            foreach ((int row, Checkpoint checkpoint) in _checkpoints)
            {
                if (withCheckpoints && row <= cut)
                    Assert.True(checkpoints.SaveAsync(checkpoint).IsCompletedSuccessfully);
            }

            return new GuardianRecovery(new RecoveryReader(checkpoints, journal)).Recover(Bench.Key);
        }

        private void Step()
        {
            switch (_random.Next(12))
            {
                case 0: Crash(); break;
                case 1: Save(); break;
                case 2: Hold(); break;
                case 3: Release(); break;
                case 4: Bench.Core.Check(Grains.Tests.Bench.Order($"o{_random.Next(20)}")); break;
                case 5: Limits(); break;
                case 6: Bench.Pass(TimeSpan.FromSeconds(_random.Next(1, 40))); break;
                case 7: Bench.Core.Reset(Bench.Core.Engine.Episode, "ann", "looked"); break;
                default: Observe(); break;
            }

            Bench.Pass(TimeSpan.FromMilliseconds(_random.Next(0, 400)));
        }

        private void Observe()
        {
            int count = _random.Next(1, 30);
            bool slow = _random.Next(4) == 0;
            _pending = _accepted + count;
            Bench.Observe(_accepted + 1, [.. Enumerable.Range(0, count).Select(_ => Item(slow))]);
            _accepted = _pending;
        }

        private Observation Item(bool slow) => _random.Next(8) switch
        {
            0 => Observation.Outcome($"o{_random.Next(20)}", (OutcomeKind)_random.Next(4)),
            1 => Observation.Feature("score", _random.NextDouble()),
            2 => Observation.Pending("gate", TimeSpan.FromMilliseconds(_random.Next(0, 3_000))),
            3 => Observation.Latency(
                "market-data",
                new Timestamp(Bench.Clock.Now - (_random.Next(1, 200) * 1_000_000L)),
                Bench.Clock.Timestamp),
            _ => Observation.Latency(
                "decision", TimeSpan.FromMilliseconds(slow ? _random.Next(100, 900) : _random.Next(1, 60))),
        };

        private void Crash()
        {
            if (_crashes)
            {
                Lives++;
                Bench.Begin(new Epoch(Lives, 7));
                Assert.Empty(Bench.Recovered.Problems);
            }

            Bench.Core.Apply(at => new Activated(at, GuardianEngine.Version, Bench.Core.Engine.Policy.Hash, "test", 0));
        }

        private void Save()
        {
            Checkpoint checkpoint = GuardianSnapshot.Write(Bench.Core, Bench.Cursors);
            _checkpoints.Add((_live.Count, checkpoint));
            Assert.True(Bench.Checkpoints.SaveAsync(checkpoint).IsCompletedSuccessfully);
        }

        private void Hold()
        {
            int id = ++_holds;
            var state = (Detection.TradingState)_random.Next(1, 3);
            Bench.Core.Apply(at => new HoldPlaced(at, $"h{id}", state, "ann", "news"));
        }

        private void Release() => Bench.Core.Release($"h{_random.Next(1, Math.Max(2, _holds + 1))}", "ann", "over");

        private void Limits()
        {
            string seconds = $"00:00:0{_random.Next(1, 9)}";
            Bench.SetLimits(("Breaker:FirstBreak", seconds), ("Breaker:TwoPersonReset", "false"));
        }
    }

    private static async Task WithFileAsync(DirectoryInfo folder, Func<LocalFile, Task> work)
    {
        await using var file = new LocalFile(
            new StorageOptions { DataFolder = folder.FullName }, TimeProvider.System, NullLogger<LocalFile>.Instance);
        file.Open();
        await work(file);
    }

    private static Task Recovers(LocalFile file, string? problem)
    {
        var reader = new RecoveryReader(new SqliteCheckpointStore(file), new SqliteJournal(file));
        RecoveredGuardian recovered = new GuardianRecovery(reader, file).Recover("BTCUSDT");
        Assert.Equal(3, recovered.Engine.Sequence);
        Assert.Equal(problem is not null, recovered.Provenance.Unverified);
        if (problem is null) Assert.Empty(recovered.Problems);
        else Assert.StartsWith(problem, Assert.Single(recovered.Problems), StringComparison.Ordinal);
        return Task.CompletedTask;
    }

    private static void MakeUnreadable(string path)
    {
        using var file = new SqliteConnection($"Data Source={path};Pooling=False");
        file.Open();
        using SqliteCommand command = file.CreateCommand();
        command.CommandText = "update meta set value = 'x' where key = 'schema'";
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
