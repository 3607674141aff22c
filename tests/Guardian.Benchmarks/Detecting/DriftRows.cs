using Guardian.Benchmarks.Measuring;
using Guardian.Detection.Drift;

namespace Guardian.Benchmarks.Detecting;

/// <summary>PSI kept up to date against PSI computed anew.</summary>
internal sealed class DriftRows
{
    private const int Mask = Samples.Count - 1;
    private const int Step = 50;
    private readonly double[] _values = Samples.Features();
    private readonly DriftPolicy _plain = DriftPolicy.From(new DriftOptions { EarlyWarnings = false });
    private readonly FrozenReference _reference;
    private readonly DriftGuardrail _guardrail;
    private readonly DriftGuardrail _warning;
    private readonly double[] _window;
    private readonly long[] _counts;
    private long _now = Samples.Start;
    private double _sum;

    /// <summary>Initializes guardrails that judge.</summary>
    public DriftRows()
    {
        _reference = FrozenReference.Freeze(_values.AsSpan(0, 1_000), _plain.Bins, _plain.Window);
        _guardrail = new DriftGuardrail("plain", _plain, _reference);
        _warning = new DriftGuardrail("warning", DriftPolicy.Default, _reference);
        _window = _values[1_000..(1_000 + _plain.Window)];
        _counts = new long[_reference.BinCount];
    }

    /// <summary>Measures.</summary>
    public IEnumerable<BenchmarkRow> Run(Effort effort)
    {
        const string name = "PSI update + evaluation every 50 values";
        yield return Contest.Run(name, Update, "PSI of the window recomputed at each value", Recompute, effort, 20);
        yield return Contest.Run(
            name, Update, "PSI of the window recomputed every 50 values, bins kept", RecomputeRarely, effort, null);
        yield return Contest.Run(
            "the same with ADWIN and Page-Hinkley (default)",
            UpdateWithWarnings,
            "PSI of the window recomputed at each value",
            Recompute,
            effort,
            null);
        yield return Contest.Bytes("PSI update + evaluation, allocated", UpdateWithWarnings, 1 << 18);
    }

    private void Update(int count)
    {
        for (int i = 0; i < count; i++) _guardrail.Record(++_now, _values[i & Mask]);
    }

    private void UpdateWithWarnings(int count)
    {
        for (int i = 0; i < count; i++) _warning.Record(++_now, _values[i & Mask]);
    }

    private void Recompute(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _window[i % _window.Length] = _values[i & Mask];
            _sum += Psi();
        }
    }

    private void RecomputeRarely(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _window[i % _window.Length] = _values[i & Mask];
            if (i % Step == 0) _sum += Psi();
        }
    }

    private double Psi()
    {
        Array.Clear(_counts);
        foreach (double value in _window) _counts[_reference.IndexOf(value)]++;
        return PopulationStabilityIndex.Compute(_reference.Counts, _counts);
    }
}
