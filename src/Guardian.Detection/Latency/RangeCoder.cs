using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <summary>An estimate of how often a bit is 0, in 1/32768, that learns from the bits it has seen.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct BitModel
{
    public const int Bits = 15;
    private const int One = 1 << Bits;
    private const int Margin = 32;
    private const int SlowestStep = 250;

    // 65536 / (seen + 2): the first bits move the estimate most.
    private static readonly int[] Steps = [.. Enumerable.Range(2, SlowestStep + 1).Select(n => 65536 / n)];
    private short _seen;
    private ushort _zero;

    /// <summary>Gets the probability of 0, never 0 nor 1.</summary>
    public readonly uint Zero => (uint)(_seen == 0 ? One / 2 : _zero);

    public void Learn(int bit)
    {
        int zero = _seen == 0 ? One / 2 : _zero;
        int target = bit == 0 ? One - Margin : Margin;
        unchecked
        {
            _zero = (ushort)(zero + (((target - zero) * Steps[_seen]) >> 16));
            if (_seen < SlowestStep) _seen++;
        }
    }
}

/// <summary>Writes bits in about as many bits as their models find them surprising (a range coder).</summary>
/// <remarks>After G. N. N. Martin, "Range encoding", 1979, with the carry handling of LZMA.</remarks>
internal sealed class RangeEncoder
{
    private readonly StateWriter _bytes;
    private ulong _low;
    private uint _range = uint.MaxValue;
    private byte _pending;
    private long _pendingCount = 1;

    public RangeEncoder(StateWriter bytes) => _bytes = bytes;

    public void Encode(ref BitModel model, int bit)
    {
        uint bound = unchecked((_range >> BitModel.Bits) * model.Zero);
        if (bit == 0)
        {
            _range = bound;
        }
        else
        {
            _low = unchecked(_low + bound);
            _range = unchecked(_range - bound);
        }

        model.Learn(bit);
        Normalise();
    }

    public void EncodeRaw(uint value, int bits)
    {
        for (int at = bits - 1; at >= 0; at--)
        {
            _range >>= 1;
            if (((value >> at) & 1) != 0) _low = unchecked(_low + _range);
            Normalise();
        }
    }

    public void Finish()
    {
        for (int i = 0; i < 5; i++) ShiftLow();
    }

    private void Normalise()
    {
        while (_range < 1u << 24)
        {
            _range <<= 8;
            ShiftLow();
        }
    }

    private void ShiftLow()
    {
        if (_low < 0xFF000000UL || _low > 0xFFFFFFFFUL)
        {
            byte carry = (byte)(_low >> 32);
            for (byte next = _pending; _pendingCount > 0; _pendingCount--, next = 0xFF)
                _bytes.WriteByte(unchecked((byte)(next + carry)));
            _pending = (byte)((_low >> 24) & 0xFF);
        }

        _pendingCount++;
        _low = (_low & 0x00FFFFFF) << 8;
    }
}

/// <summary>Reads what <see cref="RangeEncoder"/> wrote.</summary>
internal ref struct RangeDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private uint _range;
    private uint _code;

    public RangeDecoder(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _range = uint.MaxValue;
        for (int i = 0; i < 5; i++) _code = (_code << 8) | Next();
    }

    public int Decode(ref BitModel model)
    {
        uint bound = unchecked((_range >> BitModel.Bits) * model.Zero);
        int bit;
        if (_code < bound)
        {
            _range = bound;
            bit = 0;
        }
        else
        {
            _code = unchecked(_code - bound);
            _range = unchecked(_range - bound);
            bit = 1;
        }

        model.Learn(bit);
        Normalise();
        return bit;
    }

    public uint DecodeRaw(int bits)
    {
        uint value = 0;
        for (int i = 0; i < bits; i++)
        {
            _range >>= 1;
            uint bit = _code >= _range ? 1u : 0u;
            if (bit != 0) _code = unchecked(_code - _range);
            value = (value << 1) | bit;
            Normalise();
        }

        return value;
    }

    /// <summary>Checks that the code ended exactly where its bytes do.</summary>
    public readonly void Finish()
    {
        if (_at != _bytes.Length || _code != 0)
        {
            throw new StateFormatException(
                $"Condition failed: packed counts end at byte {_at} with rest {_code}, not at {_bytes.Length} with 0.");
        }
    }

    private void Normalise()
    {
        while (_range < 1u << 24)
        {
            _range <<= 8;
            _code = (_code << 8) | Next();
        }
    }

    private byte Next() => _at < _bytes.Length
        ? _bytes[_at++]
        : throw new StateFormatException($"Condition failed: packed counts are cut short at byte {_at}.");
}
