using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Engine;

public sealed class GuardianEngineTests
{
    private static readonly int Seeds = Effort.Seeds(40);
    private const int Inputs = 600;

    [Fact]
    public void Apply_FromASnapshotAtAnyCut_GivesTheSameEventsAndState()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            List<object> inputs = EngineBench.Inputs(seed, Inputs);
            var whole = new Collector();
            GuardianEngine engine = Fresh();
            var cuts = new List<(int Input, int Event, GuardianEngine Copy)>();
            for (int i = 0; i < inputs.Count; i++)
            {
                if (i % 37 == 0) cuts.Add((i, whole.Items.Count, EngineBench.Copy(engine)));
                EngineBench.Apply(engine, inputs[i], whole);
            }

            foreach ((int input, int first, GuardianEngine copy) in cuts)
            {
                var tail = new Collector();
                for (int i = input; i < inputs.Count; i++) EngineBench.Apply(copy, inputs[i], tail);
                AssertSame(whole.Items.Skip(first), tail.Items, $"seed {seed}, cut {input}");
                Assert.True(
                    EngineBench.State(engine).AsSpan().SequenceEqual(EngineBench.State(copy)),
                    $"state differs: seed {seed}, cut {input}");
            }
        }
    }

    [Fact]
    public void Advance_InPieces_EqualsAdvanceAtOnce()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            GuardianEngine atOnce = Fresh();
            GuardianEngine pieces = Fresh();
            var expected = new Collector();
            var actual = new Collector();
            foreach (object input in EngineBench.Inputs(seed, Inputs))
            {
                EngineBench.Apply(atOnce, input, expected);
                for (int i = 0; i < 3; i++)
                {
                    long at = input is Observation o ? o.At : ((GuardianEvent)input).At;
                    pieces.Advance(pieces.Now + (long)((at - pieces.Now) * random.NextDouble()), actual);
                }

                EngineBench.Apply(pieces, input, actual);
            }

            AssertSame(expected.Items, actual.Items, $"seed {seed}");
            Assert.True(EngineBench.State(atOnce).AsSpan().SequenceEqual(EngineBench.State(pieces)), $"seed {seed}");
        }
    }

    [Fact]
    public void Replay_OfWhatAFoldGave_GivesTheSameState()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var given = new Collector();
            GuardianEngine live = Fresh();
            foreach (object input in EngineBench.Inputs(seed, Inputs)) EngineBench.Apply(live, input, given);
            GuardianEngine replayed = Fresh();
            var again = new Collector();
            foreach ((long sequence, Observation? observation, GuardianEvent? e) in given.Items)
            {
                if (observation is { } o) replayed.Apply(in o, again);
                else replayed.Apply(e!, again);
                Assert.True(replayed.Sequence >= sequence, $"seed {seed}: {replayed.Sequence} < {sequence}");
            }

            // A refused event moves the live time and leaves no trace: time passes for the replay as well.
            live.Advance(live.Now + EngineBench.Second, given);
            replayed.Advance(live.Now, again);
            AssertSame(given.Items, again.Items, $"seed {seed}");
            Assert.True(EngineBench.State(live).AsSpan().SequenceEqual(EngineBench.State(replayed)), $"seed {seed}");
        }
    }

    [Fact]
    public void Readings_AskedAtAnyTime_ChangeNothing()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            GuardianEngine asked = Fresh();
            GuardianEngine left = Fresh();
            var random = new Random(seed);
            foreach (object input in EngineBench.Inputs(seed, Inputs))
            {
                if (random.Next(5) == 0) _ = asked.Readings().Count();
                EngineBench.Apply(asked, input, new Collector());
                EngineBench.Apply(left, input, new Collector());
            }

            Assert.Equal(left.Sequence, asked.Sequence);
            Assert.True(EngineBench.State(left).AsSpan().SequenceEqual(EngineBench.State(asked)), $"seed {seed}");
        }
    }

    [Fact]
    public void Readings_OfASilentStage_TellTheSilenceOfNow()
    {
        GuardianEngine engine = Fresh();
        var o = new Observation(ObservationKind.Latency, EngineBench.Start, "market-data", 5);
        engine.Apply(in o, new Collector());
        engine.Advance(EngineBench.Start + (47 * EngineBench.Second), new Collector());
        Reading reading = engine.Readings().Single(r => r.Reading.Guardrail == GuardrailKind.Staleness).Reading;
        Assert.Equal(47, reading.Value);
    }

    [Fact]
    public void Apply_OfAnObservationOfAKnownStage_AllocatesNothing()
    {
        GuardianEngine engine = Fresh();
        var sink = new Nothing();
        long at = EngineBench.Start;
        for (int i = 0; i < 20_000; i++) Step(engine, sink, ref at, i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20_000; i++) Step(engine, sink, ref at, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Step(GuardianEngine engine, IFoldSink sink, ref long at, int i)
        {
            at += 5_000_000;
            var o = new Observation(ObservationKind.Latency, at, i % 2 == 0 ? "market-data" : "decision", 5 + (i % 7));
            engine.Apply(in o, sink);
        }
    }

    [Fact]
    public void Apply_OfBadNumbersOnly_IsNeverHealthy()
    {
        GuardianEngine engine = Fresh();
        var sink = new Collector();
        double[] bad = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, -1e300];
        for (int i = 0; i < 5_000; i++)
        {
            var o = new Observation(
                ObservationKind.Latency, EngineBench.Start + (i * 10_000_000L), "decision", bad[i % bad.Length]);
            engine.Apply(in o, sink);
        }

        Assert.Equal(Level.Unknown, engine.Level);
        Assert.Equal(5_000, engine.Unjudged);
    }

    [Fact]
    public void Advance_PastTheSilenceLimitOfASeenStage_TripsWithoutAnyCall()
    {
        GuardianEngine engine = Fresh();
        var sink = new Collector();
        var o = new Observation(ObservationKind.Latency, EngineBench.Start, "market-data", 5);
        engine.Apply(in o, sink);
        Assert.InRange(engine.NextDeadline, EngineBench.Start + 1, EngineBench.Start + EngineBench.Second);
        engine.Advance(EngineBench.Start + (31 * EngineBench.Second), sink);
        Assert.Equal(TradingState.Halted, engine.TradingState);
        Transition trip = sink.Transitions.Single(t => t.Guardrail == GuardrailKind.Breaker);
        Assert.Equal(EngineBench.Start + (30 * EngineBench.Second), trip.At);
        Reason reason = Assert.Single(trip.Reasons);
        Assert.Equal(
            ("staleness", "market-data", 30.0, 30.0),
            (reason.Guardrail, reason.Subject, reason.Value, reason.Limit));
    }

    [Fact]
    public void Ask_WhileHeld_IsDeniedAndReleasedByThePersonOnly()
    {
        GuardianEngine engine = Fresh();
        var sink = new Collector();
        Assert.Null(engine.Apply(new HoldPlaced(EngineBench.Start, "h", TradingState.Reducing, "ann", "why"), sink));
        engine.Advance(EngineBench.Start + (365 * 86_400 * EngineBench.Second), sink);
        Assert.Equal(AnswerKind.DeniedReducing, engine.Ask("o", false, engine.Now, sink).Kind);
        Assert.Equal(AnswerKind.AllowedReducing, engine.Ask("o", true, engine.Now, sink).Kind);
        Assert.Equal("ann: why", Assert.Single(engine.Reasons()).Text);
        Assert.Null(engine.Apply(new HoldReleased(engine.Now, "h", "bob", "over"), sink));
        Assert.Equal(AnswerKind.Allowed, engine.Ask("o", false, engine.Now, sink).Kind);
    }

    [Fact]
    public void Apply_OfAReleaseOfAnUnknownHold_IsRefusedAndNotNumbered()
    {
        GuardianEngine engine = Fresh();
        var sink = new Collector();
        string? refusal = engine.Apply(new HoldReleased(EngineBench.Start, "x", "bob", "over"), sink);
        Assert.Equal("Condition failed: no hold x is open; look up the open holds.", refusal);
        Assert.Equal(0, engine.Sequence);
        Assert.Empty(sink.Items);
    }

    [Fact]
    public void Apply_OfAShadowBreach_ToldButNeverTrips()
    {
        var engine = new GuardianEngine(EngineBench.Policy("default", ("Latency:Mode", "Shadow")));
        var sink = new Collector();
        for (int i = 0; i < 100; i++)
        {
            var o = new Observation(
                ObservationKind.Latency, EngineBench.Start + (i * 10_000_000L), "market-data", 500);
            engine.Apply(in o, sink);
        }

        Assert.Contains(sink.Transitions, t => t is { Shadow: true, To: nameof(Level.Breach) });
        Assert.Equal(TradingState.Active, engine.TradingState);
    }

    [Fact]
    public void ReadState_OfDamagedBytes_IsRefusedOrReadsBackToItself()
    {
        GuardianEngine engine = Fresh();
        foreach (object input in EngineBench.Inputs(7, Inputs)) EngineBench.Apply(engine, input, new Collector());
        byte[] good = EngineBench.State(engine);
        var random = new Random(7);
        int refused = 0;
        int tries = Effort.Seeds(2_000);
        for (int i = 0; i < tries; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                var reader = new StateReader(i % 2 == 0 ? bad : bad.AsSpan(0, random.Next(bad.Length)));
                GuardianEngine.ReadState(ref reader);
            }
            catch (StateFormatException)
            {
                refused++;
            }
        }

        Assert.True(refused > tries / 4, $"{refused} of {tries} damaged states were refused");
    }

    private static GuardianEngine Fresh()
    {
        var engine = new GuardianEngine(GuardianPolicy.Default);
        engine.BeginEpoch(1, 1);
        return engine;
    }

    private static void AssertSame(
        IEnumerable<(long Sequence, Observation? Observation, GuardianEvent? Event)> expected,
        IEnumerable<(long Sequence, Observation? Observation, GuardianEvent? Event)> actual,
        string where)
    {
        string[] left = [.. expected.Select(Text)];
        string[] right = [.. actual.Select(Text)];
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
            Assert.True(left[i] == right[i], $"{where}, event {i}:\n{left[i]}\n{right[i]}");
        Assert.True(left.Length == right.Length, $"{where}: {left.Length} and {right.Length} events");
    }

    private static string Text((long Sequence, Observation? Observation, GuardianEvent? Event) item)
    {
        string text = $"{item.Sequence} {item.Observation} {item.Event}";
        return item.Event is Transition t ? text + string.Join("; ", t.Reasons) : text;
    }

    private sealed class Nothing : IFoldSink
    {
        public void Write(long sequence, in Observation observation)
        {
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
        }
    }
}
