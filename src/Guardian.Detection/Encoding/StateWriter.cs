using System.Buffers;
using System.Buffers.Binary;

namespace Guardian.Detection.Encoding;

/// <summary>Appends numbers and strings to a growing buffer: varints for integers, raw bits for doubles.</summary>
/// <remarks>Not thread-safe. Read back with <see cref="StateReader"/> in the same order.</remarks>
public sealed class StateWriter
{
    private const int LargestKept = 16 * 1024;

    private readonly int _capacity;
    private ArrayBufferWriter<byte> _buffer;

    /// <summary>Initializes a writer with room for <paramref name="capacity"/> bytes before it grows.</summary>
    /// <param name="capacity">First capacity in bytes, &gt; 0.</param>
    public StateWriter(int capacity = 1024)
    {
        _capacity = capacity;
        _buffer = new ArrayBufferWriter<byte>(capacity);
    }

    /// <summary>Gets what has been written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Gets the number of bytes written.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>Copies what has been written.</summary>
    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    /// <summary>Forgets what has been written, and keeps the memory where it is little.</summary>
    public void Clear()
    {
        // One large batch does not keep its room for ever: there may be thousands of writers.
        if (_buffer.Capacity > LargestKept && _buffer.Capacity > _capacity)
            _buffer = new ArrayBufferWriter<byte>(_capacity);
        else _buffer.ResetWrittenCount();
    }

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>Writes a flag as one byte.</summary>
    public void WriteBool(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes an unsigned number in 1 to 10 bytes, seven bits each, lowest first.</summary>
    public void WriteUnsigned(ulong value)
    {
        Span<byte> span = _buffer.GetSpan(10);
        int length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        _buffer.Advance(length);
    }

    /// <summary>Writes a signed number, zigzag-coded, in 1 to 10 bytes.</summary>
    public void WriteSigned(long value) => WriteUnsigned(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Writes the 64 bits of a double, little-endian; NaN payloads survive.</summary>
    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    /// <summary>Writes a string as its UTF-8 length and bytes; null and empty are told apart.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteUnsigned(0);
            return;
        }

        int length = System.Text.Encoding.UTF8.GetByteCount(value);
        WriteUnsigned((ulong)length + 1);
        System.Text.Encoding.UTF8.GetBytes(value, _buffer.GetSpan(Math.Max(length, 1)));
        _buffer.Advance(length);
    }

    /// <summary>Writes bytes with their length.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteUnsigned((ulong)value.Length);
        value.CopyTo(_buffer.GetSpan(Math.Max(value.Length, 1)));
        _buffer.Advance(value.Length);
    }
}
