namespace Guardian.Detection.Latency;

/// <content>The level machine: every change of level is in <see cref="Judge"/>, every deadline beside it.</content>
public sealed partial class LatencyGuardrail
{
    private void Judge(bool counts)
    {
        if (Mode == GuardrailMode.Off)
        {
            Enter(Level.Unknown, Rule.None);
            Refresh();
            return;
        }

        bool fast = IsBurst();
        bool slow = WindowCount >= _policy.MinimumForBreach && P99Rule.Reaches(WindowCount, WindowBreaches);
        if (_level != Level.Breach)
        {
            if (fast || slow) EnterBreach(fast);
            else Rest();
        }
        else if (!_confirmed)
        {
            Hold(fast, slow, counts);
        }

        if (_confirmed && _rare is null) WatchQuiet();
        Refresh();
    }

    private void EnterBreach(bool fast)
    {
        Enter(Level.Breach, fast ? Rule.Fast : Rule.Slow);
        _evaluations = 1;
        if (fast) ConfirmByBurst();
        else ConfirmIfHeld();
    }

    private void Hold(bool fast, bool slow, bool counts)
    {
        if (fast)
        {
            _rule = Rule.Fast;
            ConfirmByBurst();
        }
        else if (!slow)
        {
            Rest();
        }
        else
        {
            if (counts && _evaluations < _policy.ConfirmEvaluations) _evaluations++;
            ConfirmIfHeld();
        }
    }

    private void ConfirmByBurst()
    {
        _confirmed = true;
        (_burstCount, _burstBreaches) = (_fast.Count, _fast.AtOrAboveLimit);
    }

    private void ConfirmIfHeld() =>
        _confirmed = _evaluations >= _policy.ConfirmEvaluations && _now >= SlotTime.Add(_since, _policy.ConfirmFor);

    // Without any sample left there is nothing to judge: Unknown, so that a stage that fell silent blocks nobody for
    // ever.
    private void WatchQuiet()
    {
        if (_slow!.Count == 0 && _fast.Count == 0)
        {
            Rest();
            return;
        }

        bool quiet = _fast.Count > 0 && !P99Rule.Reaches(_fast.Count, _fast.AtOrAboveClear);
        if (!quiet)
        {
            _quietSince = Never;
            return;
        }

        if (_quietSince == Never) _quietSince = _now;
        if (_now < SlotTime.Add(_quietSince, _policy.ClearFor)) return;
        _slow.Clear();
        Rest();
    }

    // The level outside of a breach.
    private void Rest()
    {
        bool high = P99Rule.Reaches(WindowCount, WindowWarnings);
        if (high && WindowCount >= _policy.MinimumForWarning) Enter(Level.Warning, Rule.Slow);
        else if (_fast.AtOrAboveLimit > _policy.WarningSpikes) Enter(Level.Warning, Rule.Spikes);
        else if (high || WindowCount < _policy.HealthyMinimum) Enter(Level.Unknown, Rule.None);
        else Enter(Level.Healthy, Rule.None);
    }

    private void Enter(Level level, Rule rule)
    {
        if (level != _level) _since = _now;
        _level = level;
        _rule = rule;
        _confirmed = false;
        _evaluations = 0;
        _quietSince = Never;
        (_burstCount, _burstBreaches) = (0, 0);
    }

    private bool IsBurst() =>
        _fast.AtOrAboveLimit > 0
        && _fast.Count >= _policy.FastMinimum
        && P99Rule.Reaches(_fast.Count, _fast.AtOrAboveLimit)
        && _fast.AtOrAboveLimit >= _policy.Significance.SmallestCount(_fast.Count);

    private long NextBoundary()
    {
        if (_fast.Count > 0) return Math.Min(_secondEnd, NextExpiry());
        return _slow is { Count: > 0 } ? _slotEnd : NextExpiry();
    }

    private long NextExpiry() => _rare?.NextExpiry ?? Never;

    private long NextConfirmation() =>
        _level == Level.Breach && !_confirmed && _evaluations >= _policy.ConfirmEvaluations
            ? SlotTime.Add(_since, _policy.ConfirmFor)
            : Never;

    private long NextClear() => _quietSince == Never ? Never : SlotTime.Add(_quietSince, _policy.ClearFor);

    private void Start(long now)
    {
        _started = true;
        _fast.StartAt(now);
        _slow?.StartAt(now);
        SetTime(now);
    }

    private void Roll(long now)
    {
        _fast.RollTo(now);
        _slow?.RollTo(now);
        _rare?.Expire(now);
        SetTime(now);
    }

    private void SetTime(long now)
    {
        _now = now;
        _secondEnd = SlotTime.EndOf(now, FastWindow.SlotLength);
        _slotEnd = SlotTime.EndOf(now, SlottedLatencyWindow.SlotLength);
    }

    private void Refresh()
    {
        _wake = Math.Min(_secondEnd, NextDeadline);
        bool steady = _level == Level.Healthy
            && _slow is not null
            && WindowCount >= Math.Max(_policy.MinimumForBreach, _policy.MinimumForWarning)
            && _fast.Count >= _policy.FastMinimum
            && Math.Max(WindowCount, _fast.Count) < SlottedLatencyWindow.MaximumCount / 2;
        _small = steady ? _quietBelow : 0;
    }
}
