using System.Runtime.CompilerServices;

namespace Guardian.Detection.Latency;

/// <summary>Judges the latency of one stage: a significant burst at once, a slow P99 once it has held.</summary>
/// <remarks>
/// <para>
/// Rules, strictest first. Breach <c>latency.fast</c>: the fast window's samples at or above the limit are significant.
/// Breach <c>latency.slow</c> or <c>latency.count</c>: the slow or count window's P99 is at or above the limit; it is
/// confirmed after some evaluations and some time, and until then ends by itself. An evaluation is an observation, a
/// slot's end while a window has data, or a sample that leaves a count window by age.
/// </para>
/// <para>
/// A confirmed breach of a time window is left when the fast window's P99 has stayed below its line, with data, for a
/// while, counted from the confirmation at the earliest; the slow window then starts anew, so the level is
/// <see cref="Level.Unknown"/> until there are samples again. One of a count window is left by <see cref="StartAnew"/>
/// only. Silence never ends a breach.
/// </para>
/// <para>
/// Too few samples are <see cref="Level.Unknown"/>, and so are samples whose P99 would be a warning but are too few for
/// one. A session's time that seems to run backwards is read as standing still. Not thread-safe.
/// </para>
/// </remarks>
public sealed partial class LatencyGuardrail : IGuardrail
{
    private const long Second = 1_000_000_000;
    private const long Never = long.MaxValue;
    private const int MostUncounted = 128;
    private readonly LatencyPolicy _policy;
    private readonly long _quietBelow;
    private CountWindow? _rare;
    private SlottedLatencyWindow? _slow;
    private FastWindow _fast;
    private long _now = long.MinValue;
    private Level _level;
    private Rule _rule;
    private bool _confirmed;
    private long _burstCount;
    private long _burstBreaches;
    private long _since;
    private int _evaluations;
    private long _quietSince = Never;
    private long _suspectAt = long.MinValue;
    private bool _started;

    // Derived from the above: the ends of the running slots, when something may change next, and below which value a
    // sample changes nothing but counts until then (0: there is none).
    private long _secondEnd;
    private long _slotEnd;
    private long _wake = long.MinValue;
    private long _small;

    // Samples that change nothing but counts, not counted yet: many at once cost a third of one by one.
    private readonly int[] _uncounted = new int[MostUncounted];
    private int _uncountedLength;

    /// <summary>Initializes a guardrail without data.</summary>
    /// <param name="policy">How the stage is judged.</param>
    public LatencyGuardrail(LatencyPolicy policy)
    {
        _policy = policy;
        _quietBelow = Math.Min(policy.WarningLimit, Math.Min(policy.ClearBelow, policy.Limit));
        _quietBelow = Math.Min(_quietBelow, LogLinearBuckets.LargestExact);
        _fast = new FastWindow(policy.ClearBelow, policy.Limit);
        if (policy.UsesCountWindow) _rare = NewCountWindow();
        else _slow = new SlottedLatencyWindow(policy.WarningLimit, policy.Limit);
    }

    private enum Rule : byte
    {
        None,
        Slow,
        Fast,
        Spikes,
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Latency;

    /// <inheritdoc/>
    public string Subject => _policy.Stage;

    /// <inheritdoc/>
    public GuardrailMode Mode => _policy.Mode;

    /// <inheritdoc/>
    public bool FedByOrders => _policy.FedByOrders;

    /// <inheritdoc/>
    public Level Level => _level;

    /// <inheritdoc/>
    public bool Confirmed => _confirmed;

    /// <inheritdoc/>
    public long NextDeadline => Math.Min(NextBoundary(), Math.Min(NextConfirmation(), NextClear()));

    private long WindowCount => _slow?.Count ?? _rare!.Count;

    private long WindowWarnings => _slow?.AtOrAboveWarning ?? _rare!.AtOrAboveWarning;

    private long WindowBreaches => _slow?.AtOrAboveLimit ?? _rare!.AtOrAboveLimit;

    /// <summary>
    /// Adds a sample and judges it at its own time; the same as <see cref="Advance"/> and then the sample.
    /// </summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="valueMicroseconds">The latency in microseconds, ≥ 0.</param>
    /// <param name="clockSuspect">True where the value was corrected for a clock that is off.</param>
    /// <returns>False when it was not recorded: negative, or 2,147,483,647 samples are in a window already.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Record(long now, long valueMicroseconds, bool clockSuspect)
    {
        int[] uncounted = _uncounted;
        int length = _uncountedLength;
        bool small = now < _wake && valueMicroseconds >= 0 && valueMicroseconds < _small && !clockSuspect;
        if (!small || (uint)length >= (uint)uncounted.Length) return RecordFully(now, valueMicroseconds, clockSuspect);
        unchecked
        {
            uncounted[length] = (int)valueMicroseconds;
            _uncountedLength = length + 1;
        }

        if (now > _now) _now = now;
        return true;
    }

