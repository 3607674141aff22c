using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests;

/// <summary>The laws of <see cref="IGuardrail"/>, checked on random histories; a failure names its seed.</summary>
internal static class GuardrailLaws
{
    private const int Steps = 40;

    internal delegate void Act(IGuardrail guardrail, long at, Random random);

    internal static byte[] Bytes(IGuardrail guardrail)
    {
        StateWriter writer = new();
        guardrail.WriteState(writer);
        return writer.ToArray();
    }

    internal static IGuardrail Restore(Func<IGuardrail> make, byte[] state)
    {
        IGuardrail guardrail = make();
        StateReader reader = new(state);
        guardrail.ReadState(ref reader);
        Assert.Equal(0, reader.Remaining);
        return guardrail;
    }

    internal static void Check(Func<IGuardrail> make, Act act, long start, long longestStep, int seeds)
    {
        for (int seed = 1; seed <= Effort.Seeds(seeds); seed++) CheckSeed(make, act, start, longestStep, seed);
    }

    internal static long AllocatedBy(Action<int> action)
    {
        for (int i = 0; i < 2_000; i++) action(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 2_000; i < 12_000; i++) action(i);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void CheckSeed(Func<IGuardrail> make, Act act, long start, long longestStep, int seed)
    {
        Random random = new(seed);
        List<(long At, int Seed)> events = [];
        long at = start;
        for (int i = 0; i < Steps; i++)
        {
            at += random.Next(4) == 0 ? 0 : (long)(longestStep * Math.Pow(random.NextDouble(), 4));
            events.Add((at, random.Next()));
        }

        IGuardrail all = make();
        List<byte[]> cuts = [];
        foreach ((long when, int what) in events)
        {
            cuts.Add(Bytes(all));
            act(all, when, new Random(what));
        }

        byte[] expected = Bytes(all);
        Assert.Equal(expected, Bytes(Restore(make, expected)));
        for (int cut = 0; cut < Steps; cut++)
        {
            IGuardrail resumed = Restore(make, cuts[cut]);
            foreach ((long when, int what) in events.Skip(cut)) act(resumed, when, new Random(what));
            Assert.True(expected.AsSpan().SequenceEqual(Bytes(resumed)), $"seed {seed}, cut {cut}");
        }

        IGuardrail stepped = make();
        long last = start;
        foreach ((long when, int what) in events)
        {
            if (when > last) stepped.Advance(last + random.NextInt64(when - last));
            if (random.Next(2) == 0) StepTo(stepped, when, seed);
            if (random.Next(2) == 0) stepped.Advance(when);
            act(stepped, when, new Random(what));
            last = when;
        }

        Assert.True(expected.AsSpan().SequenceEqual(Bytes(stepped)), $"seed {seed}: Advance does not compose");
    }

    // One deadline at a time, as the engine does; before a deadline nothing may change.
    private static void StepTo(IGuardrail guardrail, long at, int seed)
    {
        for (long next = guardrail.NextDeadline; next <= at; next = guardrail.NextDeadline)
        {
            Level level = guardrail.Level;
            guardrail.Advance(next - 1);
            Assert.True(level == guardrail.Level, $"seed {seed}: the level changed before its deadline {next}");
            guardrail.Advance(next);
            Assert.True(guardrail.NextDeadline > next, $"seed {seed}: deadline {next} stands after it fired");
        }
    }
}
