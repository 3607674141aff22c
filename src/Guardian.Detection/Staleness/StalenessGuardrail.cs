using Guardian.Detection.Clock;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Staleness;

/// <summary>Judges the silence of one stage, from its first sign of life on.</summary>
/// <remarks>
/// Driven by deadlines: the level rises exactly at the last sign of life plus the limit. While the market is closed
/// nothing is judged: the level is <see cref="Level.Unknown"/>, and the clock starts anew at the open. Ties: a close
/// goes first, then the limits, then a clear. Not thread-safe: one fold at a time.
/// </remarks>
public sealed class StalenessGuardrail : IGuardrail
{
    private const long Never = long.MaxValue;
    private const byte Format = 1;

    private readonly TradingCalendar _calendar;
    private readonly SilenceLimits _limits;
    private readonly long _clearAfter;

    private bool _seen;
    private bool _open;
    private bool _recovering;
    private long _now = long.MinValue;
    private long _last;
    private long _since;
    private long _recoveringSince;

    // Follow from the state above: kept so that a sign of life costs no search in the calendar.
    private long _calendarChange = Never;
    private long _warningAt = Never;
    private long _breachAt = Never;

    /// <summary>Initializes a guardrail that has seen nothing.</summary>
    /// <param name="stage">The stage that is watched.</param>
    /// <param name="limits">Its limits, from the policy.</param>
    /// <param name="policy">Mode, clearing time and calendar.</param>
    public StalenessGuardrail(string stage, SilenceLimits limits, StalenessPolicy policy)
    {
        Subject = stage;
        Mode = policy.Mode;
        _limits = limits;
        _clearAfter = policy.ClearAfter;
        _calendar = policy.Calendar;
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Staleness;

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public GuardrailMode Mode { get; }

    /// <inheritdoc/>
    public bool FedByOrders => false;

    /// <inheritdoc/>
    public Level Level { get; private set; }

    /// <inheritdoc/>
    public bool Confirmed => Level == Level.Breach;

    /// <inheritdoc/>
    public long NextDeadline
    {
        get
        {
            if (!_seen) return Never;
            if (!_open) return _calendarChange;
            long next = Math.Min(_calendarChange, Math.Min(DueWarning, DueBreach));
            return Math.Min(next, DueClear);
        }
    }

    private long DueWarning => _recovering || Level < Level.Warning ? _warningAt : Never;

    private long DueBreach => Level < Level.Breach ? _breachAt : Never;

    private long DueClear => _recovering ? Nanoseconds.Add(_recoveringSince, _clearAfter) : Never;

    /// <summary>Takes a sign of life: any observation of the stage.</summary>
    /// <param name="now">Session time, Unix nanoseconds; an earlier one than before counts as the same.</param>
    public void Touch(long now)
    {
        if (Mode == GuardrailMode.Off) return;
        Advance(now);
        if (!_seen)
        {
            _seen = true;
            _since = _now;
            _open = _calendar.IsOpen(_now);
            _calendarChange = _calendar.NextChange(_now);
        }

        CountFrom(_now);
        if (!_open) return;
        if (Level == Level.Unknown) Enter(Level.Healthy);
        if (Level < Level.Warning || _recovering) return;
        _recovering = true;
        _recoveringSince = _now;
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        if (Mode == GuardrailMode.Off || now < _now) return;
        for (long next = NextDeadline; next <= now && next != Never; next = NextDeadline)
        {
            _now = Math.Max(_now, next);
            Fire(next);
        }

        _now = now;
    }

    /// <inheritdoc/>
    /// <remarks>Silence is not fed by orders, so there is nothing to start anew.</remarks>
    public void StartAnew(long now) => Advance(now);

    /// <inheritdoc/>
    public Reading Read()
    {
        bool judged = _seen && _open;
        double silent = judged ? _calendar.OpenNanosecondsBetween(_last, _now) / 1e9 : double.NaN;
        ReadingFlags flags = Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None;
        if (_seen && !_open) flags |= ReadingFlags.MarketClosed;
        long limit = Level == Level.Breach ? _limits.Breach : _limits.Warning;
        return new Reading(
            Kind, Subject, Level, silent, limit / 1e9, "s", judged ? 1 : 0, _since, Confirmed, "staleness.silent",
            double.NaN, flags);
    }

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        writer.WriteByte(Format);
        writer.WriteSigned(_now);
        writer.WriteBool(_seen);
        if (!_seen) return;
        writer.WriteBool(_open);
        writer.WriteByte((byte)Level);
        writer.WriteSigned(_last);
        writer.WriteSigned(_since);
        writer.WriteBool(_recovering);
        if (_recovering) writer.WriteSigned(_recoveringSince);
        writer.WriteSigned(_calendarChange);
    }

    /// <inheritdoc/>
    public void ReadState(ref StateReader reader)
    {
        if (reader.ReadByte() is byte format and not Format)
            throw new StateFormatException($"Condition failed: staleness state has format {format}, not {Format}.");
        _now = reader.ReadSigned();
        _seen = reader.ReadBool();
        Level = Level.Unknown;
        (_open, _recovering, _since, _recoveringSince, _last) = (false, false, 0, 0, 0);
        (_calendarChange, _warningAt, _breachAt) = (Never, Never, Never);
        if (!_seen) return;
        _open = reader.ReadBool();
        Level = (Level)reader.ReadByte();
        if (Level > Level.Breach)
            throw new StateFormatException($"Condition failed: a level is 0 to 3, but the byte is {(byte)Level}.");
        long last = reader.ReadSigned();
        _since = reader.ReadSigned();
        _recovering = reader.ReadBool();
        if (_recovering) _recoveringSince = reader.ReadSigned();
        _calendarChange = reader.ReadSigned();
        CountFrom(last);
    }

    private void Fire(long at)
    {
        if (_calendarChange <= at) TurnCalendar(at);
        else if (DueBreach <= at) Enter(Level.Breach);
        else if (DueWarning <= at) NoteGap();
        else Enter(Level.Healthy);
        if (Level == Level.Healthy) _recovering = false;
    }

    private void TurnCalendar(long at)
    {
        _open = !_open;
        _calendarChange = _calendar.NextChange(at);
        _recovering = false;
        if (_open) CountFrom(at);
        else Enter(Level.Unknown);
    }

    // A gap over the Warning limit: a recovery starts from nothing at the next sign of life.
    private void NoteGap()
    {
        _recovering = false;
        if (Level < Level.Warning) Enter(Level.Warning);
    }

    private void CountFrom(long last)
    {
        _last = last;
        if (!_open)
        {
            (_warningAt, _breachAt) = (Never, Never);
        }
        else
        {
            _warningAt = _calendar.OpenAfter(last, _limits.Warning);
            _breachAt = _calendar.OpenAfter(last, _limits.Breach);
        }
    }

    private void Enter(Level level)
    {
        if (Level == level) return;
        Level = level;
        _since = _now;
    }
}
