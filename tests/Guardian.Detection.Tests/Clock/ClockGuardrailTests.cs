using Guardian.Detection.Clock;

namespace Guardian.Detection.Tests.Clock;

public sealed class ClockGuardrailTests
{
    private const long Ms = 1_000_000;
    private const long S = 1_000 * Ms;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Observe_NoSkew_IsAsItIs()
    {
        ClockGuardrail guardrail = Make();
        Assert.Equal(new ClockCorrection(3_141, true, false), Observe(guardrail, T0, 3_141_999));
        Assert.Equal(new ClockCorrection(0, true, false), Observe(guardrail, T0, 0));
        Assert.Equal((Level.Healthy, 0L), (guardrail.Level, guardrail.Offset));
    }

    [Theory]
    [InlineData(0, Level.Healthy, "clock.offset", false, 5_000)]
    [InlineData(-1, Level.Warning, "clock.negative", false, 5_000)]
    [InlineData(-50 * Ms, Level.Warning, "clock.negative", false, 5_000)]
    [InlineData((-50 * Ms) - 1, Level.Warning, "clock.offset", true, 55_000)]
    public void Observe_OnTheTolerance_CountsAsZeroOrCorrects(
        long smallest, Level level, string code, bool suspect, long microseconds)
    {
        ClockGuardrail guardrail = Make();
        Observe(guardrail, T0, smallest);
        Assert.Equal(new ClockCorrection(0, true, suspect), Observe(guardrail, T0, smallest));
        Assert.Equal(new ClockCorrection(microseconds, true, suspect), Observe(guardrail, T0, 5 * Ms));
        Reading reading = guardrail.Read();
        Assert.Equal((level, code, suspect), (reading.Level, reading.Code, reading.Flags == ReadingFlags.ClockSuspect));
    }

    [Fact]
    public void Observe_NegativeWithinTolerance_CountsAsZero()
    {
        ClockGuardrail guardrail = Make();
        Observe(guardrail, T0, -40 * Ms);
        Assert.Equal(new ClockCorrection(0, true, false), Observe(guardrail, T0, -31 * Ms));
    }

    [Fact]
    public void Observe_SkewedClock_CorrectsByTheSmallestOfTheMinute()
    {
        ClockGuardrail guardrail = Make();
        for (int i = 0; i < 100; i++)
            Assert.True(Observe(guardrail, T0 + (i * 100 * Ms), (-1_520 * Ms) + (i % 10 * Ms)).Suspect);
        Assert.Equal(new ClockCorrection(7_000, true, true), Observe(guardrail, T0 + (10 * S), -1_513 * Ms));
        Reading reading = guardrail.Read();
        Assert.Equal((-1_520d, -50d, "ms", 101L), (reading.Value, reading.Limit, reading.Unit, reading.SampleCount));
        guardrail.Advance(T0 + (80 * S));
        Assert.Equal((Level.Unknown, long.MaxValue), (guardrail.Level, guardrail.NextDeadline));
    }

    [Fact]
    public void Observe_LoneDamagedStamp_NeitherRecordsNorMovesTheOffset()
    {
        ClockGuardrail guardrail = Make();
        for (int i = 0; i < 10; i++) Observe(guardrail, T0, 5 * Ms);
        Assert.Equal(new ClockCorrection(0, false, false), Observe(guardrail, T0 + S, -600 * S));
        Assert.Equal(new ClockCorrection(5_000, true, false), Observe(guardrail, T0 + S, 5 * Ms));
        Assert.Equal((1L, Level.Healthy), (guardrail.OutlierCount, guardrail.Level));
        Assert.Equal(new ClockCorrection(2_000, true, true), Observe(guardrail, T0 + S, (-600 * S) + (2 * Ms)));
        Assert.True(guardrail.IsSuspect);
    }

    [Theory]
    [InlineData(3_600 * S, true)]
    [InlineData((3_600 * S) + 1, false)]
    [InlineData(-3_600 * S, true)]
    [InlineData((-3_600 * S) - 1, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MinValue, false)]
    public void Observe_AnHourApart_IsCountedNotRecorded(long difference, bool recorded)
    {
        ClockGuardrail guardrail = Make();
        ClockCorrection correction = guardrail.Observe(T0, 0, difference);
        Assert.Equal((recorded, recorded ? 0 : 1), (correction.MustRecord, guardrail.AbsurdCount));
        Assert.InRange(correction.Microseconds, 0, 3_600_000_000);
        if (recorded) return;
        Assert.Equal((Level.Warning, "clock.absurd"), (guardrail.Level, guardrail.Read().Code));
        guardrail.Advance(T0 + (60 * S) - 1);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(T0 + (60 * S));
        Assert.Equal(Level.Unknown, guardrail.Level);
    }

