namespace Guardian.Detection.Drift;

/// <summary>Watches whether a feature still looks like its reference.</summary>
/// <remarks>
/// The reference is frozen: uploaded, or learned from the first values; the window begins after it, so that the two
/// never overlap. Every so many values the PSI of the full window is judged against the largest of the bare limit, the
/// noise line and the block line. ADWIN and Page-Hinkley warn earlier and never trip. NaN and infinities are counted
/// apart and reach no sum. Codes: <c>drift.learning</c>, <c>drift.filling</c>, <c>drift.psi</c>, <c>drift.scarce</c>,
/// <c>drift.nan</c>, <c>drift.nonfinite</c>, <c>drift.adwin</c>, <c>drift.page-hinkley</c>. Not thread-safe.
/// </remarks>
public sealed partial class DriftGuardrail : IGuardrail
{
    private readonly DriftPolicy _policy;
    private readonly EarlyWarnings? _early;

    // Learning: the finite values so far. Null once the reference is frozen.
    private double[]? _learned;
    private int _learnedCount;
    private long _learningNonFinite;

    // Judging: null while learning.
    private FrozenReference? _reference;
    private BinWindow? _window;
    private double _chiSquare;
    private int _untilTick;
    private DriftJudgement _judged;
    private long _judgedCount;
    private bool _breached;
    private int _below;
    private BreachHold _hold;
    private long _since;

