using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;

namespace Guardian.Detection.Tests.Latency;

/// <summary>The window of the last samples against a plain list, and its bytes.</summary>
public sealed class CountWindowStateTests
{
    private const int Capacity = 20;
    private const long Age = 1_000;
    private const long Warning = 50;
    private const long Limit = 100;

    [Fact]
    public void Add_RandomSamples_CountsWhatAListCounts()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var window = new CountWindow(Capacity, Age, Warning, Limit);
            List<(long At, long Value)> samples = [];
            long now = 0;
            for (int i = 0; i < 300; i++)
            {
                now += random.Next(random.Next(20) == 0 ? 600 : 40);
                samples.RemoveAll(s => now - s.At > Age);
                window.Expire(now);
                long value = random.Next(5) switch
                {
                    0 => Warning,
                    1 => Limit,
                    2 => Warning - 1,
                    _ => random.Next(150),
                };
                samples.Add((now, value));
                if (samples.Count > Capacity) samples.RemoveAt(0);
                window.Add(now, value);
                Assert.Equal(
                    (samples.Count, samples.Count(s => s.Value >= Warning), samples.Count(s => s.Value >= Limit)),
                    (window.Count, window.AtOrAboveWarning, window.AtOrAboveLimit));
                Assert.Equal(samples[0].At + Age + 1, window.NextExpiry);
                Same(window, Copy(window, now), now);
            }

            window.Clear();
            Same(new CountWindow(Capacity, Age, Warning, Limit), window, now);
        }
    }

    [Fact]
    public void ReadState_IntoAWindowThatHadSamples_ForgetsThem()
    {
        var window = new CountWindow(Capacity, Age, Warning, Limit);
        for (int i = 0; i < 30; i++) window.Add(i, 200);
        var reader = new StateReader(Bytes(new CountWindow(Capacity, Age, Warning, Limit), 30));
        window.ReadState(ref reader, 30);
        Assert.Equal((0, 0, 0), (window.Count, window.AtOrAboveWarning, window.AtOrAboveLimit));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public void Constructor_CapacityAtTheEndsOfItsRange_IsTaken(int capacity)
    {
        var window = new CountWindow(capacity, Age, Warning, Limit);
        window.Add(1, 7);
        Assert.Equal(7, window.Percentile(500));
    }

    [Theory]
    [InlineData(0, 1_001, 5, "Condition failed: sample 0 is 1001 ns apart or 5 us.")]
    [InlineData(0, 1, ulong.MaxValue, "Condition failed: sample 0 is 1 ns apart or 18446744073709551615 us.")]
    [InlineData(0, 1, 9_223_372_036_854_775_808, "Condition failed: sample 0 is 1 ns apart or 9223372036854775808 us.")]
    [InlineData(0, 1, 9_223_372_036_854_775_807, null)]
    [InlineData(0, 1_000, 5, null)]
    [InlineData(long.MinValue + 7, 8, 5, "Condition failed: sample 0 is 8 ns apart or 5 us.")]
    [InlineData(long.MinValue + 7, 7, 5, null)]
    public void ReadState_OfOneSample_IsTakenOrRefused(long now, ulong before, ulong value, string? expected)
    {
        var writer = new StateWriter();
        writer.WriteUnsigned(1);
        writer.WriteUnsigned(before);
        writer.WriteUnsigned(value);
        Assert.Equal(expected, Refused(writer.ToArray(), now));
    }

    [Fact]
    public void ReadState_OldestBeyondTheAge_IsRefused()
    {
        var writer = new StateWriter();
        writer.WriteUnsigned(2);
        foreach (ulong one in (ulong[])[600, 5, 600, 5]) writer.WriteUnsigned(one);
        Assert.Equal("Condition failed: a sample is older than the window.", Refused(writer.ToArray(), 5_000));
    }

    private static string? Refused(byte[] state, long now) => Refusal.Of(
        state,
        (ref StateReader reader) => new CountWindow(Capacity, Age, Warning, Limit).ReadState(ref reader, now));

    private static CountWindow Copy(CountWindow window, long now)
    {
        var copy = new CountWindow(Capacity, Age, Warning, Limit);
        var reader = new StateReader(Bytes(window, now));
        copy.ReadState(ref reader, now);
        Assert.Equal(0, reader.Remaining);
        return copy;
    }

    private static void Same(CountWindow expected, CountWindow actual, long now)
    {
        Assert.Equal(
            (expected.Count, expected.AtOrAboveWarning, expected.AtOrAboveLimit, expected.NextExpiry),
            (actual.Count, actual.AtOrAboveWarning, actual.AtOrAboveLimit, actual.NextExpiry));
        Assert.Equal(expected.Percentiles(), actual.Percentiles());
        Assert.Equal(Bytes(expected, now), Bytes(actual, now));
    }

    private static byte[] Bytes(CountWindow window, long now)
    {
        var writer = new StateWriter();
        window.WriteState(writer, now);
        return writer.ToArray();
    }
}
