using Guardian.Detection.Drift;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Drift;

/// <summary>The states of what drift is made of: what is written is read again, and what nobody wrote is refused.
/// </summary>
public sealed class DriftPartsStateTests
{
    [Theory]
    [InlineData(0, 1, 0, "has 0 rows")]
    [InlineData(41, 1, 0, "has 41 rows")]
    [InlineData(1, 1, 6, "has 6 buckets in a row")]
    [InlineData(1, 3, 2, "counts 2 values in its buckets but 3 in all")]
    [InlineData(2, 1, 1, "ends in an empty row")]
    public void Read_AdwinNobodyWrote_IsRefused(byte rows, ulong width, byte inFirst, string expected)
    {
        var writer = new StateWriter();
        writer.WriteUnsigned(width);
        writer.WriteUnsigned(0);
        writer.WriteDouble(1);
        writer.WriteDouble(0);
        writer.WriteByte(rows);
        writer.WriteByte(inFirst);
        for (int i = 0; i < inFirst; i++) writer.WriteDouble(1);
        writer.WriteByte(0);
        Assert.Equal(
            $"Condition failed: an ADWIN window {expected}; at most 40 rows of 5 are written.",
            Refused(writer, (ref StateReader reader) => new Adwin(0.002).Read(ref reader)));
    }

    [Fact]
    public void Read_AdwinAfterManyValues_GoesOnAsTheOneThatWasWritten()
    {
        var random = new Random(3);
        var adwin = new Adwin(0.002);
        for (int i = 0; i < 4_000; i++) adwin.Update(random.NextDouble());
        byte[] state = Bytes(adwin.Write);
        var copy = new Adwin(0.002);
        for (int i = 0; i < 100; i++) copy.Update(7); // What it had is forgotten.
        var reader = new StateReader(state);
        copy.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        int found = 0;
        for (int i = 0; i < 4_000; i++)
        {
            double value = random.NextDouble() + (i < 2_000 ? 0 : 0.3);
            bool change = adwin.Update(value);
            Assert.Equal(change, copy.Update(value));
            found += change ? 1 : 0;
        }

        Assert.True(found > 0, "no change was found");
        Assert.Equal(Bytes(adwin.Write), Bytes(copy.Write));
    }

    [Fact]
    public void Read_PageHinkley_GoesOnAsTheOneThatWasWritten()
    {
        var random = new Random(4);
        var one = new PageHinkley(0.005, 50);
        for (int i = 0; i < 500; i++) one.Update(random.NextDouble());
        byte[] state = Bytes(one.Write);
        var copy = new PageHinkley(0.005, 50);
        for (int i = 0; i < 100; i++) copy.Update(7);
        var reader = new StateReader(state);
        copy.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(state, Bytes(copy.Write));
        int found = 0;
        for (int i = 0; i < 500; i++)
        {
            double value = random.NextDouble() - (i < 100 ? 0 : 3);
            bool change = one.Update(value);
            Assert.Equal(change, copy.Update(value));
            found += change ? 1 : 0;
        }

        Assert.True(found > 0, "no change was found");
    }

    [Theory]
    [InlineData(9_223_372_036_854_775_808, "Condition failed: 9223372036854775808 values in Page-Hinkley.")]
    [InlineData(9_223_372_036_854_775_807, "Condition failed: 8 bytes needed, 0 left.")] // Taken; the rest is missing.
    public void Read_PageHinkleyOfTooMany_IsRefused(ulong count, string expected)
    {
        var writer = new StateWriter();
        writer.WriteUnsigned(count);
        Assert.Equal(
            expected, Refused(writer, (ref StateReader reader) => new PageHinkley(0.005, 50).Read(ref reader)));
    }

