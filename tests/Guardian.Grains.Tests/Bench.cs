using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using HoldPlaced = Guardian.Detection.Events.HoldPlaced;

namespace Guardian.Grains.Tests;

/// <summary>One guardian without Orleans on a clock the test moves, with real volatile stores.</summary>
internal sealed class Bench
{
    internal const string Producer = "feed-1";

    internal static readonly DateTimeOffset Start = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal Bench(
        IJournal? journal = null, string key = "BTCUSDT", bool recordedTime = false, IHaltStore? halts = null)
    {
        Time = new FakeTimeProvider(Start);
        Clock = new SiloClock(Time);
        Journal = journal ?? new MemoryJournal();
        Board = new HaltBoard(halts ?? new MemoryHaltStore(), Clock, Time, NullLogger<HaltBoard>.Instance);
        Key = key;
        RecordedTime = recordedTime;
        Core = Begin(new Epoch(1, 7));
    }

    internal FakeTimeProvider Time { get; }

    internal SiloClock Clock { get; }

    internal IJournal Journal { get; }

    internal HaltBoard Board { get; }

    internal MemoryCheckpointStore Checkpoints { get; } = new();

    internal GuardianCore Core { get; private set; }

    internal ProducerCursors Cursors { get; private set; } = null!;

    internal RecoveredGuardian Recovered { get; private set; } = null!;

    internal GuardianGrainOptions Options { get; } = new();

    internal string Key { get; }

    internal bool RecordedTime { get; }

    /// <summary>Recovers from the stores as after a crash and begins an epoch.</summary>
    internal GuardianCore Begin(Epoch epoch)
    {
        Recovered = new GuardianRecovery(new RecoveryReader(Checkpoints, Journal)).Recover(Key);
        Cursors = Recovered.Cursors;
        SymbolName name = Requests.NameOf(Key);
        return Core = new GuardianCore(
            name, epoch, RecordedTime, Recovered, new GuardianParts(Clock, Board, Journal, Options));
    }

    internal Task SaveAsync()
    {
        Task saved = Checkpoints.SaveAsync(GuardianSnapshot.Write(Core, Cursors));
        Core.CheckpointSaved(Core.Sequence);
        return saved;
    }

    internal void Pass(TimeSpan time)
    {
        Time.Advance(time);
        Core.Tick();
    }

    internal ObserveResult Observe(long first, params Observation[] items) => Core.Observe(Batch(first, items));

    internal static ObservationBatch Batch(long first, Observation[] items, long epoch = 1, long skipped = 0) => new()
    {
        Producer = Producer, ProducerEpoch = epoch, FirstSequence = first, Items = items, Skipped = skipped,
    };

    internal static ObservationBatch Unnumbered(params Observation[] items) =>
        new() { Producer = Producer, Items = items };

    internal static Observation[] Latencies(int count, double milliseconds = 5) =>
        [.. Enumerable.Repeat(Observation.Latency("decision", TimeSpan.FromMilliseconds(milliseconds)), count)];

    internal static Observation[] Failures(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Observation.Outcome($"o{i}", OutcomeKind.Error, "venue"))];

    internal static OrderRequest Order(string? id = null, string? strategy = null, bool reduceOnly = false) =>
        new() { OrderId = id, Strategy = strategy, Quantity = 1, ReduceOnly = reduceOnly };

    /// <summary>Five failures in a row are a breach at once.</summary>
    internal void Trip()
    {
        Core.Observe(Unnumbered(Failures(5)));
        Assert.Equal(Detection.Breaker.BreakerState.Open, Core.Engine.Breaker);
    }

    internal void HalfOpen()
    {
        Trip();
        Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(Detection.Breaker.BreakerState.HalfOpen, Core.Engine.Breaker);
    }

    internal void Latch()
    {
        SetLimits(("Breaker:LatchingEpisode", "2"));
        HalfOpen();
        Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(Detection.Breaker.BreakerState.Closed, Core.Engine.Breaker);
        Core.Observe(Unnumbered([Observation.Outcome("good", OutcomeKind.Ok)]));
        Core.Observe(Unnumbered(Failures(5)));
        Assert.Equal(Detection.Breaker.BreakerState.Latched, Core.Engine.Breaker);
    }

    internal void SetLimits(params (string Path, string Value)[] overrides) =>
        Assert.Null(Core.Apply(at => new Detection.Events.LimitsChanged(
            at, "default", [.. overrides.Select(o => KeyValuePair.Create(o.Path, o.Value))], "ann", "test")));

    internal void HoldSymbol(string id, Detection.TradingState state = Detection.TradingState.Halted) =>
        Assert.Null(Core.Apply(at => new HoldPlaced(at, id, state, "ann", "news")));

    internal Task<Durability> HoldBeyondAsync(
        string id, TradingState state, Scope scope = Scope.Portfolio, string key = "", string session = "live") =>
        Board.PlaceAsync(Hold(id, state, scope, key, session));

    internal static Hold Hold(
        string id, TradingState state, Scope scope = Scope.Portfolio, string key = "", string session = "live") => new()
        {
            Id = id,
            Scope = scope,
            Key = key,
            Session = session,
            State = state,
            Actor = "bob",
            Reason = "storm",
            Since = Timestamp.From(Start),
        };

    internal static byte[] StateOf(GuardianEngine engine)
    {
        var writer = new StateWriter();
        engine.WriteState(writer);
        return writer.ToArray();
    }

    /// <summary>Copies an engine through its bytes.</summary>
    internal static GuardianEngine Copy(GuardianEngine engine)
    {
        var reader = new StateReader(StateOf(engine));
        return GuardianEngine.ReadState(ref reader);
    }
}

/// <summary>The journal as it is, but a test may take its room away, hold its acknowledgements or look on.</summary>
internal sealed class WatchedJournal(IJournal inner) : IJournal
{
    private readonly Queue<(JournalEntry Entry, IDurableListener? Listener)> _waiting = new();

    internal bool Full { get; set; }

    internal bool Slow { get; set; }

    internal Action<JournalEntry>? OnAppend { get; set; }

    public long DurablePosition => inner.DurablePosition;

    public string? Fault => inner.Fault;

    public bool HasRoom => !Full && inner.HasRoom;

    public long Unrecorded => inner.Unrecorded;

    public bool TryAppend(JournalEntry entry, IDurableListener? listener)
    {
        if (Full) return false;
        OnAppend?.Invoke(entry);
        if (!Slow) return inner.TryAppend(entry, listener);
        _waiting.Enqueue((entry, listener));
        return true;
    }

    internal void Commit()
    {
        while (_waiting.TryDequeue(out (JournalEntry Entry, IDurableListener? Listener) next))
            Assert.True(inner.TryAppend(next.Entry, next.Listener));
    }

    public Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    public IReadOnlyList<JournalRow> ReadAfter(long after, int limit) => inner.ReadAfter(after, limit);

    public IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence) =>
        inner.ReadTail(symbol, epoch, sequence);

    public JournalLag LagAfter(long position) => inner.LagAfter(position);

    public Task WaitForAsync(long after, CancellationToken cancellation) => inner.WaitForAsync(after, cancellation);

    public long GetCursor(string tier) => inner.GetCursor(tier);

    public void MoveCursor(string tier, long position) => inner.MoveCursor(tier, position);

    public void RewindCursor(string tier, long position) => inner.RewindCursor(tier, position);
}
