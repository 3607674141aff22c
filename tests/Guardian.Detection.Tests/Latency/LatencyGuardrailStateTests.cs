using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

public class LatencyGuardrailStateTests
{
    private const long Second = LatencyGuardrailTests.Second;
    private const long Start = LatencyGuardrailTests.Start;

    [Fact]
    public void Record_CountedLaterOrAtOnce_GivesTheSameState()
    {
        for (int seed = 1; seed <= Effort.Seeds(20); seed++)
        {
            var random = new Random(seed);
            LatencyGuardrail later = LatencyGuardrailTests.Make("market-data");
            LatencyGuardrail atOnce = LatencyGuardrailTests.Make("market-data");
            long now = Start;
            for (int i = 0; i < 6_000; i++)
            {
                now += random.Next(50) == 0 ? random.NextInt64(8 * Second) : random.NextInt64(Second / 400);
                long value = random.Next(300) == 0 ? random.NextInt64(200_000) : 1 + random.NextInt64(49_999);
                later.Record(now, value, clockSuspect: false);
                atOnce.Record(now, value, clockSuspect: false);
                atOnce.Read();
                Assert.Equal(atOnce.Level, later.Level);
            }

            Assert.True(Bytes(atOnce).AsSpan().SequenceEqual(Bytes(later)), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("market-data")]
    [InlineData("order-ack")]
    [InlineData("fill")]
    public void ReadState_AtEachCut_FoldsOnToTheSameState(string stage)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int seed = 1; seed <= Effort.Seeds(12); seed++)
        {
            Step[] steps = Steps(seed, 400);
            LatencyGuardrail whole = LatencyGuardrailTests.Make(stage);
            var cuts = new List<LatencyGuardrail>();
            for (int i = 0; i < steps.Length; i++)
            {
                if (i % 29 == 0) cuts.Add(Copy(whole, stage));
                Apply(whole, steps[i]);
                foreach (LatencyGuardrail cut in cuts) Apply(cut, steps[i]);
                seen.Add(whole.Read().Code);
                foreach (LatencyGuardrail cut in cuts) Assert.Equal(whole.Read(), cut.Read());
            }

            byte[] expected = Bytes(whole);
            foreach (LatencyGuardrail cut in cuts)
                Assert.True(expected.AsSpan().SequenceEqual(Bytes(cut)), $"seed {seed}");
        }

        Assert.Contains("latency.fast", seen);
        Assert.Contains("latency.healthy", seen);
    }

    [Theory]
    [InlineData("market-data")]
    [InlineData("order-ack")]
    public void Advance_InPieces_EqualsOneAdvanceAndNone(string stage)
    {
        for (int seed = 1; seed <= Effort.Seeds(60); seed++)
        {
            LatencyGuardrail plain = LatencyGuardrailTests.Make(stage);
            LatencyGuardrail pieces = LatencyGuardrailTests.Make(stage);
            var random = new Lcg((ulong)seed + 1000);
            long last = Start;
            foreach (Step step in Steps(seed, 600))
            {
                for (int i = 0; i < 3; i++)
                {
                    long between = last + (long)((step.At - last) * random.Next());
                    pieces.Advance(between);
                    last = between;
                }

                pieces.Advance(step.At);
                pieces.Advance(step.At);
                last = step.At;
                Apply(plain, step);
                Apply(pieces, step);
                Assert.True(plain.Read().Equals(pieces.Read()), $"seed {seed}: {plain.Read()} is not {pieces.Read()}");
            }

            Assert.True(Bytes(plain).AsSpan().SequenceEqual(Bytes(pieces)), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("log-normal", 1000)]
    [InlineData("log-normal", 10_000)]
    [InlineData("wide log-normal", 1000)]
    [InlineData("pareto", 1000)]
    [InlineData("heavy pareto", 1000)]
    [InlineData("heavy pareto", 5000)]
    [InlineData("uniform", 1000)]
    public void WriteState_HeavyStream_TakesAtMostEightKilobytes(string kind, int perSecond)
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        var random = new Lcg(42);
        for (int i = 0; i < 60 * perSecond; i++)
            guardrail.Record(Start + ((long)i * Second / perSecond), Draw(kind, random), false);
        byte[] bytes = Bytes(guardrail);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind} at {perSecond}/s: {bytes.Length} bytes");
        Assert.True(bytes.Length <= 8192, $"{kind} at {perSecond}/s takes {bytes.Length} bytes");
        LatencyGuardrail copy = LatencyGuardrailTests.Make("market-data");
        Read(copy, bytes);
        Assert.True(bytes.AsSpan().SequenceEqual(Bytes(copy)));
        Assert.Equal(guardrail.Percentiles(), copy.Percentiles());
    }

