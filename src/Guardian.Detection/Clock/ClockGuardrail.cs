using Guardian.Detection.Encoding;

namespace Guardian.Detection.Clock;

/// <summary>Tracks how far one source's clock is ahead of the receiver's, and corrects latencies by it.</summary>
/// <remarks>
/// <para>The offset is the smallest (received − sent) of a sliding minute: 60 slots of one second aligned to the epoch.
/// One pair that stands alone by more than the tolerance below all others is a damaged stamp, not an offset: it is not
/// recorded and does not move the offset until a second one confirms it.</para>
/// <para>Wander is the spread of the smallest differences of the last six whole ten-second blocks, aligned to the
/// epoch, each with enough samples: the smallest of many is the clock's doing, a spike of latency is not.</para>
/// <para>Never breaches. The level is judged at each pair and at the blocks' boundaries. Not thread-safe.</para>
/// </remarks>
public sealed class ClockGuardrail : IGuardrail
{
    private const int Slots = 60;
    private const int Blocks = 6;
    private const long BlockLength = 10 * Nanoseconds.Second;
    private const long Never = long.MaxValue;
    private const byte Format = 1;

    private readonly ClockPolicy _policy;
    private readonly SmallestPair[] _slots = new SmallestPair[Slots];

    // Six whole blocks and the one being filled; a block's place is its number modulo seven.
    private readonly SmallestPair[] _blocks = new SmallestPair[Blocks + 1];
    private SmallestPair _minute;
    private long _now = long.MinValue;
    private long _since;
    private long _absurd;
    private long _outliers;
    private long _absurdUntil = long.MinValue;
    private long _wander;
    private Cause _cause;

    /// <summary>Initializes a guardrail that has seen nothing.</summary>
    /// <param name="source">The source whose clock is watched.</param>
    /// <param name="policy">Tolerance and limits.</param>
    public ClockGuardrail(string source, ClockPolicy policy)
    {
        Subject = source;
        _policy = policy;
        Forget();
    }

    private enum Cause : byte
    {
        None = 0,
        Negative = 1,
        Wander = 2,
        Absurd = 3,
        Offset = 4,
    }

    /// <inheritdoc/>
    public GuardrailKind Kind => GuardrailKind.Clock;

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public GuardrailMode Mode => _policy.Mode;

    /// <inheritdoc/>
    public bool FedByOrders => false;

    /// <inheritdoc/>
    public Level Level { get; private set; }

    /// <inheritdoc/>
    public bool Confirmed => false;

    /// <inheritdoc/>
    /// <remarks>The level is what tells that something is left to expire: it is judged at boundaries only.</remarks>
    public long NextDeadline => Level == Level.Unknown ? Never : NextBoundary(_now);

    /// <summary>Gets the smallest difference of the last minute, nanoseconds; 0 where there is none.</summary>
    public long Offset => _minute.Count == 0 ? 0 : _minute.Robust(_policy.Tolerance);

    /// <summary>Gets a value indicating whether the offset is beyond the tolerance.</summary>
    public bool IsSuspect => _cause == Cause.Offset;

    /// <summary>Gets how many pairs were more than an hour apart and therefore not recorded.</summary>
    public long AbsurdCount => _absurd;

    /// <summary>Gets how many pairs stood alone below all others and were therefore not recorded.</summary>
    public long OutlierCount => _outliers;