    [Theory]
    [InlineData(1, 0, 0, 1, "Condition failed: 1 bins; 2 to 50 are written.")]
    [InlineData(51, 0, 0, 1, "Condition failed: 51 bins; 2 to 50 are written.")]
    [InlineData(3, 1, 1, 1, "Condition failed: edge 1 is not above the one before.")]
    [InlineData(3, 2, 1, 1, "Condition failed: edge 1 is not above the one before.")]
    [InlineData(3, double.NaN, 1, 1, "Condition failed: edge 0 is not above the one before.")]
    [InlineData(3, 1, double.NaN, 1, "Condition failed: edge 1 is not above the one before.")]
    [InlineData(3, 1, 2, 0, "Condition failed: a reference counts at least one value.")]
    [InlineData(3, 1, 2, 1, null)]
    public void Read_ReferenceNobodyFroze_IsRefused(
        byte bins, double first, double second, ulong count, string? expected)
    {
        var writer = new StateWriter();
        writer.WriteByte(bins);
        writer.WriteDouble(first);
        writer.WriteDouble(second);
        for (int i = 0; i < 3; i++) writer.WriteUnsigned(count);
        writer.WriteUnsigned(0);
        writer.WriteBool(false);
        for (int i = 0; i < 3; i++) writer.WriteDouble(1);
        Assert.Equal(expected, Refused(writer, (ref StateReader reader) => FrozenReference.Read(ref reader)));
    }

    [Fact]
    public void Read_ReferenceOfAsManyBinsAsMayBe_IsTaken()
    {
        double[] values = [.. Enumerable.Range(0, 1_000).Select(i => (double)i)];
        foreach (int bins in (int[])[2, 50])
        {
            FrozenReference frozen = FrozenReference.Freeze(values, bins, window: 100);
            byte[] state = Bytes(frozen.Write);
            var reader = new StateReader(state);
            FrozenReference copy = FrozenReference.Read(ref reader);
            Assert.Equal((bins, 1_000L), (copy.BinCount, copy.Count));
            Assert.Equal(state, Bytes(copy.Write));
        }
    }

    [Fact]
    public void Refusal_AsManyValuesAsMayBe_AreTakenAndOneMoreIsNot()
    {
        double[] most = [.. Enumerable.Range(0, FrozenReference.MaxValues + 1).Select(i => (double)i)];
        Assert.Null(FrozenReference.Refusal("f", most.AsSpan(1), bins: 10));
        Assert.StartsWith(
            $"Condition failed: the reference of feature f has {most.Length} values; at most",
            FrozenReference.Refusal("f", most, bins: 10),
            StringComparison.Ordinal);
    }

    [Fact]
    public void HasScale_OfReferences_OnlyWhereScoresCanBeMade()
    {
        Assert.True(FrozenReference.Freeze([1, 2, 3], 2, 3).HasScale);
        Assert.False(FrozenReference.Freeze([2, 2, 2], 2, 3).HasScale);
        Assert.False(FrozenReference.Freeze([5], 2, 3).HasScale);
        Assert.Equal(0, FrozenReference.Freeze([5], 2, 3).StandardDeviation);
        Assert.False(FrozenReference.Freeze([double.MaxValue, -double.MaxValue, 0], 2, 3).HasScale);
    }

    // A feature far from zero in deviations of its own: scores are taken from the mean.
    [Fact]
    public void Observe_FeatureFarFromZero_ItsShiftIsFound()
    {
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 2_000).Select(_ => 100_000 + random.NextDouble())];
        DriftPolicy policy = DriftPolicy.From(new DriftOptions { EarlyWarnings = true });
        FrozenReference reference = FrozenReference.Freeze(values, 10, 200);
        var early = new EarlyWarnings(policy);
        for (int i = 0; i < 2_000; i++) early.Observe(100_000 + random.NextDouble(), reference);
        Assert.Equal((0L, 0L), (early.AdwinDetections, early.PageHinkleyDetections));
        bool warned = false;
        for (int i = 0; i < 2_000; i++)
        {
            early.Observe(100_001 + random.NextDouble(), reference);
            warned |= early.PageHinkley;
        }

        Assert.True(warned, "Page-Hinkley did not warn");
        Assert.True(early.Adwin, "ADWIN found nothing");
        Assert.True(early.AdwinDetections > 0 && early.PageHinkleyDetections > 0, "one of them found nothing");
        early.StartOver();
        Assert.Equal((0L, 0L), (early.AdwinDetections, early.PageHinkleyDetections));
        Assert.False(early.Adwin || early.PageHinkley, "a warning is left");
        Assert.Equal(Bytes(new EarlyWarnings(policy).Write), Bytes(early.Write));
    }

    private static string? Refused(StateWriter writer, Refusal.Reading read) => Refusal.Of(writer.ToArray(), read);

    private static byte[] Bytes(Action<StateWriter> write)
    {
        var writer = new StateWriter();
        write(writer);
        return writer.ToArray();
    }
}