    [Theory]
    [InlineData(20 * Ms, 20, Level.Healthy)]
    [InlineData((20 * Ms) + 1, 20, Level.Warning)]
    [InlineData(40 * Ms, 19, Level.Healthy)]
    public void Advance_OffsetWandersWithinAMinute_WarnsAboveTheLimitWithEnoughSamples(
        long wander, int samples, Level level)
    {
        ClockGuardrail guardrail = Make();
        for (int i = 0; i < 20; i++) Observe(guardrail, T0 + S, 10 * Ms);
        for (int i = 0; i < samples; i++) Observe(guardrail, T0 + (41 * S), (10 * Ms) + wander);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Advance(T0 + (50 * S));
        Assert.Equal(level, guardrail.Level);
        if (level == Level.Warning) Assert.Equal("clock.wander", guardrail.Read().Code);
        guardrail.Advance(T0 + (69 * S));
        Assert.Equal(level, guardrail.Level);
        guardrail.Advance(T0 + (70 * S));
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Observe_SpikesOfLatency_AreNoWander()
    {
        ClockGuardrail guardrail = Make();
        Random random = new(7);
        for (int i = 0; i < 12_000; i++)
        {
            long latency = random.Next(3) == 0 ? random.Next(2_000) * Ms : (3 + random.Next(3)) * Ms;
            Observe(guardrail, T0 + (i * 10 * Ms), latency);
            Assert.Equal(Level.Healthy, guardrail.Level);
        }
    }

    [Fact]
    public void Observe_Off_RecordsOnlyWhatIsNotNegative()
    {
        ClockGuardrail guardrail = Make(new ClockOptions { Mode = GuardrailMode.Off });
        Assert.Equal(new ClockCorrection(7_000, true, false), Observe(guardrail, T0, 7 * Ms));
        Assert.False(Observe(guardrail, T0, -1).MustRecord);
        Assert.Equal(Level.Unknown, guardrail.Level);
    }

    [Fact]
    public void Observe_RandomHistories_OffsetEqualsTheNaiveMinimumOverSixtySlots()
    {
        for (int seed = 1; seed <= Effort.Seeds(30); seed++)
        {
            Random random = new(seed);
            ClockGuardrail guardrail = Make();
            List<(long Slot, long Difference)> seen = [];
            long at = T0;
            for (int i = 0; i < 400; i++)
            {
                at += random.Next(20) == 0 ? random.Next(90) * S : random.Next(700) * Ms;
                long difference = random.Next(-40, 100) * Ms;
                Observe(guardrail, at, difference);
                seen.Add((at / S, difference));
                long naive = seen.Where(s => s.Slot > (at / S) - 60).Min(s => s.Difference);
                long[] two = [.. seen.Where(s => s.Slot > (at / S) - 60).Select(s => s.Difference).Order().Take(2)];
                if (two.Length > 1 && two[1] - two[0] > 50 * Ms) naive = two[1];
                Assert.True(naive == guardrail.Offset, $"seed {seed}, event {i}");
            }
        }
    }

    [Fact]
    public void Laws_RandomHistories_Hold() => GuardrailLaws.Check(
        () => Make(new ClockOptions { WanderSamples = 2 }),
        (guardrail, at, random) =>
        {
            ClockGuardrail clock = (ClockGuardrail)guardrail;
            int what = random.Next(12);
            if (what == 0) guardrail.Advance(at);
            else if (what == 1) clock.Observe(at, random.NextInt64(), random.NextInt64());
            else if (what == 2) Observe(clock, at, -random.Next(2_000) * Ms);
            else for (int i = 0; i < 3; i++) Observe(clock, at, random.Next(-60, 60) * Ms);
        },
        T0, 90 * S, seeds: 300);

    [Fact]
    public void Observe_AnyNumbers_NeverThrows()
    {
        long[] numbers = [long.MinValue, long.MinValue + 1, -T0, -1, 0, 1, T0, long.MaxValue - 1, long.MaxValue];
        foreach (long now in numbers)
        {
            ClockGuardrail guardrail = Make();
            foreach (long sent in numbers)
            {
                foreach (long received in numbers)
                {
                    guardrail.Observe(now, sent, received);
                    Assert.InRange(guardrail.Offset, -3_600 * S, 3_600 * S);
                }
            }

            foreach (long then in numbers) guardrail.Advance(then);
        }
    }

    [Fact]
    public void Observe_Always_AllocatesNothing()
    {
        ClockGuardrail guardrail = Make();
        Assert.Equal(0, GuardrailLaws.AllocatedBy(
            i => Observe(guardrail, T0 + (i * 100 * Ms), (i % 200 * Ms) - (90 * Ms))));
    }

    [Theory]
    [InlineData(0, 1, 2, "")]
    [InlineData(10_000, 10_000, 100_000, "")]
    [InlineData(-1, 1, 2, "Clock:ClockTolerance = -00:00:00.0010000: must be 00:00:00 to 00:00:10")]
    [InlineData(10_001, 1, 2, "Clock:ClockTolerance = 00:00:10.0010000: must be 00:00:00 to 00:00:10")]
    [InlineData(0, 0, 2, "Clock:WanderLimit = 00:00:00: must be 00:00:00.0010000 to 00:00:10")]
    [InlineData(0, 10_001, 2, "Clock:WanderLimit = 00:00:10.0010000: must be 00:00:00.0010000 to 00:00:10")]
    [InlineData(0, 1, 1, "Clock:WanderSamples = 1: must be 2 to 100000")]
    [InlineData(0, 1, 100_001, "Clock:WanderSamples = 100001: must be 2 to 100000")]
    public void Validate_EachOption_OnTheBound(double toleranceMs, double wanderMs, int samples, string errors) =>
        Assert.Equal(errors, string.Join(" | ", new ClockOptions
        {
            ClockTolerance = TimeSpan.FromMilliseconds(toleranceMs),
            WanderLimit = TimeSpan.FromMilliseconds(wanderMs),
            WanderSamples = samples,
        }.Validate()));

    private static ClockCorrection Observe(ClockGuardrail guardrail, long now, long difference) =>
        guardrail.Observe(now, now, now + difference);

    private static ClockGuardrail Make(ClockOptions? options = null) =>
        new("exchange", new ClockPolicy(options ?? new ClockOptions()));
}
