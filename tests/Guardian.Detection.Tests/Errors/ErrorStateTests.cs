using Guardian.Detection.Encoding;
using Guardian.Detection.Errors;
using Guardian.Detection.Events;
using Guardian.Detection.Tests.Drift;

namespace Guardian.Detection.Tests.Errors;

public sealed class ErrorStateTests
{
    private const long Second = 1_000_000_000;

    private sealed record Step(int What, long At);

    [Fact]
    public void WriteState_AtEveryCut_ContinuesToTheSameBytes()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(12); seed++)
        {
            Step[] steps = Steps(seed, 200);
            byte[] whole = Write(Fold(New(), steps));
            for (int cut = 0; cut <= steps.Length; cut++)
            {
                byte[] snapshot = Write(Fold(New(), steps.AsSpan(0, cut)));
                ErrorGuardrail restored = Restore(snapshot);
                Assert.True(snapshot.AsSpan().SequenceEqual(Write(restored)), $"seed {seed}, cut {cut}: not read back");
                byte[] continued = Write(Fold(restored, steps.AsSpan(cut)));
                Assert.True(whole.AsSpan().SequenceEqual(continued), $"seed {seed}, cut {cut}: continued differently");
            }
        }
    }

    [Fact]
    public void Advance_InAnyParts_IsTheSameAsAtOnce()
    {
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(100); seed++)
        {
            Lcg lcg = new(seed + 1000);
            ErrorGuardrail once = New();
            ErrorGuardrail parts = New();
            long last = 0;
            foreach (Step step in Steps(seed, 150))
            {
                parts.Advance(last + (long)((step.At - last) * lcg.Uniform()));
                parts.Advance(step.At);
                Fold(once, [step]);
                Fold(parts, [step]);
                Assert.True(Write(once).AsSpan().SequenceEqual(Write(parts)), $"seed {seed}, at {step.At}");
                last = step.At;
            }
        }
    }

    [Fact]
    public void Level_AnySequence_IsThatOfACountByBruteForce()
    {
        HashSet<(Level, bool)> seen = [];
        for (ulong seed = 1; seed <= (ulong)Effort.Seeds(60); seed++)
        {
            ErrorGuardrail errors = New();
            List<(long Second, bool Failure)> all = [];
            foreach (Step step in Steps(seed, 200).Where(s => s.What <= 3))
            {
                Fold(errors, [step]);
                all.Add((step.At / Second, step.What >= 2));
                List<(long Second, bool Failure)> window = [.. all.Where(o => o.Second > (step.At / Second) - 30)];
                int failures = window.Count(o => o.Failure);
                bool row = all.Count >= 5 && all.TakeLast(5).All(o => o.Failure);
                Level level = row ? Level.Breach
                    : window.Count < 20 ? Level.Unknown
                    : failures * 2 >= window.Count ? Level.Breach
                    : failures * 10 >= window.Count ? Level.Warning
                    : Level.Healthy;
                Assert.True(level == errors.Level, $"seed {seed}: {errors.Read()}, not {level}");
                Assert.Equal(window.Count, errors.Read().SampleCount);
                seen.Add((level, errors.Confirmed));
            }
        }

        foreach ((Level, bool) level in ((Level, bool)[])
            [(Level.Unknown, false), (Level.Warning, false), (Level.Breach, false), (Level.Breach, true)])
        {
            Assert.Contains(level, seen);
        }
    }

    [Fact]
    public void Record_AtAnyTime_NeverThrows()
    {
        ErrorGuardrail errors = New();
        foreach (long at in (long[])[long.MinValue, -Second - 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue])
        {
            for (int i = 0; i < 30; i++) errors.Record(at, i % 2 == 0 ? OutcomeKind.Error : OutcomeKind.Ok);
            _ = errors.Read();
            Assert.Equal(Write(errors), Write(Restore(Write(errors))));
        }
    }

    [Fact]
    public void Record_ManyOutcomes_AllocatesNothing()
    {
        ErrorGuardrail errors = New();
        Fold(errors, Steps(1, 100));
        Step[] steps = Steps(2, 2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fold(errors, steps);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ReadState_DamagedBytes_AreRefusedOrReadButNeverWorse()
    {
        byte[] good = Write(Fold(New(), Steps(3, 200)));
        Assert.True(good.Length > 20);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x55;
            Try(bad);
            Assert.True(Try(good[..at]), $"cut at {at}");
        }

        static bool Try(byte[] bytes)
        {
            try
            {
                Restore(bytes).Record(long.MaxValue, OutcomeKind.Ok);
                return false;
            }
            catch (StateFormatException refused)
            {
                Assert.StartsWith("Condition failed:", refused.Message, StringComparison.Ordinal);
                return true;
            }
        }
    }

    [Fact]
    public void WriteState_Untouched_IsAFewBytes() => Assert.Equal(4, Write(New()).Length);

    private static ErrorGuardrail New() => new("orders", ErrorPolicy.Default);

    /// <summary>Bursts and silences; 0 ok, 1 rejected, 2 error, 3 time-out, 4 advance, 5 anew.</summary>
    private static Step[] Steps(ulong seed, int count)
    {
        Lcg lcg = new(seed);
        Step[] steps = new Step[count];
        long now = 1_700_000_000 * Second;
        double bad = 0.1;
        for (int i = 0; i < count; i++)
        {
            now += (long)(lcg.Uniform() * (lcg.Below(30) == 0 ? 20e9 : 6e8));
            if (lcg.Below(30) == 0) bad = lcg.Uniform();
            int dice = lcg.Below(100);
            int outcome = lcg.Uniform() < bad ? 2 + lcg.Below(2) : lcg.Below(2);
            steps[i] = new Step(dice == 0 ? 5 : dice < 8 ? 4 : outcome, now);
        }

        return steps;
    }

    private static ErrorGuardrail Fold(ErrorGuardrail errors, ReadOnlySpan<Step> steps)
    {
        foreach (Step step in steps)
        {
            if (step.What <= 3) errors.Record(step.At, (OutcomeKind)step.What);
            else if (step.What == 4) errors.Advance(step.At);
            else errors.StartAnew(step.At);
        }

        return errors;
    }

    private static ErrorGuardrail Restore(byte[] bytes)
    {
        ErrorGuardrail errors = New();
        StateReader reader = new(bytes);
        errors.ReadState(ref reader);
        return errors;
    }

    private static byte[] Write(ErrorGuardrail errors)
    {
        StateWriter writer = new();
        errors.WriteState(writer);
        return writer.ToArray();
    }
}
