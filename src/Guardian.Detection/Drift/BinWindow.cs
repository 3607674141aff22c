using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>The last values of a feature as bin indexes in a ring, with their counts kept up to date.</summary>
/// <remarks>A value that is NaN or infinite takes its place in the window but no bin. Not thread-safe.</remarks>
internal sealed class BinWindow
{
    private readonly byte[] _ring;
    private readonly long[] _counts;
    private int _next;

    public BinWindow(int capacity, int bins)
    {
        _ring = new byte[capacity];
        _counts = new long[bins];
    }

    /// <summary>Values in the window, finite or not.</summary>
    public int Length { get; private set; }

    /// <summary>Values in the window that are NaN or infinite.</summary>
    public int NonFinite { get; private set; }

    /// <summary>Values in the window that are in a bin.</summary>
    public int Finite => Length - NonFinite;

    public bool IsFull => Length == _ring.Length;

    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>The mark of a value without a bin: one past the last bin.</summary>
    private int NoBin => _counts.Length;

    /// <summary>Adds a value by its bin; a negative bin stands for NaN and infinities. O(1).</summary>
    public void Add(int bin)
    {
        byte mark = (byte)(bin < 0 ? NoBin : bin);
        if (IsFull) Count(_ring[_next], -1);
        else Length++;
        _ring[_next] = mark;
        Count(mark, 1);
        if (++_next == _ring.Length) _next = 0;
    }

    public void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)Length);
        int bits = BitsPerMark;
        uint pending = 0;
        int filled = 0;
        for (int i = 0; i < Length; i++)
        {
            pending |= (uint)_ring[(Oldest + i) % _ring.Length] << filled;
            filled += bits;
            if (filled < 8) continue;
            writer.WriteByte((byte)(pending & 0xFF));
            pending >>= 8;
            filled -= 8;
        }

        if (filled > 0) writer.WriteByte((byte)pending);
    }

    /// <summary>Fills a window that is still empty with a written one.</summary>
    public void Read(ref StateReader reader)
    {
        int length = reader.ReadCount(_ring.Length);
        int bits = BitsPerMark;
        uint mask = (1u << bits) - 1;
        uint pending = 0;
        int filled = 0;
        for (int i = 0; i < length; i++)
        {
            if (filled < bits)
            {
                pending |= (uint)reader.ReadByte() << filled;
                filled += 8;
            }

            uint mark = pending & mask;
            if (mark > NoBin)
                throw new StateFormatException($"Condition failed: bin {mark} in a window of {NoBin} bins.");
            Add(mark == NoBin ? -1 : (int)mark);
            pending >>= bits;
            filled -= bits;
        }
    }

    private int Oldest => IsFull ? _next : 0;

    private int BitsPerMark => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)NoBin);

    private void Count(byte mark, int by)
    {
        if (mark == NoBin) NonFinite += by;
        else _counts[mark] += by;
    }
}
