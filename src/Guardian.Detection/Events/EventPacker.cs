using Guardian.Detection.Encoding;

namespace Guardian.Detection.Events;

/// <summary>Packs consecutive events of one guardian into bytes, once, for every tier.</summary>
/// <remarks>
/// Format 1: per event one tag byte, the time as a difference to the event before, then the fields in order.
/// The first sequence travels beside the bytes; sequences are consecutive. Not thread-safe.
/// </remarks>
public sealed class EventPacker : IFoldSink
{
    internal const byte ObservationTag = 0x40;
    internal const byte ValueFlag = 0x01;
    internal const byte TimesFlag = 0x02;
    internal const byte QuantityFlag = 0x04;
    internal const byte TextFlag = 0x08;

    private readonly StateWriter _writer = new(4096);
    private long _lastAt;

    /// <summary>Gets the sequence of the first packed event; 0 while there is none.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>Gets the number of packed events.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the session time of the first packed event.</summary>
    public long FirstAt { get; private set; }

    /// <summary>Gets the session time of the last packed event.</summary>
    public long LastAt => _lastAt;

    /// <summary>Gets whether an event other than an observation is among them.</summary>
    public bool HasStateChange { get; private set; }

    /// <summary>Copies the packed bytes.</summary>
    public byte[] ToArray() => _writer.ToArray();

    /// <summary>Forgets what was packed and keeps the memory.</summary>
    public void Clear()
    {
        _writer.Clear();
        FirstSequence = 0;
        Count = 0;
        FirstAt = 0;
        _lastAt = 0;
        HasStateChange = false;
    }

    /// <inheritdoc/>
    public void Write(long sequence, in Observation observation)
    {
        byte flags = 0;
        if (!double.IsNaN(observation.Value)) flags |= ValueFlag;
        if (observation.Sent != 0 || observation.Received != 0) flags |= TimesFlag;
        if (BitConverter.DoubleToInt64Bits(observation.Quantity) != 0) flags |= QuantityFlag;
        if (observation.Text is not null) flags |= TextFlag;
        Begin(sequence, (byte)(ObservationTag | (byte)observation.Kind), observation.At);
        _writer.WriteByte(flags);
        _writer.WriteString(observation.Subject);
        if ((flags & ValueFlag) != 0) _writer.WriteDouble(observation.Value);
        if ((flags & TimesFlag) != 0)
        {
            _writer.WriteSigned(unchecked(observation.Sent - observation.At));
            _writer.WriteSigned(unchecked(observation.Received - observation.At));
        }

        if ((flags & QuantityFlag) != 0) _writer.WriteDouble(observation.Quantity);
        if ((flags & TextFlag) != 0) _writer.WriteString(observation.Text);
    }

    /// <inheritdoc/>
    public void Write(long sequence, GuardianEvent guardianEvent)
    {
        HasStateChange = true;
        Begin(sequence, EventCodec.TagOf(guardianEvent), guardianEvent.At);
        EventCodec.WriteFields(_writer, guardianEvent);
    }

    private void Begin(long sequence, byte tag, long at)
    {
        if (Count == 0)
        {
            FirstSequence = sequence;
            FirstAt = at;
        }
        else if (sequence != FirstSequence + Count)
        {
            throw new InvalidOperationException(
                $"Invariant: packed sequences are consecutive, but {sequence} follows {FirstSequence + Count - 1}.");
        }

        Count++;
        _writer.WriteByte(tag);
        _writer.WriteSigned(unchecked(at - _lastAt));
        _lastAt = at;
    }
}
