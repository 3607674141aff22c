using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

/// <summary>Which bytes are no sliding window: what is told by buckets and by sums must agree.</summary>
public sealed class SlottedWindowStateTests
{
    private const long Now = LatencyGuardrailTests.Start;
    private const long Warning = 50;
    private const long Limit = 100;
    private const int Slots = SlottedLatencyWindow.SlotCount;
    private const string Disagree = "Condition failed: the counts of the slot of age 0 and its sums disagree.";

    [Theory]
    [InlineData(2, 0, 0, 7, 7, 2, null)]
    [InlineData(2, 0, 0, 9, 7, 2, Disagree)] // The maximum is in another bucket.
    [InlineData(2, 1, 0, 7, 7, 2, Disagree)] // Nothing here is at the warning.
    [InlineData(2, 2, 0, 60, 60, 2, null)]
    [InlineData(2, 1, 0, 60, 60, 2, Disagree)] // Both are.
    [InlineData(2, 2, 1, 60, 60, 2, Disagree)]
    [InlineData(2, 2, 2, 140, 140, 2, null)]
    [InlineData(2, 2, 1, 140, 140, 2, Disagree)]
    [InlineData(2, 0, 0, 7, 7, 3, "Condition failed: bucket 7 has more than is left.")]
    [InlineData(2, 0, 0, 7, 7, 1, "Condition failed: 1 samples are in no bucket.")]
    [InlineData(2, 3, 0, 7, 7, 2, "Condition failed: a count of 3 is above its limit of 2.")]
    public void ReadState_OneSlotWithOneBucket_IsTakenOrRefused(
        int count, int warnings, int breaches, ulong maximum, long value, uint inBucket, string? expected)
    {
        StateWriter writer = Sums(age: 0, count, warnings, breaches, maximum);
        int bucket = LogLinearBuckets.IndexOf(value);
        writer.WriteUnsigned((ulong)bucket);
        writer.WriteUnsigned((ulong)bucket);
        writer.WriteBytes(Coded(inBucket));
        Assert.Equal(expected, Refused(writer));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Slots - 1)]
    public void ReadState_OneSlotOfAnyAge_HasTheSamplesOfItsTime(int age)
    {
        StateWriter writer = Sums(age, count: 3, warnings: 0, breaches: 0, maximum: 7);
        writer.WriteUnsigned(7);
        writer.WriteUnsigned(7);
        writer.WriteBytes(Coded(3));
        var reader = new StateReader(writer.ToArray());
        SlottedLatencyWindow window = SlottedLatencyWindow.ReadState(ref reader, Warning, Limit, Now);
        Assert.Equal(3, window.Count);
        var again = new StateWriter();
        window.WriteState(again);
        Assert.Equal(writer.ToArray(), again.ToArray());
        window.RollTo(Now + ((Slots - 1 - age) * SlottedLatencyWindow.SlotLength));
        Assert.Equal(3, window.Count);
        window.RollTo(Now + ((Slots - age) * SlottedLatencyWindow.SlotLength));
        Assert.Equal(0, window.Count);
    }

    [Fact]
    public void ReadState_MoreBytesThanBuckets_IsRefused()
    {
        StateWriter writer = Sums(age: 0, count: 2, warnings: 0, breaches: 0, maximum: 7);
        writer.WriteUnsigned(7);
        writer.WriteUnsigned(7);
        writer.WriteBytes([.. Coded(2), 1]);
        Assert.StartsWith("Condition failed: ", Refused(writer), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadState_LastBucketBeforeTheFirst_IsRefused()
    {
        StateWriter writer = Sums(age: 0, count: 2, warnings: 0, breaches: 0, maximum: 7);
        writer.WriteUnsigned(7);
        writer.WriteUnsigned(6);
        writer.WriteBytes(Coded(2));
        Assert.Equal("Condition failed: 2 samples are in no bucket.", Refused(writer));
    }

    [Theory]
    [InlineData(9_223_372_036_854_775_808, "Condition failed: a maximum of 9223372036854775808 us is above 63 bits.")]
    [InlineData(9_223_372_036_854_775_807, "Condition failed: 1 bytes needed, 0 left.")] // Taken; the rest is missing.
    public void ReadState_AMaximumOfAnySize_IsTakenUpToSixtyThreeBits(ulong maximum, string expected)
    {
        var writer = new StateWriter();
        foreach (ulong one in (ulong[])[2, 2, 2, maximum]) writer.WriteUnsigned(one);
        Assert.Equal(expected, Refused(writer));
    }

    [Fact]
    public void ReadState_ABucketThatThereIsNot_IsRefused()
    {
        StateWriter writer = Sums(age: 0, count: 2, warnings: 0, breaches: 0, maximum: 7);
        writer.WriteUnsigned(LogLinearBuckets.Count);
        Assert.StartsWith("Condition failed: a count of ", Refused(writer), StringComparison.Ordinal);
    }

    private static StateWriter Sums(int age, int count, int warnings, int breaches, ulong maximum)
    {
        var writer = new StateWriter();
        for (int i = 0; i < Slots; i++)
        {
            writer.WriteUnsigned(i == age ? (ulong)count : 0);
            if (i != age) continue;
            writer.WriteUnsigned((ulong)warnings);
            writer.WriteUnsigned((ulong)breaches);
            writer.WriteUnsigned(maximum);
        }

        return writer;
    }

    // The total of the only bucket; all of it is the only slot's, which needs no word.
    private static byte[] Coded(uint total)
    {
        var packed = new StateWriter();
        var encoder = new RangeEncoder(packed);
        new CountModel().Encode(encoder, 0, total);
        encoder.Finish();
        return packed.ToArray();
    }

    private static string? Refused(StateWriter writer) => Refusal.Of(
        writer.ToArray(),
        (ref StateReader reader) => SlottedLatencyWindow.ReadState(ref reader, Warning, Limit, Now));
}