    [Fact]
    public void WriteState_ValuesEvenOverAllOctaves_StaysNearTheirEntropy()
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        var random = new Lcg(42);
        for (int i = 0; i < 60_000; i++)
            guardrail.Record(Start + (i * Second / 1000), (long)Math.Exp(random.Next() * 17.9), false);
        Assert.InRange(Bytes(guardrail).Length, 8192, 9500);
    }

    [Fact]
    public void WriteState_FullCountWindow_TakesAtMostEightKilobytes()
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("order-ack");
        for (int i = 0; i < 600; i++) guardrail.Record(Start + (i * 140 * Second), 60_000_000 + i, false);
        Assert.InRange(Bytes(guardrail).Length, 2000, 8192);
    }

    [Fact]
    public void WriteState_Promoted_KeepsEveryCount()
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make("market-data");
        for (int i = 0; i < 300_000; i++) guardrail.Record(Start + (i * 100_000L), 7 + (i & 1), false);
        LatencyGuardrail copy = Copy(guardrail, "market-data");
        Assert.Equal(300_000, copy.Read().SampleCount);
        guardrail.Advance(Start + (65 * Second));
        copy.Advance(Start + (65 * Second));
        Assert.True(Bytes(guardrail).AsSpan().SequenceEqual(Bytes(copy)));
        guardrail.Advance(Start + (100 * Second));
        Assert.Equal(0, guardrail.Read().SampleCount);
    }

    [Theory]
    [InlineData("market-data")]
    [InlineData("order-ack")]
    public void ReadState_DamagedBytes_ThrowsStateFormatOrFoldsOn(string stage)
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make(stage);
        foreach (Step step in Steps(3, 700)) Apply(guardrail, step);
        byte[] whole = Bytes(guardrail);
        int refused = 0;
        for (int seed = 1; seed <= Effort.Seeds(4000); seed++)
        {
            LatencyGuardrail damaged = LatencyGuardrailTests.Make(stage);
            if (!Damage.TryRead(whole, seed, (ref StateReader reader) => damaged.ReadState(ref reader))) refused++;

            // Whatever was read must not hang nor throw afterwards.
            damaged.Record(Start + (2000 * Second), 5, false);
            damaged.Advance(Start + (90_000 * Second));
            _ = damaged.Read();
        }

        Assert.InRange(refused, Effort.Seeds(1000), Effort.Seeds(4000));
    }

    [Fact]
    public void ReadState_OtherLimitsOrWindow_IsRefusedByName()
    {
        byte[] bytes = Bytes(LatencyGuardrailTests.Make("market-data"));
        var other = new LatencyGuardrail(
            LatencyPolicy.For(new LatencyOptions { Limit = TimeSpan.FromMilliseconds(200) }, "market-data"));
        var error = Assert.Throws<StateFormatException>(() => Read(other, bytes));
        Assert.Equal(
            "Condition failed: the state of market-data counted at 50000, 80000 and 100000 us, "
            + "but the options say 50000, 80000 and 200000 us.",
            error.Message);
        error = Assert.Throws<StateFormatException>(() => Read(LatencyGuardrailTests.Make("order-ack"), bytes));
        Assert.Equal("Condition failed: the state of order-ack is of the other kind of window.", error.Message);
    }

    [Theory]
    [InlineData("market-data")]
    [InlineData("order-ack")]
    public void Record_SteadyState_AllocatesNothing(string stage)
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make(stage);
        var random = new Lcg(5);
        long now = Start;
        long before = 0;
        for (int i = 0; i < 400_000; i++)
        {
            if (i == 100_000) before = GC.GetAllocatedBytesForCurrentThread();
            now += random.Below(2_000_000);
            guardrail.Record(now, 1 + random.Below(i % 50_000 < 5000 ? 300_000 : 60_000), (i & 7) == 0);
            if (i % 1000 == 0) _ = guardrail.NextDeadline;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Constructor_OneStage_TakesAtMostEightyKilobytes()
    {
        LatencyPolicy policy = LatencyPolicy.For(new LatencyOptions(), "market-data");
        _ = new LatencyGuardrail(policy);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var guardrail = new LatencyGuardrail(policy);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(bytes, 1, 80_000);
        Assert.Equal(Level.Unknown, guardrail.Level);
    }

    private static Step[] Steps(int seed, int count)
    {
        var random = new Lcg((ulong)seed);
        var steps = new Step[count];
        long now = Start;
        int regime = 0;
        for (int i = 0; i < count; i++)
        {
            if (random.Below(60) == 0) regime = random.Below(4);
            double scale = random.Below(150) == 0 ? 100 : random.Below(4) == 0 ? 2 : 0.02;
            now += random.Below(10) == 0 ? 0 : (long)(random.Next() * scale * Second);
            if (random.Below(8) == 0) now = (now / Second * Second) + Second;
            long value = regime switch
            {
                0 or 1 => 1000 + random.Below(30_000),
                2 => 40_000 + random.Below(70_000),
                _ => 90_000 + random.Below(90_000),
            };
            steps[i] = new Step(now, random.Below(10) == 0 ? -1 : value, random.Below(20) == 0, random.Below(200) == 0);
        }

        return steps;
    }

    private static void Apply(LatencyGuardrail guardrail, Step step)
    {
        if (step.Anew) guardrail.StartAnew(step.At);
        else if (step.Value < 0) guardrail.Advance(step.At);
        else guardrail.Record(step.At, step.Value, step.Suspect);
    }

    private static long Draw(string kind, Lcg random) => kind switch
    {
        "log-normal" => (long)Math.Exp(9 + (0.5 * random.Normal())),
        "wide log-normal" => (long)Math.Exp(8.5 + random.Normal()),
        "pareto" => (long)(1000 / Math.Sqrt(1 - random.Next())),
        "heavy pareto" => (long)(1000 / (1 - random.Next())),
        _ => 500 + random.Below(99_500),
    };

    private static LatencyGuardrail Copy(LatencyGuardrail guardrail, string stage)
    {
        LatencyGuardrail copy = LatencyGuardrailTests.Make(stage);
        Read(copy, Bytes(guardrail));
        return copy;
    }

    private static void Read(LatencyGuardrail guardrail, byte[] bytes)
    {
        var reader = new StateReader(bytes);
        guardrail.ReadState(ref reader);
        Assert.Equal(0, reader.Remaining);
    }

    private static byte[] Bytes(LatencyGuardrail guardrail)
    {
        var writer = new StateWriter();
        guardrail.WriteState(writer);
        return writer.ToArray();
    }

    private sealed record Step(long At, long Value, bool Suspect, bool Anew);
}
