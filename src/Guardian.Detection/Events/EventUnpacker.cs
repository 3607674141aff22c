using Guardian.Detection.Encoding;

namespace Guardian.Detection.Events;

/// <summary>Reads back what <see cref="EventPacker"/> packed.</summary>
public static class EventUnpacker
{
    /// <summary>Gives every packed event to a sink, in order.</summary>
    /// <param name="bytes">The packed bytes; their checksum has been verified by whoever stored them.</param>
    /// <param name="firstSequence">Sequence of the first event.</param>
    /// <param name="sink">Where the events go.</param>
    /// <returns>The number of events.</returns>
    /// <exception cref="StateFormatException">The bytes are not packed events.</exception>
    public static int Unpack(ReadOnlySpan<byte> bytes, long firstSequence, IFoldSink sink)
    {
        var reader = new StateReader(bytes);
        long at = 0;
        int count = 0;
        while (reader.Remaining > 0)
        {
            byte tag = reader.ReadByte();
            at = unchecked(at + reader.ReadSigned());
            if ((tag & EventPacker.ObservationTag) != 0)
                sink.Write(firstSequence + count, ReadObservation(ref reader, tag, at));
            else
                sink.Write(firstSequence + count, EventCodec.ReadFields(ref reader, tag, at));
            count++;
        }

        return count;
    }

    private static Observation ReadObservation(ref StateReader reader, byte tag, long at)
    {
        var kind = (ObservationKind)(tag & ~EventPacker.ObservationTag);
        if (kind is < ObservationKind.Latency or > ObservationKind.Time)
            throw new StateFormatException($"Condition failed: {tag} is not the tag of an observation.");
        byte flags = reader.ReadByte();
        string subject = reader.ReadString() ?? string.Empty;
        double value = (flags & EventPacker.ValueFlag) != 0 ? reader.ReadDouble() : double.NaN;
        long sent = 0, received = 0;
        if ((flags & EventPacker.TimesFlag) != 0)
        {
            sent = unchecked(at + reader.ReadSigned());
            received = unchecked(at + reader.ReadSigned());
        }

        double quantity = (flags & EventPacker.QuantityFlag) != 0 ? reader.ReadDouble() : 0;
        string? text = (flags & EventPacker.TextFlag) != 0 ? reader.ReadString() : null;
        return new Observation(kind, at, subject, value, sent, received, quantity, text);
    }
}