    /// <summary>Takes a pair of times and says what it is worth as a latency.</summary>
    /// <param name="now">Session time, Unix nanoseconds; an earlier one than before counts as the same.</param>
    /// <param name="sentNs">The source's time, Unix nanoseconds.</param>
    /// <param name="receivedNs">The receiver's time, Unix nanoseconds.</param>
    public ClockCorrection Observe(long now, long sentNs, long receivedNs)
    {
        long difference = Nanoseconds.Subtract(receivedNs, sentNs);
        bool absurd = difference is > Nanoseconds.Hour or < -Nanoseconds.Hour;
        if (Mode == GuardrailMode.Off)
            return new ClockCorrection(Microseconds(difference), !absurd && difference >= 0, Suspect: false);
        Advance(now);
        if (absurd)
        {
            _absurd++;
            long slot = Nanoseconds.FloorDivide(_now, Nanoseconds.Second);
            _absurdUntil = Nanoseconds.Saturate(((Int128)slot + Slots) * Nanoseconds.Second);
            Judge();
            return new ClockCorrection(Microseconds(difference), MustRecord: false, IsSuspect);
        }

        _slots[Place(_now, Nanoseconds.Second, Slots)].Add(difference);
        _blocks[Place(_now, BlockLength, Blocks + 1)].Add(difference);
        _minute.Add(difference);
        Judge();
        return Correct(difference);
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        if (Mode == GuardrailMode.Off || now <= _now) return;
        for (long next = NextDeadline; next <= now && next != Never; next = NextDeadline)
        {
            MoveTo(next);
            Judge();
        }

        MoveTo(now);
    }

    /// <inheritdoc/>
    /// <remarks>A clock is not fed by orders, so there is nothing to start anew.</remarks>
    public void StartAnew(long now) => Advance(now);

    /// <inheritdoc/>
    public Reading Read()
    {
        (double value, double limit, string code) = _cause switch
        {
            Cause.Offset => (Offset, -_policy.Tolerance, "clock.offset"),
            Cause.Absurd => (Nanoseconds.Hour, Nanoseconds.Hour, "clock.absurd"),
            Cause.Wander => (_wander, _policy.WanderLimit, "clock.wander"),
            Cause.Negative => (Offset, 0L, "clock.negative"),
            _ => (_minute.Count == 0 ? double.NaN : Offset, -_policy.Tolerance, "clock.offset"),
        };
        ReadingFlags flags = Mode == GuardrailMode.Shadow ? ReadingFlags.Shadow : ReadingFlags.None;
        if (IsSuspect) flags |= ReadingFlags.ClockSuspect;
        return new Reading(
            Kind, Subject, Level, value / 1e6, limit / 1e6, "ms", _minute.Count, _since, Confirmed: false, code,
            double.NaN, flags);
    }

    /// <inheritdoc/>
    public void WriteState(StateWriter writer)
    {
        writer.WriteByte(Format);
        writer.WriteSigned(_now);
        writer.WriteSigned(_since);
        writer.WriteByte((byte)Level);
        writer.WriteByte((byte)_cause);
        writer.WriteSigned(_absurd);
        writer.WriteSigned(_outliers);
        writer.WriteSigned(_absurdUntil);
        writer.WriteSigned(_wander);
        WriteSparsely(writer, _slots);
        WriteSparsely(writer, _blocks);
    }

    /// <inheritdoc/>
    public void ReadState(ref StateReader reader)
    {
        if (reader.ReadByte() is byte format and not Format)
            throw new StateFormatException($"Condition failed: clock state has format {format}, not {Format}.");
        _now = reader.ReadSigned();
        _since = reader.ReadSigned();
        Level = (Level)reader.ReadByte();
        _cause = (Cause)reader.ReadByte();
        if (Level > Level.Warning || _cause > Cause.Offset)
        {
            throw new StateFormatException(
                $"Condition failed: a level is 0 to 2 and a cause 0 to 4, not {(byte)Level}, {(byte)_cause}.");
        }

        _absurd = reader.ReadSigned();
        _outliers = reader.ReadSigned();
        _absurdUntil = reader.ReadSigned();
        _wander = reader.ReadSigned();
        Forget();
        ReadSparsely(ref reader, _slots);
        ReadSparsely(ref reader, _blocks);
        Recount();
    }

