using Guardian.Detection.Drift;
using Guardian.Detection.Encoding;
using Guardian.Detection.Events;

namespace Guardian.Detection.Errors;

/// <summary>Watches how many orders end in an error or a time-out.</summary>
/// <remarks>
/// Two rules: the ratio over a window of one-second slots, which must hold before it is confirmed, and failures in a
/// row, which are a confirmed breach at once. A rejection is an answer: it counts as an outcome, not as a failure, and
/// ends a row. Judged at each outcome and at slot boundaries. The level follows the window: when the last outcome has
/// left it, the level is <see cref="Level.Unknown"/>, since a halted symbol sends no orders that could clear it; the
/// breaker's probes judge then. A row outlives the window (<see cref="ErrorPolicy.RowMemory"/>), so that one more
/// failure after a silence is a breach again. Codes: <c>errors.ratio</c>, <c>errors.row</c>, <c>errors.scarce</c>.
/// Not thread-safe.
/// </remarks>
public sealed class ErrorGuardrail : IGuardrail
{
    private readonly ErrorPolicy _policy;
    private readonly long[] _outcomes;
    private readonly long[] _failures;

    // Slots of the seconds in (_head − window, _head]; valid while _total > 0.
    private long _head;
    private long _oldest;
    private long _total;
    private long _failed;
    private int _row;
    private long _rowAt;
    private BreachHold _hold;
    private long _since;

    /// <summary>Initializes a guardrail without data.</summary>
    /// <param name="subject">What the outcomes are of, such as <c>orders</c>.</param>
    /// <param name="policy">Limits and sizes.</param>
    public ErrorGuardrail(string subject, ErrorPolicy policy)
    {
        Subject = subject;
        _policy = policy;
        _outcomes = new long[policy.WindowSeconds];
        _failures = new long[policy.WindowSeconds];
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Errors;

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public GuardrailMode Mode => _policy.Mode;

    /// <inheritdoc/>
    public bool FedByOrders => true;

    /// <inheritdoc/>
    public Level Level { get; private set; }

    /// <inheritdoc/>
    public bool Confirmed => InRow || (Level == Level.Breach && _hold.Confirmed);

    /// <inheritdoc/>
    public long NextDeadline => Math.Min(
        NextBoundary, _hold.Deadline(_policy.ConfirmEvaluations, _policy.ConfirmFor));

    /// <summary>Gets whether enough failures came in a row and the last of them is still in the window.</summary>
    private bool InRow => _row >= _policy.InRow && _total > 0;

    // Not a number where there is no outcome.
    private double Ratio => (double)_failed / _total;

    /// <summary>The slot boundary at which something may change: one expires, or a breach waits.</summary>
    private long NextBoundary
    {
        get
        {
            if (_total == 0) return long.MaxValue;
            bool waits = Judge() == Level.Breach && !_hold.Confirmed;
            return SessionTime.StartOf(waits ? _head + 1 : _oldest + _policy.WindowSeconds);
        }
    }

    /// <summary>Takes the end of an order; an outcome of an unknown kind is a failure. Allocates nothing.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <param name="outcome">How it ended.</param>
    public void Record(long now, OutcomeKind outcome)
    {
        if (_policy.Mode == GuardrailMode.Off) return;
        Advance(now);
        bool failure = outcome is not (OutcomeKind.Ok or OutcomeKind.Rejected);
        long second = SessionTime.SecondOf(now);
        if (_total == 0) (_head, _oldest) = (second, second);
        else if (second > _head) _head = second;
        int slot = Slot(_head);
        _outcomes[slot]++;
        _total++;
        if (failure)
        {
            _failures[slot]++;
            _failed++;
            if (_row > 0 && now > SessionTime.Add(_rowAt, _policy.RowMemory)) _row = 0;
            if (_row < _policy.InRow) _row++;
            _rowAt = now;
        }
        else
        {
            (_row, _rowAt) = (0, 0);
        }

        Evaluate(now);
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        for (long due = NextDeadline; due <= now && due != long.MaxValue; due = NextDeadline)
        {
            if (due < NextBoundary)
            {
                _hold.Advance(due, _policy.ConfirmEvaluations, _policy.ConfirmFor);
                continue;
            }

            _head = SessionTime.SecondOf(due);
            Expire();
            Evaluate(due);
        }
    }

    /// <summary>Forgets the window and the row: what is over is not held against it again.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    public void StartAnew(long now)
    {
        Advance(now);
        Clear();
        SetLevel(now, Level.Unknown);
    }

    /// <inheritdoc/>
    public Reading Read()
    {
        bool scarce = _total < _policy.MinOutcomes;
        double limit = Level == Level.Warning ? _policy.Warning : _policy.Breach;
        return new Reading(
            Kind,
            Subject,
            Level,
            InRow ? _row : Ratio,
            InRow ? _policy.InRow : limit,
            InRow ? "count" : "ratio",
            _total,
            _since,
            Confirmed,
            InRow ? "errors.row" : scarce ? "errors.scarce" : "errors.ratio",
            double.NaN,
            Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None);
    }

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        writer.WriteByte((byte)Level);
        writer.WriteSigned(_since);
        writer.WriteUnsigned((ulong)_row);
        if (_row > 0) writer.WriteSigned(_rowAt);
        writer.WriteUnsigned((ulong)_total);
        if (_total == 0) return;
        writer.WriteSigned(_head);
        writer.WriteUnsigned((ulong)(_head - _oldest));
        for (long second = _oldest; second <= _head; second++)
        {
            writer.WriteUnsigned((ulong)_outcomes[Slot(second)]);
            if (_outcomes[Slot(second)] > 0) writer.WriteUnsigned((ulong)_failures[Slot(second)]);
        }

        _hold.Write(writer);
    }

