using Guardian.Contracts;

namespace Guardian.Silo.Demo;

/// <summary>An order one of the demo's strategies wants to send. Immutable.</summary>
/// <param name="Id">Its id, unique in the demo.</param>
/// <param name="Strategy">Who sends it.</param>
/// <param name="Side">Its side.</param>
/// <param name="Quantity">Its size.</param>
internal sealed record DemoOrder(string Id, string Strategy, OrderSide Side, double Quantity);

/// <summary>Which symbols have which trouble in one cycle. Immutable.</summary>
/// <param name="Latency">Those whose feed is slow.</param>
/// <param name="Frozen">The one whose feed falls silent.</param>
/// <param name="Stalled">The one whose gateway answers no order.</param>
/// <param name="Drifting">The one whose model's score moves away from its reference.</param>
/// <param name="Failing">The one whose orders nearly all end in errors.</param>
internal sealed record DemoIncidents(IReadOnlyList<int> Latency, int Frozen, int Stalled, int Drifting, int Failing);

/// <summary>What happens on the demo's market: a pure function of seed and time. Immutable, thread-safe.</summary>
/// <remarks>
/// A cycle of three minutes. 10–20 s: latencies of 300–900 ms on two feeds. 15–55 s: one feed silent, 10 s longer than
/// the staleness Breach limit of 30 s. 20–45 s: one gateway answers nothing, 10 s longer than the pending Breach limit.
/// 60–110 s: one model's scores are two standard deviations too high, as long as the drift window of 500 values.
/// 70–90 s: nine of ten orders of one symbol end in errors. The symbols are others in each cycle. Time runs in ticks
/// of 100 ms.
/// </remarks>
internal sealed class DemoScenario(int seed)
{
    /// <summary>Length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>Ticks in a second.</summary>
    public const long Second = 10;

    /// <summary>Ticks in a cycle.</summary>
    public const long Cycle = 180 * Second;

    /// <summary>The stage of the feeds.</summary>
    public const string Feed = "market-data";

    /// <summary>The feature each symbol's model tells at every tick.</summary>
    public const string ScoreFeature = "score";

    /// <summary>The stage of answers to orders.</summary>
    public const string OrderAck = "order-ack";

    /// <summary>The gateway all orders go through.</summary>
    public const string Gateway = "gateway";

    private const long LatencyFrom = 10 * Second, LatencyTo = 20 * Second;
    private const long FrozenFrom = 15 * Second, FrozenTo = 55 * Second;
    private const long StalledFrom = 20 * Second, StalledTo = 45 * Second;
    private const long DriftFrom = 60 * Second, DriftTo = 110 * Second;
    private const long FailingFrom = 70 * Second, FailingTo = 90 * Second;
    private const double ScoreDeviation = 0.02;
    private const double ScoreShift = 2 * ScoreDeviation;
    private const int ReferenceValues = 1_000;
    private const double FailedShare = 0.9;
    private const double OrdersPerTick = 0.1;
    private const double RejectedShare = 0.01;
    private static readonly string[] Strategies = ["momentum", "maker", "hedge"];

    private enum Stream
    {
        Incidents = 1,
        Feed = 2,
        Orders = 3,
        Answers = 4,
        Scores = 5,
    }