    private static void WriteSparsely(StateWriter writer, SmallestPair[] pairs)
    {
        writer.WriteUnsigned((ulong)pairs.Count(pair => pair.Count > 0));
        for (int i = 0; i < pairs.Length; i++)
        {
            if (pairs[i].Count == 0) continue;
            writer.WriteUnsigned((ulong)i);
            pairs[i].Write(writer);
        }
    }

    private static void ReadSparsely(ref StateReader reader, SmallestPair[] pairs)
    {
        int filled = reader.ReadCount(pairs.Length);
        for (int i = 0; i < filled; i++)
        {
            int place = reader.ReadCount(pairs.Length - 1);
            pairs[place] = SmallestPair.Read(ref reader);
        }
    }

    private static int Place(long at, long length, int count)
    {
        long place = Nanoseconds.FloorDivide(at, length) % count;
        return (int)(place < 0 ? place + count : place);
    }

    private static long NextBoundary(long at)
    {
        long block = Nanoseconds.FloorDivide(at, BlockLength) + 1;
        return block > Never / BlockLength ? Never : block * BlockLength;
    }

    private static long Microseconds(long difference) =>
        Math.Clamp(difference, 0, Nanoseconds.Hour) / Nanoseconds.Microsecond;

    private ClockCorrection Correct(long difference)
    {
        long offset = Offset;
        if (difference < offset)
        {
            _outliers++;
            return new ClockCorrection(0, MustRecord: false, IsSuspect);
        }

        long latency = offset < -_policy.Tolerance ? difference - offset : Math.Max(difference, 0);
        return new ClockCorrection(latency / Nanoseconds.Microsecond, MustRecord: true, IsSuspect);
    }

    private void MoveTo(long now)
    {
        long slot = Nanoseconds.FloorDivide(_now, Nanoseconds.Second);
        long newSlot = Nanoseconds.FloorDivide(now, Nanoseconds.Second);
        long block = Nanoseconds.FloorDivide(_now, BlockLength);
        long newBlock = Nanoseconds.FloorDivide(now, BlockLength);
        _now = now;
        if (newSlot == slot) return;
        for (long next = Math.Max(slot + 1, newSlot - Slots + 1); next <= newSlot; next++)
            _slots[(int)(((next % Slots) + Slots) % Slots)] = SmallestPair.Empty;
        for (long next = Math.Max(block + 1, newBlock - Blocks); next <= newBlock; next++)
            _blocks[(int)(((next % (Blocks + 1)) + Blocks + 1) % (Blocks + 1))] = SmallestPair.Empty;
        Recount();
        if (_absurdUntil <= now) _absurdUntil = long.MinValue;
    }

    private void Recount()
    {
        _minute = SmallestPair.Empty;
        foreach (ref readonly SmallestPair slot in _slots.AsSpan()) _minute.Add(slot);
    }

    private void Judge()
    {
        _wander = Wander();
        long offset = Offset;
        _cause = offset < -_policy.Tolerance ? Cause.Offset
            : _absurdUntil > _now ? Cause.Absurd
            : _wander > _policy.WanderLimit ? Cause.Wander
            : offset < 0 ? Cause.Negative
            : Cause.None;
        Level level = _cause != Cause.None ? Level.Warning : _minute.Count > 0 ? Level.Healthy : Level.Unknown;
        if (level == Level) return;
        Level = level;
        _since = _now;
    }

    private long Wander()
    {
        int filling = Place(_now, BlockLength, Blocks + 1);
        long least = long.MaxValue;
        long most = long.MinValue;
        for (int i = 0; i <= Blocks; i++)
        {
            if (i == filling || _blocks[i].Count < _policy.WanderSamples) continue;
            long smallest = _blocks[i].Robust(_policy.Tolerance);
            least = Math.Min(least, smallest);
            most = Math.Max(most, smallest);
        }

        return least == long.MaxValue ? 0 : most - least;
    }

    private void Forget()
    {
        Array.Fill(_slots, SmallestPair.Empty);
        Array.Fill(_blocks, SmallestPair.Empty);
        _minute = SmallestPair.Empty;
    }
}
