using System.Runtime.InteropServices;

namespace Guardian.Detection.Drift;

/// <content>What the guardrail says, and why.</content>
public sealed partial class DriftGuardrail
{
    private const string Psi = "psi";
    private const string Ratio = "ratio";

    /// <inheritdoc/>
    public Reading Read()
    {
        Finding finding = Explain();
        return new Reading(
            Kind,
            Subject,
            Level,
            finding.Value,
            finding.Limit,
            finding.Unit,
            finding.Count,
            _since,
            Confirmed,
            finding.Code,
            _judgedCount > 0 ? _judged.NoiseLine : double.NaN,
            Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None);
    }

    private Finding Explain()
    {
        if (_reference is null || _window is null) return ExplainLearning();
        if (!_window.IsFull) return ExplainFilling(_window);
        if (_breached)
        {
            string code = double.IsNaN(_judged.Psi) ? "drift.nan" : "drift.psi";
            return new Finding(Level.Breach, code, _judged.Psi, _judged.Limit, Psi, _judgedCount);
        }

        if (_judged.Level == Level.Warning)
            return new Finding(Level.Warning, "drift.psi", _judged.Psi, _policy.Warning, Psi, _judgedCount);
        return ExplainNonFinite(_window) ?? ExplainEarly() ?? new Finding(
            _judged.Level,
            _judged.Level == Level.Unknown ? "drift.scarce" : "drift.psi",
            _judged.Psi,
            _judged.Limit,
            Psi,
            _judgedCount);
    }

    private Finding ExplainLearning()
    {
        long seen = _learnedCount + _learningNonFinite;
        double share = seen == 0 ? 0 : (double)_learningNonFinite / seen;
        return seen >= _policy.Window && share > _policy.NonFiniteShare
            ? new Finding(Level.Warning, "drift.nonfinite", share, _policy.NonFiniteShare, Ratio, seen)
            : new Finding(Level.Unknown, "drift.learning", _learnedCount, _policy.Reference, "count", seen);
    }

    private Finding ExplainFilling(BinWindow window) =>
        ExplainEarly()
        ?? new Finding(Level.Unknown, "drift.filling", window.Length, _policy.Window, "count", window.Length);

    private Finding? ExplainNonFinite(BinWindow window)
    {
        double share = (double)window.NonFinite / window.Length;
        return share > _policy.NonFiniteShare
            ? new Finding(Level.Warning, "drift.nonfinite", share, _policy.NonFiniteShare, Ratio, window.Length)
            : null;
    }

    private Finding? ExplainEarly()
    {
        if (_early is null || !(_early.Adwin || _early.PageHinkley)) return null;
        double value = _judgedCount > 0 ? _judged.Psi : double.NaN;
        string code = _early.Adwin ? "drift.adwin" : "drift.page-hinkley";
        return new Finding(Level.Warning, code, value, double.NaN, Psi, _judgedCount);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Finding(
        Level Level, string Code, double Value, double Limit, string Unit, long Count);
}
