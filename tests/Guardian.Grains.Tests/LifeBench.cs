using System.Net;
using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Roster;
using Guardian.Grains.Streams;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
using Guardian.Storage.Roster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using Orleans.Storage;

namespace Guardian.Grains.Tests;

/// <summary>Lives of guardians without Orleans: each may lose some of its stores before the next one begins.</summary>
internal sealed class LifeBench
{
    internal const string Key = "BTCUSDT";

    private int _generation = 1;

    internal FakeTimeProvider Time { get; } = new(Bench.Start);

    internal MemoryJournal Journal { get; set; } = new();

    internal ICheckpointStore Checkpoints { get; set; } = new MemoryCheckpointStore();

    /// <summary>Gets how many lives asked to go.</summary>
    internal int Left { get; private set; }

    internal IHaltStore Halts { get; set; } = new MemoryHaltStore();

    internal MemoryRosterStore Roster { get; set; } = new();

    internal MemoryGrains Records { get; set; } = new();

    internal GuardianGrainOptions Options { get; } = new();

    internal HaltBoard Board { get; private set; } = null!;

    internal SessionDirectory Directory { get; private set; } = null!;

    internal SiloClock Clock { get; private set; } = null!;

    /// <summary>Begins a process: what is in memory is made anew of what the stores keep.</summary>
    internal void BeginSilo()
    {
        _generation++;
        Clock = new SiloClock(Time);
        Board = new HaltBoard(Halts, Clock, Time, NullLogger<HaltBoard>.Instance);
        Directory = new SessionDirectory(Roster);
    }

    internal async Task<GuardianLife> BeginAsync(string key = Key)
    {
        if (Board is null) BeginSilo();
        var fence = new EpochFence(Records, new Details(_generation), Time, NullLogger<EpochFence>.Instance);
        var services = new GuardianServices(
            new GuardianParts(Clock, Board!, Journal, Options),
            Directory,
            new GuardianRecovery(new RecoveryReader(Checkpoints, Journal)),
            fence,
            Checkpoints,
            new MemoryHotStore(),
            Options);
        return await GuardianLife.BeginAsync(
            Requests.NameOf(key), GrainId.Create("guardian", key), services, new Shell(this),
            work => Task.FromResult(work()), NullLogger.Instance);
    }

    /// <summary>Begins a process and a life in it, as after kill −9.</summary>
    internal Task<GuardianLife> CrashAsync()
    {
        BeginSilo();
        return BeginAsync();
    }

    /// <summary>Latches a guardian by two trips within the hour.</summary>
    internal async Task LatchAsync(GuardianLife life)
    {
        await life.SetLimits(new LimitsRequest
        {
            Limits = new GuardianLimits
            {
                Overrides = new(StringComparer.Ordinal)
                {
                    ["Breaker:LatchingEpisode"] = "2", ["Breaker:LatchingReturn"] = "1",
                },
            },
            Actor = "ann",
            Reason = "test",
        });
        life.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Pass(life, TimeSpan.FromSeconds(5));
        Pass(life, TimeSpan.FromSeconds(30));
        Assert.Equal(BreakerState.Closed, life.GetVerdict().Breaker);
        life.Observe(Bench.Unnumbered([Observation.Outcome("good", OutcomeKind.Ok)]));
        life.Observe(Bench.Unnumbered(Bench.Failures(5)));
        Assert.Equal(BreakerState.Latched, life.GetVerdict().Breaker);
    }

    internal void Pass(GuardianLife life, TimeSpan time)
    {
        Time.Advance(time);
        if (life.IsDue(Clock.Now)) life.Tick();
    }

    private sealed class Shell(LifeBench bench) : IGuardianShell
    {
        public void Tell(string session, HistoryEvent[] events)
        {
        }

        public void Offer(GuardianSummary summary)
        {
        }

        public void Withdraw(string symbol)
        {
        }

        public void KeepAwake(bool always)
        {
        }

        public void Leave() => bench.Left++;
    }

    private sealed class Details(int generation) : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "test";

        public string DnsHostName => Name;

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 11_111, generation);

        public SiloAddress GatewayAddress => SiloAddress;
    }
}

/// <summary>Grain storage in memory, with the ETag rule of the real ones; a test may take it away.</summary>
internal sealed class MemoryGrains : IGrainStorage
{
    private readonly Dictionary<(string State, GrainId Grain), (GuardianRecord Record, long Tag)> _rows = [];
    private long _tag;

    internal bool Away { get; set; }

    internal int Writes { get; private set; }

    internal GuardianRecord? Record => _rows.Count == 0 ? null : _rows.Values.Single().Record;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Away) throw new IOException("away");
        if (_rows.TryGetValue((stateName, grainId), out (GuardianRecord Record, long Tag) row))
        {
            grainState.State = (T)(object)row.Record.Copy();
            (grainState.ETag, grainState.RecordExists) = ($"{row.Tag}", true);
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Away) throw new IOException("away");
        string? stored = _rows.TryGetValue((stateName, grainId), out (GuardianRecord Record, long Tag) row)
            ? $"{row.Tag}" : null;
        if (!string.Equals(stored, grainState.ETag, StringComparison.Ordinal))
            throw new InconsistentStateException("another version", stored!, grainState.ETag);
        _rows[(stateName, grainId)] = (((GuardianRecord)(object)grainState.State!).Copy(), ++_tag);
        Writes++;
        grainState.ETag = $"{_tag}";
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _rows.Remove((stateName, grainId));
        return Task.CompletedTask;
    }
}
