using CsCheck;
using Guardian.Detection.Encoding;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Events;

public sealed class EventPackerTests
{
    private static readonly Gen<double> Numbers = Gen.OneOf(
        Gen.Double,
        Gen.Int[0, 4].Select(
            i => (new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 0.0 })[i]));

    private static readonly Gen<string?> Texts = Gen.Select(Gen.Bool, Gen.String[Gen.Char.AlphaNumeric, 0, 12])
        .Select((some, text) => some ? text : null);

    private static readonly Gen<long> Times = Gen.OneOf(Gen.Long, Gen.Long[-5, 5]);

    private static readonly Gen<object> Observations = Gen.Select(
        Gen.Int[1, 9], Times, Texts, Numbers, Gen.Select(Times, Times), Numbers, Texts)
        .Select((kind, at, subject, value, times, quantity, text) => (object)new Observation(
            (ObservationKind)kind, at, subject ?? string.Empty, value, times.Item1, times.Item2, quantity, text));

    private static readonly Gen<Reason> Reasons = Gen.Select(Texts, Numbers, Numbers, Times, Times)
        .Select((text, value, limit, since, until) => new Reason(
            "code", "latency", text ?? "s", value, limit, "ms", 7, limit, since, until, text));

    private static readonly Gen<object> Others = Gen.Select(
        Gen.Int[1, 10], Times, Texts, Gen.Select(Times, Numbers.Array[0, 4]),
        Reasons.Array[0, 3], Gen.Int[0, 2], Gen.Bool)
        .Select((kind, at, words, numbers, reasons, state, flag) =>
            Event(kind, at, words ?? string.Empty, numbers.Item1, numbers.Item2, reasons, (TradingState)state, flag));

    private static readonly Gen<object[]> Sequences = Gen.OneOf(Observations, Others).Array[0, 40];

    private static object Event(
        int kind, long at, string words, long number, double[] values, Reason[] reasons,
        TradingState state, bool flag) =>
        kind switch
        {
            1 => new Transition(at, GuardrailKind.Drift, words, "Healthy", words, state, number, flag, reasons),
            2 => new PermitGranted(at, words, number, 3),
            3 => new HoldPlaced(at, words, state, "ann", words),
            4 => new HoldReleased(at, words, "ann", words),
            5 => new BreakerReset(at, number, "ann", words),
            6 => new LimitsChanged(at, words, flag ? [new("a", words), new("b", "c")] : [], "ann", words),
            7 => new Activated(at, 3, words, "fresh", number),
            8 => new GapRecorded(at, words, number, number, number),
            10 => new ResumeApproved(at, number, "ann", words),
            _ => new Rebaselined(at, words, flag ? values : null, "ann", words),
        };

    [Fact]
    public void Unpack_WhatWasPacked_GivesTheSameInOrder() =>
        Gen.Select(Sequences, Gen.Long[1, 1L << 40]).Sample((events, first) =>
        {
            EventPacker packer = Pack(events, first);
            var sink = new Sink();
            int count = EventUnpacker.Unpack(packer.ToArray(), first, sink);
            Assert.Equal(events.Length, count);
            Assert.Equal(events.Length, packer.Count);
            Assert.Equal(Enumerable.Range(0, events.Length).Select(i => first + i), sink.Sequences);
            for (int i = 0; i < events.Length; i++) Assert.Equal(Words(events[i]), Words(sink.Seen[i]));
        });

    [Fact]
    public void Pack_WhatWasUnpacked_GivesTheSameBytes() =>
        Sequences.Sample(events =>
        {
            byte[] bytes = Pack(events, 1).ToArray();
            var again = new EventPacker();
            EventUnpacker.Unpack(bytes, 1, again);
            Assert.Equal(bytes, again.ToArray());
        });

    [Fact]
    public void Unpack_CutOrFlippedBytes_ReadsOrRefusesAndNeverThrowsElse() =>
        Gen.Select(Sequences, Gen.Int[0, 1_000_000], Gen.Int[0, 255]).Sample((events, place, flip) =>
        {
            byte[] bytes = Pack(events, 1).ToArray();
            if (bytes.Length == 0) return;
            byte[] cut = bytes[..(place % bytes.Length)];
            bytes[place % bytes.Length] ^= (byte)flip;
            foreach (byte[] damaged in new[] { cut, bytes })
            {
                try
                {
                    EventUnpacker.Unpack(damaged, 1, new Sink());
                }
                catch (StateFormatException e)
                {
                    Assert.StartsWith("Condition failed: ", e.Message, StringComparison.Ordinal);
                }
            }
        });

    [Fact]
    public void Write_SequenceNotNext_Refused()
    {
        var packer = new EventPacker();
        packer.Write(5, new Observation(ObservationKind.Price, 1, "p", 1));
        var e = Assert.Throws<InvalidOperationException>(
            () => packer.Write(7, new Observation(ObservationKind.Price, 1, "p", 1)));
        Assert.Equal("Invariant: packed sequences are consecutive, but 7 follows 5.", e.Message);
    }

    [Fact]
    public void Clear_AfterUse_PacksAsANewOne()
    {
        var packer = Pack([new Observation(ObservationKind.Price, 9, "p", 1), new HoldReleased(12, "h", "a", "r")], 5);
        Assert.Equal((5L, 2, 9L, 12L, true), State(packer));
        packer.Clear();
        Assert.Equal((0L, 0, 0L, 0L, false), State(packer));
        packer.Write(1, new Observation(ObservationKind.Price, 9, "p", 1));
        Assert.Equal(Pack([new Observation(ObservationKind.Price, 9, "p", 1)], 1).ToArray(), packer.ToArray());
    }

    private static (long, int, long, long, bool) State(EventPacker packer) =>
        (packer.FirstSequence, packer.Count, packer.FirstAt, packer.LastAt, packer.HasStateChange);

    private static EventPacker Pack(object[] events, long first)
    {
        var packer = new EventPacker();
        for (int i = 0; i < events.Length; i++)
        {
            if (events[i] is Observation observation) packer.Write(first + i, observation);
            else packer.Write(first + i, (GuardianEvent)events[i]);
        }

        return packer;
    }

    // Compared as text with the bits of every number: NaN equals itself, and 0 differs from -0.
    private static string Words(object item) => item switch
    {
        Observation o => $"{o with { Value = 0, Quantity = 0 }} {Bits(o.Value)} {Bits(o.Quantity)}",
        Transition t => $"{t with { Reasons = [] }} {string.Join(';', t.Reasons.Select(Words))}",
        LimitsChanged l => $"{l with { Overrides = [] }} {string.Join(';', l.Overrides)}",
        Rebaselined r => $"{r with { Values = null }} {string.Join(';', r.Values?.Select(Bits) ?? ["none"])}",
        _ => item.ToString()!,
    };

    private static string Words(Reason r) =>
        $"{r with { Value = 0, Limit = 0, NoiseLine = 0 }} {Bits(r.Value)} {Bits(r.Limit)} {Bits(r.NoiseLine)}";

    // A NaN value stands for "not given"; which NaN it was is not kept for observations.
    private static string Bits(double value) =>
        double.IsNaN(value) ? "NaN" : $"{BitConverter.DoubleToInt64Bits(value):x}";

    private sealed class Sink : IFoldSink
    {
        internal List<long> Sequences { get; } = [];

        internal List<object> Seen { get; } = [];

        public void Write(long sequence, in Observation observation)
        {
            Sequences.Add(sequence);
            Seen.Add(observation);
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
            Sequences.Add(sequence);
            Seen.Add(guardianEvent);
        }
    }
}
