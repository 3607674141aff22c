using Guardian.Detection.Drift;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Drift;

[Collection(MeasuresMemory.Name)]
public sealed class DriftStateTests
{
    private static readonly DriftPolicy Policy = DriftPolicy.From(
        new DriftOptions { Reference = 40, Window = 30, Bins = 5, Step = 7, ConfirmFor = TimeSpan.FromSeconds(1) });

    private readonly record struct Step(char What, long At, double Value, double[]? Values);

    [Fact]
    public void WriteState_AtEveryCut_ContinuesToTheSameBytes()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(12); seed++)
        {
            Step[] steps = Steps(seed, 260);
            byte[] whole = Write(Fold(new DriftGuardrail("x", Policy), steps));
            for (int cut = 0; cut <= steps.Length; cut++)
            {
                byte[] snapshot = Write(Fold(new DriftGuardrail("x", Policy), steps.AsSpan(0, cut)));
                DriftGuardrail restored = Restore(snapshot);
                Assert.True(snapshot.AsSpan().SequenceEqual(Write(restored)), $"seed {seed}, cut {cut}: not read back");
                byte[] continued = Write(Fold(restored, steps.AsSpan(cut)));
                Assert.True(whole.AsSpan().SequenceEqual(continued), $"seed {seed}, cut {cut}: continued differently");
            }
        }
    }

    [Fact]
    public void Steps_OfTheProperties_ReachEveryLevel()
    {
        HashSet<string> seen = [];
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(12); seed++)
        {
            DriftGuardrail drift = new("x", Policy);
            foreach (Step step in Steps(seed, 260))
            {
                Fold(drift, [step]);
                seen.Add($"{drift.Level} {drift.Confirmed}");
            }
        }

        foreach (string level in (string[])["Unknown False", "Warning False", "Breach False", "Breach True"])
            Assert.Contains(level, seen);
    }

    [Fact]
    public void Advance_InAnyParts_IsTheSameAsAtOnce()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(40); seed++)
        {
            Step[] steps = Steps(seed, 200);
            Lcg lcg = new(seed + 1000);
            DriftGuardrail once = new("x", Policy);
            DriftGuardrail parts = new("x", Policy);
            long last = 0;
            foreach (Step step in steps)
            {
                parts.Advance(last + (long)((step.At - last) * lcg.Uniform()));
                parts.Advance(step.At);
                Fold(once, [step]);
                Fold(parts, [step]);
                last = step.At;
            }

            Assert.True(Write(once).AsSpan().SequenceEqual(Write(parts)), $"seed {seed}");
        }
    }

    [Fact]
    public void Record_AnySequence_KeepsTheCountsOfTheLastValues()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(40); seed++)
        {
            Lcg lcg = new(seed);
            FrozenReference reference =
                FrozenReference.Freeze([.. Enumerable.Range(0, 40).Select(_ => lcg.Normal())], 5, 30);
            DriftGuardrail drift = new("x", Policy, reference);
            List<double> all = [];
            for (int i = 0; i < 120; i++)
            {
                double value = lcg.Below(9) == 0 ? double.NaN : lcg.Normal() * 2;
                all.Add(value);
                drift.Record(i, value);
                long[] counts = new long[reference.BinCount];
                foreach (double kept in all.TakeLast(30).Where(double.IsFinite)) counts[reference.IndexOf(kept)]++;
                Assert.True(drift.WindowCounts.SequenceEqual(counts), $"seed {seed}, value {i}");
            }
        }
    }

    [Fact]
    public void Level_ValuesInAnotherUnit_IsTheSame()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(20); seed++)
        {
            Lcg lcg = new(seed);
            DriftGuardrail plain = new("x", Policy);
            DriftGuardrail scaled = new("x", Policy);
            for (int i = 0; i < 300; i++)
            {
                double value = lcg.Normal() + (i > 150 ? 2 : 0);
                plain.Record(i, value);
                scaled.Record(i, value * Math.Pow(2, -40));
                Assert.True(plain.Level == scaled.Level, $"seed {seed}, value {i}: {plain.Read()}, {scaled.Read()}");
            }
        }
    }

    [Fact]
    public void Record_AnyBitsAtAnyTime_NeverThrows()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(40); seed++)
        {
            Lcg lcg = new(seed);
            DriftGuardrail drift = new("x", Policy);
            long now = long.MinValue;
            for (int i = 0; i < 400; i++)
            {
                now = i == 399 ? long.MaxValue : now + (long)(lcg.Uniform() * 4e16);
                ulong bits = unchecked((ulong)(lcg.Uniform() * ulong.MaxValue) ^ (ulong)i);
                drift.Record(now, BitConverter.UInt64BitsToDouble(bits));
                _ = drift.Read();
                _ = drift.NextDeadline;
            }
        }
    }

    [Fact]
    public void ReadState_DamagedBytes_AreRefusedOrReadButNeverWorse()
    {
        byte[] good = Write(Fold(new DriftGuardrail("x", Policy), Steps(3, 200)));
        int refused = 0;
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x55;
            refused += Refused(bad) ? 1 : 0;
            Assert.True(Refused(good[..at]), $"cut at {at}");
        }

        Assert.True(refused > 0);
    }

    [Fact]
    public void ReadState_AfterARefusal_IsAsIfNew()
    {
        byte[] good = Write(Fold(new DriftGuardrail("x", Policy), Steps(3, 200)));
        DriftGuardrail drift = Fold(new DriftGuardrail("x", Policy), Steps(4, 200));
        Assert.Throws<StateFormatException>(() =>
        {
            StateReader reader = new(good.AsSpan(0, good.Length - 1));
            drift.ReadState(ref reader);
        });
        Assert.Equal(Write(new DriftGuardrail("x", Policy)), Write(drift));
    }

    [Fact]
    public void WriteState_UntouchedAndJudging_IsSmall()
    {
        Assert.Equal([0], Write(new DriftGuardrail("x", DriftPolicy.Default)));
        DriftGuardrail drift = new("x", DriftPolicy.Default);
        Lcg lcg = new(9);
        for (int i = 0; i < 20_000; i++) drift.Record(i, lcg.Normal());
        int bytes = Write(drift).Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"A feature's snapshot takes {bytes} bytes.");
        Assert.InRange(bytes, 300, 1700);
    }

    [Fact]
    public void Record_AfterTheFreezing_AllocatesNothing()
    {
        DriftGuardrail drift = new("x", DriftPolicy.Default);
        Lcg lcg = new(9);
        for (int i = 0; i < 5000; i++) drift.Record(i, lcg.Normal());
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5000; i++) drift.Record(5000 + i, (i % 100 == 0 ? double.NaN : lcg.Normal()) + (i / 1000));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Feature_MadeLearnedAndFrozen_TakesAtMostTwentyKilobytes()
    {
        DriftGuardrail[] features = new DriftGuardrail[50];
        Lcg lcg = new(9);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int f = 0; f < features.Length; f++)
        {
            features[f] = new DriftGuardrail("x", DriftPolicy.Default);
            for (int i = 0; i < 1600; i++) features[f].Record(i, lcg.Normal());
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / features.Length;
        GC.KeepAlive(features);
        TestContext.Current.TestOutputHelper?.WriteLine($"A feature takes {each} bytes.");
        Assert.InRange(each, 1, 20 * 1024);
    }

    private static Step[] Steps(ulong seed, int count)
    {
        Lcg lcg = new(seed);
        List<Step> steps = [];
        long now = 1_700_000_000_000_000_000;
        double shift = 0;
        for (int i = 0; i < count; i++)
        {
            now += (long)(lcg.Uniform() * 4e8);
            if (lcg.Below(40) == 0) shift = lcg.Below(3) * 2;
            int dice = lcg.Below(300);
            steps.Add(dice switch
            {
                0 => new Step('L', now, 0, null),
                1 => new Step('R', now, 0, [.. Enumerable.Range(0, 90).Select(_ => lcg.Normal())]),
                < 6 => new Step('A', now, 0, null),
                < 16 => new Step('V', now, dice % 2 == 0 ? double.NaN : double.PositiveInfinity, null),
                _ => new Step('V', now, lcg.Normal() + shift, null),
            });
        }

        return [.. steps];
    }

    private static DriftGuardrail Fold(DriftGuardrail drift, ReadOnlySpan<Step> steps)
    {
        foreach (Step step in steps)
        {
            if (step.What == 'V') drift.Record(step.At, step.Value);
            else if (step.What == 'A') drift.Advance(step.At);
            else drift.Rebaseline(step.At, step.Values);
        }

        return drift;
    }

    private static bool Refused(byte[] bytes)
    {
        try
        {
            Restore(bytes).Record(long.MaxValue, 1);
            return false;
        }
        catch (StateFormatException refused)
        {
            Assert.StartsWith("Condition failed:", refused.Message, StringComparison.Ordinal);
            return true;
        }
    }

    private static DriftGuardrail Restore(byte[] bytes)
    {
        DriftGuardrail drift = new("x", Policy);
        StateReader reader = new(bytes);
        drift.ReadState(ref reader);
        return drift;
    }

    private static byte[] Write(DriftGuardrail guardrail)
    {
        StateWriter writer = new();
        guardrail.WriteState(writer);
        return writer.ToArray();
    }
}
