using Guardian.Detection.Clock;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Pending;

/// <summary>Judges the age of the oldest unanswered order of one gateway.</summary>
/// <remarks>
/// Between reports the age grows with time, so a gateway that stalls and reports no more is still seen (coordinated
/// omission); the level rises exactly when the age reaches its limit. Only a report lowers it. Not thread-safe.
/// </remarks>
public sealed class PendingGuardrail : IGuardrail
{
    private const long Never = long.MaxValue;
    private const byte Format = 1;

    private readonly PendingPolicy _policy;
    private long _now = long.MinValue;
    private long _since;
    private long _oldest;
    private long _refused;
    private bool _reported;
    private bool _pending;

    /// <summary>Initializes a guardrail that has heard nothing.</summary>
    /// <param name="gateway">The gateway or stage whose orders are watched.</param>
    /// <param name="policy">Mode and limits.</param>
    public PendingGuardrail(string gateway, PendingPolicy policy)
    {
        Subject = gateway;
        _policy = policy;
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Pending;

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public GuardrailMode Mode => _policy.Mode;

    /// <inheritdoc/>
    public bool FedByOrders => true;

    /// <inheritdoc/>
    public Level Level { get; private set; }

    /// <inheritdoc/>
    public bool Confirmed => Level == Level.Breach;

    /// <inheritdoc/>
    public long NextDeadline => !_pending ? Never : Level switch
    {
        Level.Breach => Never,
        Level.Warning => Due(_policy.Breach),
        _ => Math.Min(Due(_policy.Warning), Due(_policy.Breach)),
    };

    /// <summary>Gets how many reports were refused because their age was negative or not a number.</summary>
    public long RefusedCount => _refused;

    /// <summary>Takes a report of the oldest unanswered order's age.</summary>
    /// <param name="now">Session time, Unix nanoseconds; an earlier one than before counts as the same.</param>
    /// <param name="ageMs">
    /// Age in milliseconds; 0 where nothing is pending; infinity counts as a very great age.
    /// </param>
    /// <returns>False where the age is negative or not a number: it is counted and changes nothing else.</returns>
    public bool Report(long now, double ageMs)
    {
        if (Mode == GuardrailMode.Off) return true;
        Advance(now);
        if (double.IsNaN(ageMs) || ageMs < 0)
        {
            _refused++;
            return false;
        }

        _reported = true;
        _pending = ageMs > 0;
        _oldest = Nanoseconds.Subtract(_now, ToNanoseconds(ageMs));
        Judge();
        return true;
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        if (Mode == GuardrailMode.Off || now <= _now) return;
        for (long next = NextDeadline; next <= now && next != Never; next = NextDeadline)
        {
            _now = Math.Max(_now, next);
            Judge();
        }

        _now = now;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What is pending is not forgotten, but its age starts at zero: a gateway that is still silent breaches again
    /// after its limit, and one that answers is judged by its own next report.
    /// </remarks>
    public void StartAnew(long now)
    {
        Advance(now);
        if (!_pending) return;
        _oldest = _now;
        _reported = false;
        Judge();
    }

    /// <inheritdoc/>
    public Reading Read()
    {
        double age = _pending ? Nanoseconds.Subtract(_now, _oldest) / 1e9 : _reported ? 0 : double.NaN;
        long limit = Level == Level.Breach || _policy.Warning == Never ? _policy.Breach : _policy.Warning;
        return new Reading(
            Kind, Subject, Level, age, limit == Never ? double.NaN : limit / 1e9, "s", _pending || _reported ? 1 : 0,
            _since, Confirmed, "pending.age", double.NaN,
            Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None);
    }

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        writer.WriteByte(Format);
        writer.WriteSigned(_now);
        writer.WriteSigned(_since);
        writer.WriteSigned(_refused);
        writer.WriteBool(_reported);
        writer.WriteByte((byte)Level);
        writer.WriteBool(_pending);
        if (_pending) writer.WriteSigned(_oldest);
    }

    /// <inheritdoc/>
    public void ReadState(ref StateReader reader)
    {
        if (reader.ReadByte() is byte format and not Format)
            throw new StateFormatException($"Condition failed: pending state has format {format}, not {Format}.");
        _now = reader.ReadSigned();
        _since = reader.ReadSigned();
        _refused = reader.ReadSigned();
        _reported = reader.ReadBool();
        Level = (Level)reader.ReadByte();
        if (Level > Level.Breach)
            throw new StateFormatException($"Condition failed: a level is 0 to 3, but the byte is {(byte)Level}.");
        _pending = reader.ReadBool();
        _oldest = _pending ? reader.ReadSigned() : 0;
    }

    private static long ToNanoseconds(double ageMs)
    {
        double age = ageMs * 1e6;
        return age >= long.MaxValue ? long.MaxValue : Math.Max((long)age, 1);
    }

    private long Due(long limit) => limit == Never ? Never : Nanoseconds.Add(_oldest, limit);

    private void Judge()
    {
        // Where nothing is pending this is a nanosecond: a report has just come, and no limit is below a millisecond.
        long age = Nanoseconds.Subtract(_now, _oldest);
        Level level = age >= _policy.Breach ? Level.Breach
            : age >= _policy.Warning ? Level.Warning
            : _reported ? Level.Healthy : Level.Unknown;
        if (level == Level) return;
        Level = level;
        _since = _now;
    }
}
