using System.Security.Cryptography;
using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

/// <summary>The stored form of latency windows, and which bytes are none.</summary>
public sealed class StoredLatencyTests
{
    private const long Second = LatencyGuardrailTests.Second;
    private const long Start = LatencyGuardrailTests.Start;
    private const byte Slow = 1;
    private const byte Fast = 2;
    private const byte Spikes = 3;

    /// <summary>Where a line differs, stored states can't be read any more: the format is to be raised.</summary>
    [Theory]
    [InlineData("market-data", 40, 20_000, "bc66dcfc7aad2c0e")]
    [InlineData("market-data", 1, 5_000_000, "472a1c4641ee7758")]
    [InlineData("decision", 4_000, 2_000_000_000_000, "b63b6c7236a4f099")]
    [InlineData("order-ack", 700, 400_000, "e6e7fdafeb0aa318")]
    [InlineData("fill", 700, 400_000, "404bf11f667b44c3")]
    public void WriteState_FixedSamples_AreTheBytesOfThisFormat(string stage, int every, long largest, string expected)
    {
        LatencyGuardrail guardrail = LatencyGuardrailTests.Make(stage);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(17);
        long now = Start;
        for (int i = 0; i < 60_000; i++)
        {
            now += random.NextInt64(every * Second / 20_000);
            // Even over the octaves, as latencies are.
            long value = (long)Math.Floor(largest * (random.NextDouble() * random.NextDouble() * random.NextDouble()));
            guardrail.Record(now, value, clockSuspect: random.Next(5_000) == 0);
            if (i % 9_999 == 0 || i == 100) hash.AppendData(Bytes(guardrail));
        }

        byte[] state = Bytes(guardrail);
        hash.AppendData(state);
        LatencyGuardrail copy = LatencyGuardrailTests.Make(stage);
        var reader = new StateReader(state);
        copy.ReadState(ref reader);
        Assert.Equal(state, Bytes(copy));
        Assert.Equal(expected, Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }

    [Fact]
    public void ReadState_AnyLevelWithAnyRule_OnlyThoseThatThereAreAreTaken()
    {
        HashSet<(int Level, int Rule, bool Confirmed)> fitting =
        [
            ((int)Level.Unknown, 0, false), ((int)Level.Healthy, 0, false), ((int)Level.Warning, Slow, false),
            ((int)Level.Warning, Spikes, false), ((int)Level.Breach, Slow, false), ((int)Level.Breach, Slow, true),
            ((int)Level.Breach, Fast, true),
        ];
        for (byte level = 0; level < 6; level++)
        {
            for (byte rule = 0; rule < 5; rule++)
            {
                foreach (bool confirmed in (bool[])[false, true])
                {
                    string? refusal = Refused(Head(level, rule, confirmed));
                    bool refused = refusal!.Contains("there is no level", StringComparison.Ordinal);
                    bool fits = fitting.Contains((level, rule, confirmed));
                    Assert.True(refused != fits, $"{level} {rule} {confirmed}: {refusal}");
                }
            }
        }
    }

    [Theory]
    [InlineData(100, 0, long.MaxValue, 100, true)]
    [InlineData(100, 100, long.MaxValue, long.MinValue, true)]
    [InlineData(100, 101, long.MaxValue, long.MinValue, false)]
    [InlineData(-100, 0, long.MaxValue, long.MinValue, true)] // No stamp is 0, whatever the time.
    [InlineData(-100, -50, long.MaxValue, long.MinValue, false)]
    [InlineData(100, 0, long.MaxValue, 101, false)]
    [InlineData(100, 0, 100, long.MinValue, true)]
    [InlineData(100, 0, 101, long.MinValue, false)]
    public void ReadState_StampsOfABreach_AreNotAfterItsTime(
        long now, long since, long quietSince, long suspectAt, bool fits)
    {
        StateWriter writer = Head((byte)Level.Breach, Slow, confirmed: true, now, since, quietSince, suspectAt);
        string? refusal = Refused(writer);
        Assert.Equal(fits, refusal != "Condition failed: a stamp of the state is after its time.");
    }

    [Fact]
    public void ReadState_OfAnotherFormat_IsRefused()
    {
        var writer = new StateWriter();
        writer.WriteByte(2);
        Assert.Equal("Condition failed: format 2 of a latency state is not 1.", Refused(writer));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Validate_StagesAtTheirMost_AreTakenAndNotOneMore(int stages, bool taken)
    {
        var options = new LatencyOptions { CountStages = [.. Enumerable.Range(0, stages).Select(i => $"s{i}")] };
        Assert.Equal(taken, !LatencyOptionsValidator.Validate(options).Any());
    }

    [Fact]
    public void ReadState_QuietBeforeABreachIsConfirmed_IsRefused() => Assert.Equal(
        "Condition failed: a stamp of the state is after its time.",
        Refused(Head((byte)Level.Breach, Slow, confirmed: false, now: 100, since: 0, quietSince: 50)));

    [Fact]
    public void ReadState_QuietOfAStageWithACountWindow_IsRefused()
    {
        const string rare = "order-ack";
        StateWriter writer = Head((byte)Level.Breach, Slow, confirmed: true, 100, 0, quietSince: 50, stage: rare);
        Assert.Equal("Condition failed: a stamp of the state is after its time.", Refused(writer, rare));
    }

    [Theory]
    [InlineData(-2, -2, 0)] // Below what stands for unknown limits.
    [InlineData(200, 100, 0)]
    [InlineData(0, 100, 0)]
    [InlineData(-1, 100, 0)]
    public void Read_HistogramWithLimitsOutOfOrder_IsRefused(long warning, long limit, ulong count)
    {
        var writer = new StateWriter();
        writer.WriteSigned(warning);
        writer.WriteSigned(limit);
        writer.WriteUnsigned(count);
        Assert.Equal("Condition failed: the limits of a histogram are not in order.", Histogram(writer));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, -1)]
    [InlineData(50, 100)]
    [InlineData(100, 100)]
    public void Read_EmptyHistogram_IsTaken(long warning, long limit)
    {
        var writer = new StateWriter();
        writer.WriteSigned(warning);
        writer.WriteSigned(limit);
        writer.WriteUnsigned(0);
        Assert.Null(Histogram(writer));
    }

    [Theory]
    [InlineData(2, 7, 0, 2, 1, 7, 2, null)]
    [InlineData(2, 7, 3, 2, 1, 7, 2, "Condition failed: ")] // More at the limit than there are.
    [InlineData(2, 9, 0, 2, 1, 7, 2, "Condition failed: counts and maximum do not belong together.")]
    [InlineData(3, 7, 0, 2, 1, 7, 2, "Condition failed: counts and maximum do not belong together.")]
    [InlineData(2, 7, 0, 2, 1, 7, 0, "Condition failed: bucket 7 was written empty.")]
    [InlineData(2, 7, 0, 2, 1, 7, 3, "Condition failed: a count of 3 is above its limit of 2.")]
    public void Read_HistogramOfOneBucket_IsTakenOrRefused(
        ulong count,
        ulong maximum,
        ulong warnings,
        ulong breaches,
        ulong filled,
        ulong bucket,
        ulong here,
        string? expected)
    {
        var writer = new StateWriter();
        writer.WriteSigned(50);
        writer.WriteSigned(100);
        writer.WriteUnsigned(count);
        writer.WriteUnsigned(warnings);
        writer.WriteUnsigned(Math.Min(breaches, warnings));
        writer.WriteUnsigned(maximum);
        writer.WriteUnsigned(filled);
        writer.WriteUnsigned(bucket);
        writer.WriteUnsigned(here);
        if (expected is null) Assert.Null(Histogram(writer));
        else Assert.StartsWith(expected, Histogram(writer), StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_EmptyAndUnknownLimits_KeepWhatIsKnown()
    {
        var known = new LatencyHistogram(50, 100);
        known.Add(60, 3);
        known.Merge(new LatencyHistogram());
        Assert.Equal((true, 3L), (known.HasExactCounts, known.AtOrAboveWarning));
        var taken = new LatencyHistogram();
        taken.Merge(known);
        Assert.Equal((true, 3L, 0L), (taken.HasExactCounts, taken.AtOrAboveWarning, taken.AtOrAboveLimit));
        var unknown = new LatencyHistogram();
        unknown.Add(5);
        Assert.Equal((false, 0L), (unknown.HasExactCounts, unknown.AtOrAboveWarning));
        unknown.Merge(known); // It has samples that were counted at no limit.
        Assert.Equal((false, 4L, 0L), (unknown.HasExactCounts, unknown.Count, unknown.AtOrAboveWarning));
        var other = new LatencyHistogram();
        other.Add(5);
        known.Merge(other);
        Assert.Equal((false, 4L, 0L), (known.HasExactCounts, known.Count, known.AtOrAboveWarning));
    }

    [Fact]
    public void Maximum_OfAnEmptyHistogram_IsNone()
    {
        var histogram = new LatencyHistogram(50, 100);
        Assert.Null(histogram.Maximum);
        histogram.Add(0);
        Assert.Equal(0, histogram.Maximum);
    }

    [Fact]
    public void Merge_BeyondTheLargestNumber_StopsThere()
    {
        var one = new LatencyHistogram(50, 100);
        one.Add(60, long.MaxValue - 5);
        var other = new LatencyHistogram(50, 100);
        other.Add(60, 5);
        one.Merge(other);
        Assert.Equal(long.MaxValue, one.Count);
        one.Merge(other);
        Assert.Equal((long.MaxValue, long.MaxValue), (one.Count, one.AtOrAboveWarning));
        Assert.False(one.Add(60));
    }

    // A state up to where its windows begin.
    private static StateWriter Head(
        byte level,
        byte rule,
        bool confirmed,
        long now = 100,
        long since = 0,
        long quietSince = long.MaxValue,
        long suspectAt = long.MinValue,
        string stage = "market-data")
    {
        LatencyPolicy policy = LatencyPolicy.For(new LatencyOptions(), stage);
        var writer = new StateWriter();
        writer.WriteByte(1);
        writer.WriteBool(policy.UsesCountWindow);
        writer.WriteUnsigned((ulong)policy.WarningLimit);
        writer.WriteUnsigned((ulong)policy.ClearBelow);
        writer.WriteUnsigned((ulong)policy.Limit);
        writer.WriteBool(true);
        writer.WriteSigned(now);
        writer.WriteByte(level);
        writer.WriteByte(rule);
        writer.WriteBool(confirmed);
        writer.WriteSigned(since);
        writer.WriteUnsigned(0);
        writer.WriteSigned(quietSince);
        writer.WriteSigned(suspectAt);
        writer.WriteUnsigned(0);
        writer.WriteUnsigned(0);
        return writer;
    }

    private static string? Refused(StateWriter writer, string stage = "market-data") => Refusal.Of(
        writer.ToArray(), (ref StateReader reader) => LatencyGuardrailTests.Make(stage).ReadState(ref reader));

    private static string? Histogram(StateWriter writer) =>
        Refusal.Of(writer.ToArray(), (ref StateReader reader) => LatencyHistogram.Read(ref reader));

    private static byte[] Bytes(LatencyGuardrail guardrail)
    {
        var writer = new StateWriter();
        guardrail.WriteState(writer);
        return writer.ToArray();
    }
}
