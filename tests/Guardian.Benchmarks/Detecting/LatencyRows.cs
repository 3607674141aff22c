using Guardian.Benchmarks.Measuring;
using Guardian.Detection.Latency;
using HdrHistogram;

namespace Guardian.Benchmarks.Detecting;

/// <summary>A latency sample recorded and judged, against one that HdrHistogram records only.</summary>
internal sealed class LatencyRows
{
    private const int Mask = Samples.Count - 1;
    private const long Gap = 100_000; // 10,000 samples a second of session time.
    private readonly long[] _values = Samples.Latencies();
    private readonly LongHistogram _histogram = new(60_000_000, 2);
    private readonly LongHistogram _finer = new(60_000_000, 3);
    private readonly SlottedLatencyWindow _slow = new(50_000, 100_000);
    private readonly FastWindow _fast = new(80_000, 100_000);
    private readonly LatencyGuardrail _guardrail = Guardrail();
    private readonly LatencyGuardrail _warned = Guardrail();
    private readonly long[] _slower = Samples.Latencies(0.9);
    private long _now = Samples.Start;
    private long _warnedNow = Samples.Start;
    private long _windowNow = Samples.Start;
    private long _breaches;

    /// <summary>Measures.</summary>
    public IEnumerable<BenchmarkRow> Run(Effort effort)
    {
        const string hdr = "HdrHistogram RecordValue, 2 digits";
        yield return Contest.Run("latency record + exact trip check", Judge, hdr, Record, effort, 2);
        yield return Contest.Run(
            "latency record + exact trip check", Judge, "HdrHistogram RecordValue, 3 digits", RecordFiner, effort,
            null);
        yield return Contest.Run(
            "latency record + exact trip check",
            Judge,
            "HdrHistogram RecordValue and GetValueAtPercentile(99)",
            RecordAndAsk,
            effort,
            null);
        yield return Contest.Run("the same while it is in Warning", JudgeWarned, hdr, Record, effort, null);
        yield return Contest.Run("the same, both windows and the P99 rule only", Windows, hdr, Record, effort, null);
        yield return Contest.Bytes("latency record + exact trip check, allocated", Judge, 1 << 20);
    }

    private static LatencyGuardrail Guardrail() => new(LatencyPolicy.For(new LatencyOptions(), "market-data"));

    private void Record(int count)
    {
        for (int i = 0; i < count; i++) _histogram.RecordValue(_values[i & Mask]);
    }

    private void RecordFiner(int count)
    {
        for (int i = 0; i < count; i++) _finer.RecordValue(_values[i & Mask]);
    }

    private void RecordAndAsk(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _histogram.RecordValue(_values[i & Mask]);
            if (_histogram.GetValueAtPercentile(99) >= 100_000) _breaches++;
        }
    }

    private void Judge(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _now = unchecked(_now + Gap);
            _guardrail.Record(_now, _values[i & Mask], clockSuspect: false);
            if (_guardrail.Level == Detection.Level.Breach) _breaches++;
        }
    }

    private void JudgeWarned(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _warnedNow = unchecked(_warnedNow + Gap);
            _warned.Record(_warnedNow, _slower[i & Mask], clockSuspect: false);
            if (_warned.Level == Detection.Level.Breach) _breaches++;
        }
    }

    private void Windows(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _windowNow = unchecked(_windowNow + Gap);
            _slow.RollTo(_windowNow);
            _fast.RollTo(_windowNow);
            _slow.Add(_values[i & Mask]);
            _fast.Add(_values[i & Mask]);
            bool trips = P99Rule.Reaches(_slow.Count, _slow.AtOrAboveLimit)
                || P99Rule.Reaches(_fast.Count, _fast.AtOrAboveLimit);
            if (trips) _breaches++;
        }
    }
}
