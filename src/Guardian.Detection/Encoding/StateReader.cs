using System.Buffers.Binary;

namespace Guardian.Detection.Encoding;

/// <summary>
/// Reads back what <see cref="StateWriter"/> wrote, checking every length against the bytes that are left.
/// </summary>
public ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Initializes a reader on <paramref name="bytes"/>.</summary>
    public StateReader(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>Gets the number of bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>Reads one byte.</summary>
    /// <exception cref="StateFormatException">No byte is left.</exception>
    public byte ReadByte()
    {
        Need(1);
        byte value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    /// <summary>Reads a flag; any byte but 0 and 1 is refused.</summary>
    /// <exception cref="StateFormatException">The byte is neither 0 nor 1.</exception>
    public bool ReadBool() => ReadByte() switch
    {
        0 => false,
        1 => true,
        byte other => throw new StateFormatException($"Condition failed: a flag is 0 or 1, but the byte is {other}."),
    };

    /// <summary>Reads an unsigned number.</summary>
    /// <exception cref="StateFormatException">It is longer than ten bytes or cut short.</exception>
    public ulong ReadUnsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = ReadByte();
            value |= unchecked((ulong)(part & 0x7F) << shift);
            if (part < 0x80) return value;
        }

        throw new StateFormatException("Condition failed: a number takes at most ten bytes.");
    }

    /// <summary>Reads a signed number.</summary>
    /// <exception cref="StateFormatException">It is longer than ten bytes or cut short.</exception>
    public long ReadSigned()
    {
        ulong raw = ReadUnsigned();
        return unchecked((long)(raw >> 1) ^ -(long)(raw & 1));
    }

    /// <summary>Reads an unsigned number that must not exceed <paramref name="limit"/>, such as a count.</summary>
    /// <exception cref="StateFormatException">It is above the limit.</exception>
    public int ReadCount(int limit)
    {
        ulong value = ReadUnsigned();
        return value <= (ulong)limit
            ? (int)value
            : throw new StateFormatException($"Condition failed: a count of {value} is above its limit of {limit}.");
    }

    /// <summary>Reads the 64 bits of a double.</summary>
    /// <exception cref="StateFormatException">Fewer than eight bytes are left.</exception>
    public double ReadDouble()
    {
        Need(8);
        double value = BinaryPrimitives.ReadDoubleLittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    /// <summary>Reads a string, or null where null was written.</summary>
    /// <exception cref="StateFormatException">It is longer than the bytes that are left.</exception>
    public string? ReadString()
    {
        int length = ReadCount(Remaining + 1) - 1;
        if (length < 0) return null;
        Need(length);
        string value = System.Text.Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return value;
    }

    /// <summary>Reads bytes that were written with their length; the span is on the reader's own bytes.</summary>
    /// <exception cref="StateFormatException">They are longer than the bytes that are left.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        int length = ReadCount(Remaining);
        Need(length);
        ReadOnlySpan<byte> value = _rest[..length];
        _rest = _rest[length..];
        return value;
    }

    private readonly void Need(int count)
    {
        if (_rest.Length < count)
            throw new StateFormatException($"Condition failed: {count} bytes needed, {_rest.Length} left.");
    }
}

/// <summary>Bytes that are not what they should be: cut short, too long or out of range.</summary>
public sealed class StateFormatException(string message) : Exception(message);