    private bool RecordFully(long now, long valueMicroseconds, bool clockSuspect)
    {
        Count();
        if (now >= _wake) Advance(now);
        else if (now > _now) _now = now;
        if (valueMicroseconds < 0 || _fast.Count >= SlottedLatencyWindow.MaximumCount) return false;
        if (_slow is not null)
        {
            if (!_slow.Add(valueMicroseconds)) return false;
        }
        else
        {
            _rare!.Add(_now, valueMicroseconds);
        }

        _fast.Add(valueMicroseconds);
        if (clockSuspect) _suspectAt = _now;
        if (valueMicroseconds >= _small) Judge(counts: true);
        return true;
    }

    private void Count()
    {
        int length = _uncountedLength;
        if (length == 0) return;
        _uncountedLength = 0;
        _slow!.AddSmall(_uncounted.AsSpan(0, length));
        _fast.AddSmall(length);
        if (Math.Max(_slow.Count, _fast.Count) >= SlottedLatencyWindow.MaximumCount / 2) _small = 0;
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        Count();
        if (!_started) Start(now);
        while (NextDeadline is long due && due <= now && due != Never)
        {
            bool counts = due == NextBoundary() && due % Second == 0;
            Roll(Math.Max(due, _now));
            Judge(counts);
        }

        if (now > _now) Roll(now);
        Refresh();
    }

    /// <summary>
    /// Forgets every sample and the level, once the breaker has closed an episode and probes judge anew.
    /// </summary>
    /// <remarks>
    /// Only where waiting cannot clear: count windows and stages fed by orders. Elsewhere it is an
    /// <see cref="Advance"/>: the feed's own samples must show that it is over.
    /// </remarks>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    public void StartAnew(long now)
    {
        Advance(now);
        if (_rare is null && !FedByOrders) return;
        _slow?.Clear();
        _rare?.Clear();
        _fast.Clear();
        _suspectAt = long.MinValue;
        Enter(Level.Unknown, Rule.None);
        Refresh();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The value is the P99 of the slow or count window (from the slow one a bucket's upper edge); NaN when the window
    /// is
    /// empty. A breach by the fast rule, which knows counts only, gives the samples at or above the limit when it
    /// judged
    /// and the smallest number that would have been significant, in unit <c>count</c>. A warning by spikes alone gives
    /// their number and the largest number that is none, in the same unit.
    /// </remarks>
    public Reading Read()
    {
        Count();
        bool burst = _level == Level.Breach && _rule == Rule.Fast && _burstCount > 0;
        if (burst) return ReadBurst();
        bool spikes = _level == Level.Warning && _rule == Rule.Spikes;
        bool warns = _level == Level.Warning && !spikes;
        long? p99 = _slow is null ? _rare!.Percentile(990) : _slow.Percentile(990);
        double value = p99 is long known ? LatencyPercentiles.ToMilliseconds(known) : double.NaN;
        double limit = LatencyPercentiles.ToMilliseconds(warns ? _policy.WarningLimit : _policy.Limit);
        return new Reading(
            Kind,
            Subject,
            _level,
            spikes ? _fast.AtOrAboveLimit : value,
            spikes ? _policy.WarningSpikes : limit,
            spikes ? "count" : "ms",
            spikes ? _fast.Count : WindowCount,
            _since,
            _confirmed,
            Code(),
            double.NaN,
            (IsSuspect() ? ReadingFlags.ClockSuspect : ReadingFlags.None)
                | (Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None));
    }

    private Reading ReadBurst() => new(
        Kind, Subject, _level, _burstBreaches, _policy.Significance.SmallestCount(_burstCount), "count", _burstCount,
        _since, _confirmed, Code(), double.NaN,
        (IsSuspect() ? ReadingFlags.ClockSuspect : ReadingFlags.None)
            | (Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None));

    /// <summary>Gets the percentiles of the slow or count window; may cost a scan.</summary>
    public LatencyPercentiles Percentiles() =>
        _slow is null ? _rare!.Percentiles() : Window().Percentiles();

    /// <summary>Copies the slow or count window into a histogram that can be merged.</summary>
    public LatencyHistogram Window()
    {
        var histogram = new LatencyHistogram(_policy.WarningLimit, _policy.Limit);
        AddTo(histogram);
        return histogram;
    }

    /// <summary>Adds the slow or count window to a histogram.</summary>
    /// <param name="histogram">What it is added to.</param>
    public void AddTo(LatencyHistogram histogram)
    {
        Count();
        _slow?.AddTo(histogram);
        _rare?.AddTo(histogram);
    }

    private CountWindow NewCountWindow() =>
        new(_policy.CountWindow, _policy.CountMaximumAge, _policy.WarningLimit, _policy.Limit);

    private string Code() => (_level, _rule) switch
    {
        (Level.Breach, Rule.Fast) => "latency.fast",
        (Level.Breach, _) => _rare is null ? "latency.slow" : "latency.count",
        (Level.Warning, Rule.Spikes) => "latency.spikes",
        (Level.Warning, _) => "latency.warning",
        (Level.Healthy, _) => "latency.healthy",
        _ => "latency.unknown",
    };

    private bool IsSuspect()
    {
        if (_suspectAt == long.MinValue || WindowCount == 0) return false;
        return _slow is null ? _suspectAt >= _rare!.Oldest : _slow.Covers(_suspectAt);
    }
}
