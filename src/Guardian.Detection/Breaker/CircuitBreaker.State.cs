using Guardian.Detection.Encoding;

namespace Guardian.Detection.Breaker;

/// <content>The written form of the state.</content>
public sealed partial class CircuitBreaker
{
    private const byte Format = 2;
    private const byte WithoutLatch = 1;

    /// <summary>Writes the state; transitions not taken yet are no part of it.</summary>
    public void WriteState(StateWriter writer)
    {
        writer.WriteByte(Format);
        writer.WriteSigned(_now);
        writer.WriteByte((byte)Beneath);
        writer.WriteSigned(Episode);
        writer.WriteSigned(EpisodeSince);
        writer.WriteSigned(Since);
        writer.WriteBool(_blocking);
        writer.WriteSigned(_breakEnd);
        writer.WriteSigned(_quietFrom);
        writer.WriteUnsigned((ulong)_doublings);
        writer.WriteUnsigned((ulong)_returns);
        writer.WriteUnsigned((ulong)_step);
        writer.WriteUnsigned((ulong)_good);
        _permits.Write(writer);
        _soft.Write(writer);
        _holds.Write(writer);
        writer.WriteSigned(_latchedAt);
        writer.WriteSigned(_latchEpisode);
        writer.WriteSigned(_resetAt);
        writer.WriteBool(PendingRequest is not null);
        if (PendingRequest is not { } request) return;
        writer.WriteString(request.HoldId);
        writer.WriteString(request.Actor);
        writer.WriteString(request.Reason);
        writer.WriteSigned(request.Episode);
        writer.WriteSigned(request.ExpiresAt);
    }

    /// <summary>Replaces the state by a written one.</summary>
    /// <exception cref="StateFormatException">The bytes are not a breaker's state under this policy.</exception>
    public void ReadState(ref StateReader reader)
    {
        byte format = reader.ReadByte();
        if (format is not (Format or WithoutLatch))
            throw new StateFormatException($"Condition failed: breaker state has format {format}, not {Format}.");
        _now = reader.ReadSigned();
        Beneath = (BreakerState)reader.ReadByte();
        if (Beneath is < BreakerState.Closed or > BreakerState.Latched)
            throw new StateFormatException($"Condition failed: a machine's state is 1 to 4, not {(byte)Beneath}.");
        Episode = reader.ReadSigned();
        EpisodeSince = reader.ReadSigned();
        Since = reader.ReadSigned();
        _blocking = reader.ReadBool();
        _breakEnd = reader.ReadSigned();
        _quietFrom = reader.ReadSigned();
        _doublings = reader.ReadCount(BreakerPolicy.MostDoublings);
        _returns = reader.ReadCount(_policy.LatchingReturn);
        _step = reader.ReadCount(_policy.Ramp.Length - 1);
        _good = reader.ReadCount(_policy.ProbesPerStep - 1);
        _permits.Read(ref reader);
        _soft.Read(ref reader);
        _holds.Read(ref reader);
        ReadLatch(ref reader, format);
        PendingRequest = reader.ReadBool() ? ReadRequest(ref reader) : null;
        _transitions.Clear();
    }

    // Before its moment was written, a latch is as old as its episode.
    private void ReadLatch(ref StateReader reader, byte format)
    {
        bool latched = Beneath == BreakerState.Latched;
        (_latchedAt, _latchEpisode, _resetAt) = format == WithoutLatch
            ? (latched ? EpisodeSince : 0, latched ? Episode : 0, 0)
            : (reader.ReadSigned(), reader.ReadSigned(), reader.ReadSigned());
    }

    private static ResumeRequest ReadRequest(ref StateReader reader)
    {
        string? holdId = reader.ReadString();
        string actor = reader.ReadString()
            ?? throw new StateFormatException("Condition failed: a request has an actor.");
        string reason = reader.ReadString()
            ?? throw new StateFormatException("Condition failed: a request has a reason.");
        return new ResumeRequest(holdId, actor, reason, reader.ReadSigned(), reader.ReadSigned());
    }
}