    /// <summary>Initializes a guardrail that learns its reference, or judges against a given one.</summary>
    /// <param name="feature">Name of the feature.</param>
    /// <param name="policy">Limits and sizes.</param>
    /// <param name="reference">A frozen reference, or null to learn one from the first values.</param>
    public DriftGuardrail(string feature, DriftPolicy policy, FrozenReference? reference = null)
    {
        Subject = feature;
        _policy = policy;
        _early = policy.EarlyWarnings ? new EarlyWarnings(policy) : null;
        if (reference is null) _learned = new double[policy.Reference];
        else Judge(reference);
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Drift;

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public GuardrailMode Mode => _policy.Mode;

    /// <inheritdoc/>
    public bool FedByOrders => false;

    /// <inheritdoc/>
    public Level Level { get; private set; }

    /// <inheritdoc/>
    public bool Confirmed => _breached && _hold.Confirmed;

    /// <inheritdoc/>
    public long NextDeadline =>
        _breached ? _hold.Deadline(_policy.ConfirmEvaluations, _policy.ConfirmFor) : long.MaxValue;

    /// <summary>Gets the frozen reference, or null while it is still learned.</summary>
    public FrozenReference? Reference => _reference;

    /// <summary>Gets how many NaN and infinite values were ever recorded.</summary>
    public long NonFiniteTotal { get; private set; }

    /// <summary>Gets how often ADWIN found a change.</summary>
    public long AdwinDetections => _early?.AdwinDetections ?? 0;

    /// <summary>Gets how often Page-Hinkley found a change.</summary>
    public long PageHinkleyDetections => _early?.PageHinkleyDetections ?? 0;

    /// <summary>Gets the counts by bin of the window now; empty while the reference is learned.</summary>
    public ReadOnlySpan<long> WindowCounts => _window is null ? [] : _window.Counts;

    /// <summary>Takes a value of the feature. Any number is taken; allocates nothing but at the freezing.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="value">The value; NaN and infinities are counted apart.</param>
    public void Record(long now, double value)
    {
        if (_policy.Mode == GuardrailMode.Off) return;
        Advance(now);
        if (!double.IsFinite(value)) NonFiniteTotal++;
        if (_reference is null || _window is null) Learn(value);
        else Watch(now, value, _reference, _window);
        SetLevel(now);
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        if (_breached) _hold.Advance(now, _policy.ConfirmEvaluations, _policy.ConfirmFor);
    }

    /// <summary>Does nothing: drift clears by its own data, not by the end of an episode.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    public void StartAnew(long now)
    {
    }

    /// <summary>Replaces the reference, when a person says so. An open breach ends: the old one judged it.</summary>
    /// <remarks>
    /// The level is <see cref="Level.Unknown"/> until a window that begins now is full. An open episode stays with the
    /// breaker, which then no longer counts this feature as breached.
    /// </remarks>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="values">The new reference in order of arrival, or null to learn anew from the next values.</param>
    /// <exception cref="ArgumentException">The values can't be a reference; nothing was changed.</exception>
    public void Rebaseline(long now, double[]? values)
    {
        if (values is not null && FrozenReference.Refusal(Subject, values, _policy.Bins) is { } refusal)
            throw new ArgumentException(refusal, nameof(values));
        FrozenReference? reference =
            values is null ? null : FrozenReference.Freeze(values, _policy.Bins, _policy.Window);
        Forget();
        if (reference is null) _learned = new double[_policy.Reference];
        else Judge(reference);
        SetLevel(now);
    }

    /// <summary>Computes the PSI of the window as it is now, judged or not; NaN with nothing to compare.</summary>
    public double MeasureNow() => _reference is null || _window is null
        ? double.NaN
        : PopulationStabilityIndex.Compute(_reference.Counts, _window.Counts);

    private void Learn(double value)
    {
        if (_learned is null) throw new InvalidOperationException("Invariant: neither learning nor judging.");
        if (!double.IsFinite(value))
        {
            _learningNonFinite++;
            return;
        }

        _learned[_learnedCount++] = value;
        if (_learnedCount == _learned.Length)
            Judge(FrozenReference.Freeze(_learned, _policy.Bins, _policy.Window));
    }

    private void Watch(long now, double value, FrozenReference reference, BinWindow window)
    {
        bool finite = double.IsFinite(value);
        window.Add(finite ? reference.IndexOf(value) : -1);
        if (finite && reference.HasScale) _early?.Observe(value, reference);
        if (--_untilTick > 0) return;
        _untilTick = _policy.Step;
        _early?.Tick();
        if (window.IsFull) Evaluate(now, reference, window);
    }

    private void Evaluate(long now, FrozenReference reference, BinWindow window)
    {
        double psi = PopulationStabilityIndex.Compute(reference.Counts, window.Counts);
        _judged = DriftJudgement.Judge(
            psi, reference.Count, window.Finite, _chiSquare, reference.BlockLine, _policy);
        _judgedCount = window.Finite;
        if (_judged.Level == Level.Breach)
        {
            _breached = true;
            _below = 0;
            _hold.Over(now, _policy.ConfirmEvaluations, _policy.ConfirmFor);
            return;
        }

        if (!_breached) return;
        _hold.Under();

        // Too little data clears nothing: only evaluations that could have seen a breach count.
        bool below = _judged.Level != Level.Unknown && psi < _policy.ClearRatio * _judged.Limit;
        _below = below ? _below + 1 : 0;
        if (_below < _policy.ClearEvaluations) return;
        (_breached, _below) = (false, 0);
        _hold.Clear();
    }

    private void Judge(FrozenReference reference)
    {
        Forget();
        _reference = reference;
        _window = new BinWindow(_policy.Window, reference.BinCount);
        _chiSquare = ChiSquare.Quantile(_policy.Significance, reference.BinCount - 1);
        int rest = _policy.Window % _policy.Step;
        _untilTick = rest == 0 ? _policy.Step : rest;
    }

    private void Forget()
    {
        (_learned, _learnedCount, _learningNonFinite) = (null, 0, 0);
        (_reference, _window, _chiSquare, _untilTick) = (null, null, 0, 0);
        (_judged, _judgedCount, _breached, _below) = (default, 0, false, 0);
        _hold.Clear();
        _early?.Reset();
    }

    private void SetLevel(long now)
    {
        Level level = Explain().Level;
        if (level == Level) return;
        Level = level;
        _since = now;
    }
}