    /// <inheritdoc/>
    /// <remarks>After an exception the guardrail is as if new.</remarks>
    public void ReadState(ref StateReader reader)
    {
        bool complete = false;
        try
        {
            Clear();
            byte level = reader.ReadByte();
            if (level > (byte)Level.Breach) throw new StateFormatException($"Condition failed: {level} is no level.");
            Level = (Level)level;
            _since = reader.ReadSigned();
            _row = reader.ReadCount(_policy.InRow);
            if (_row > 0) _rowAt = reader.ReadSigned();
            ReadWindow(ref reader, reader.ReadCount(int.MaxValue));
            complete = true;
        }
        finally
        {
            if (!complete)
            {
                Clear();
                (Level, _since) = (Level.Unknown, 0);
            }
        }
    }

    private void ReadWindow(ref StateReader reader, int total)
    {
        if (total == 0) return;
        _head = reader.ReadSigned();
        int span = reader.ReadCount(_policy.WindowSeconds - 1);
        if (_head < SessionTime.SecondOf(long.MinValue) + span || _head > SessionTime.SecondOf(long.MaxValue))
            throw new StateFormatException($"Condition failed: second {_head} is outside of session time.");
        _oldest = _head - span;
        for (long second = _oldest; second <= _head; second++)
        {
            int outcomes = reader.ReadCount(total);
            int failures = outcomes > 0 ? reader.ReadCount(outcomes) : 0;
            _outcomes[Slot(second)] = outcomes;
            _failures[Slot(second)] = failures;
            _total += outcomes;
            _failed += failures;
        }

        if (_total != total || _outcomes[Slot(_oldest)] == 0)
            throw new StateFormatException($"Condition failed: {_total} outcomes in the slots but {total} in all.");
        _hold = BreachHold.Read(ref reader);
    }

    private Level Judge()
    {
        if (_total < _policy.MinOutcomes) return Level.Unknown;
        double ratio = Ratio;
        if (ratio >= _policy.Breach) return Level.Breach;
        return ratio >= _policy.Warning ? Level.Warning : Level.Healthy;
    }

    private void Evaluate(long now)
    {
        Level level = Judge();
        if (level == Level.Breach) _hold.Over(now, _policy.ConfirmEvaluations, _policy.ConfirmFor);
        else _hold.Clear();
        SetLevel(now, InRow ? Level.Breach : level);
    }

    /// <summary>Drops the slots that have left the window.</summary>
    private void Expire()
    {
        while (_total > 0 && (_outcomes[Slot(_oldest)] == 0 || _oldest <= _head - _policy.WindowSeconds))
        {
            int slot = Slot(_oldest);
            _total -= _outcomes[slot];
            _failed -= _failures[slot];
            (_outcomes[slot], _failures[slot]) = (0, 0);
            _oldest++;
        }
    }

    private int Slot(long second)
    {
        long rest = second % _policy.WindowSeconds;
        return (int)(rest < 0 ? rest + _policy.WindowSeconds : rest);
    }

    private void SetLevel(long now, Level level)
    {
        if (level == Level) return;
        Level = level;
        _since = now;
    }

    private void Clear()
    {
        Array.Clear(_outcomes);
        Array.Clear(_failures);
        (_head, _oldest, _total, _failed, _row, _rowAt) = (0, 0, 0, 0, 0, 0);
        _hold.Clear();
    }
}
