using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

/// <summary>Keeps everything a fold gives, in order.</summary>
internal sealed class Collector : IFoldSink
{
    internal List<(long Sequence, Observation? Observation, GuardianEvent? Event)> Items { get; } = [];

    internal IEnumerable<Transition> Transitions => Items.Select(i => i.Event).OfType<Transition>();

    public void Write(long sequence, in Observation observation) => Items.Add((sequence, observation, null));

    public void Write(long sequence, GuardianEvent guardianEvent) => Items.Add((sequence, null, guardianEvent));
}

/// <summary>Random inputs for the engine, mean ones included, all from one seed.</summary>
internal static class EngineBench
{
    internal const long Second = 1_000_000_000;
    internal const long Start = 1_700_000_000 * Second;

    private static readonly double[] Mean =
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, 1e300, -1e300, 5e-324, long.MaxValue];

    internal static GuardianPolicy Policy(string profile, params (string Path, string Value)[] overrides)
    {
        IEnumerable<KeyValuePair<string, string>> pairs =
            overrides.Select(o => new KeyValuePair<string, string>(o.Path, o.Value));
        GuardianPolicy? policy = GuardianPolicy.TryMake(profile, pairs, out IReadOnlyList<OptionError> errors);
        Assert.Empty(errors);
        return policy!;
    }

    internal static byte[] State(GuardianEngine engine)
    {
        var writer = new StateWriter();
        engine.WriteState(writer);
        return writer.ToArray();
    }

    internal static GuardianEngine Copy(GuardianEngine engine)
    {
        byte[] state = State(engine);
        var reader = new StateReader(state);
        GuardianEngine copy = GuardianEngine.ReadState(ref reader);
        Assert.Equal(0, reader.Remaining);
        copy.ContinueEpoch(1, 1, engine.Sequence);
        return copy;
    }

    /// <summary>
    /// Makes a mixed sequence: calm, incidents, silences, holds, clock steps, and numbers nobody should send.
    /// </summary>
    internal static List<object> Inputs(int seed, int count)
    {
        var random = new Random(seed);
        var inputs = new List<object>(count);
        long at = Start;
        bool incident = false;
        for (int i = 0; i < count; i++)
        {
            if (random.Next(150) == 0) incident = !incident;
            at += Step(random);
            inputs.Add(random.Next(40) == 0 ? Rare(random, at, i) : Sample(random, at, incident));
        }

        return inputs;
    }

    internal static void Apply(GuardianEngine engine, object input, IFoldSink sink)
    {
        if (input is Observation observation) engine.Apply(in observation, sink);
        else engine.Apply((GuardianEvent)input, sink);
    }

    private static long Step(Random random) => random.Next(400) switch
    {
        0 => -3600 * Second,
        1 => 3600 * Second,
        < 6 => random.NextInt64(20 * Second),
        < 10 => 0,
        _ => random.NextInt64(Second / 5),
    };

    private static Observation Sample(Random random, long at, bool incident)
    {
        double value = random.Next(60) == 0
            ? Mean[random.Next(Mean.Length)]
            : (incident ? 400 : 5) * (0.5 + random.NextDouble());
        return random.Next(12) switch
        {
            0 => new Observation(ObservationKind.Pending, at, "gateway", incident ? 8_000 * random.NextDouble() : 0),
            1 => new Observation(ObservationKind.Outcome, at, $"o{random.Next(5)}", incident ? random.Next(4) : 0),
            2 => new Observation(ObservationKind.Latency, at, "order-ack", value),
            3 => new Observation(ObservationKind.Feature, at, "f", value),
            4 or 5 => new Observation(
                ObservationKind.Latency, at, "feed", double.NaN, at - Nanoseconds(value), at),
            6 => new Observation(ObservationKind.Time, at, "time", 0),
            _ => new Observation(ObservationKind.Latency, at, "market-data", value),
        };
    }

    private static long Nanoseconds(double milliseconds) =>
        double.IsNaN(milliseconds) ? 0 : (long)(Math.Clamp(milliseconds, -1e6, 1e6) * 1e6);

    private static GuardianEvent Rare(Random random, long at, int i) => random.Next(9) switch
    {
        0 => new HoldPlaced(at, $"h{random.Next(6)}", TradingState.Halted, "ann", "test"),
        1 or 2 => new HoldReleased(at, $"h{random.Next(6)}", "bob", "test"),
        3 => new BreakerReset(at, random.Next(4), "ann", "test"),
        4 => new PermitGranted(at, $"o{random.Next(5)}", 1, 1),
        5 => new LimitsChanged(at, "default", [new("Latency:Limit", $"{100 + (i % 3)}ms")], "ann", "test"),
        6 => new LatchRestored(at, random.Next(1, 5), at - random.Next(3), "board"),
        7 => new Vouched(at, "ann", "test"),
        _ => new Rebaselined(at, "f", null, "ann", "test"),
    };
}