    /// <summary>Gets the symbols.</summary>
    public static IReadOnlyList<string> Symbols { get; } =
        ["ADAUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "LINKUSDT", "LTCUSDT", "SOLUSDT", "XRPUSDT"];

    /// <summary>Gets the seed.</summary>
    public int Seed => seed;

    /// <summary>Tells which symbols have trouble in a cycle: six different ones.</summary>
    /// <param name="cycle">The cycle, from 0.</param>
    public DemoIncidents Incidents(long cycle)
    {
        DemoRandom random = new(seed, (int)Stream.Incidents, cycle, 0);
        int[] order = [.. Enumerable.Range(0, Symbols.Count)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return new DemoIncidents(order[..2], order[2], order[3], order[4], order[5]);
    }

    /// <summary>Makes what a feed's reader reports in one tick: 1 to 3 samples, none while it is silent.</summary>
    public IReadOnlyList<Observation> MarketData(int symbol, long tick)
    {
        DemoIncidents incidents = Incidents(tick / Cycle);
        long phase = tick % Cycle;
        if (symbol == incidents.Frozen && phase is >= FrozenFrom and < FrozenTo) return [];
        bool slow = phase is >= LatencyFrom and < LatencyTo && incidents.Latency.Contains(symbol);
        DemoRandom random = new(seed, (int)Stream.Feed, symbol, tick);
        Observation[] samples = new Observation[1 + random.Below(3)];
        for (int i = 0; i < samples.Length; i++)
        {
            double milliseconds = slow ? 300 + (600 * random.Next()) : random.LogNormal(5, 0.35);
            samples[i] = Observation.Latency(Feed, TimeSpan.FromMilliseconds(milliseconds));
        }

        return samples;
    }

    /// <summary>Makes the score of a symbol's model in one tick; null while its feed is silent.</summary>
    public Observation? Score(int symbol, long tick)
    {
        DemoIncidents incidents = Incidents(tick / Cycle);
        long phase = tick % Cycle;
        if (symbol == incidents.Frozen && phase is >= FrozenFrom and < FrozenTo) return null;
        bool drifts = symbol == incidents.Drifting && phase is >= DriftFrom and < DriftTo;
        return Observation.Feature(ScoreFeature, ScoreAt(symbol, tick) + (drifts ? ScoreShift : 0));
    }

    /// <summary>Makes what a symbol's scores looked like when its model was trained: the drift reference.</summary>
    public double[] ScoreReference(int symbol) =>
        [.. Enumerable.Range(1, ReferenceValues).Select(i => ScoreAt(symbol, -i))];

    /// <summary>Makes the order the strategies want to send in one tick; null for none. About one a second.</summary>
    public DemoOrder? Order(int symbol, long tick)
    {
        DemoRandom random = new(seed, (int)Stream.Orders, symbol, tick);
        if (random.Next() >= OrdersPerTick) return null;
        return new DemoOrder(
            $"demo-{seed}-{symbol}-{tick}",
            Strategies[random.Below(Strategies.Length)],
            random.Next() < 0.5 ? OrderSide.Buy : OrderSide.Sell,
            1 + random.Below(10));
    }

    /// <summary>Tells whether a symbol's gateway answers nothing in a tick.</summary>
    public bool IsStalled(int symbol, long tick) =>
        tick % Cycle is >= StalledFrom and < StalledTo && Incidents(tick / Cycle).Stalled == symbol;

    /// <summary>Tells whether a symbol's orders nearly all end in errors in a tick.</summary>
    public bool IsFailing(int symbol, long tick) =>
        tick % Cycle is >= FailingFrom and < FailingTo && Incidents(tick / Cycle).Failing == symbol;

    /// <summary>Tells how an order sent in a tick is answered: after 5 to 60 ms, nearly always with Ok.</summary>
    public (TimeSpan After, OutcomeKind Outcome) Answer(int symbol, long tick)
    {
        DemoRandom random = new(seed, (int)Stream.Answers, symbol, tick);
        double milliseconds = Math.Clamp(random.LogNormal(15, 0.4), 5, 60);
        double luck = random.Next();
        OutcomeKind outcome = luck < RejectedShare ? OutcomeKind.Rejected : OutcomeKind.Ok;
        if (IsFailing(symbol, tick) && luck < FailedShare) outcome = OutcomeKind.Error;
        return (TimeSpan.FromMilliseconds(milliseconds), outcome);
    }

    private double ScoreAt(int symbol, long tick) =>
        ScoreDeviation * new DemoRandom(seed, (int)Stream.Scores, symbol, tick).Normal();
}
