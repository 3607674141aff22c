using System.Numerics;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <summary>
/// Codes counts near an expected value: small ones in unary, large ones as distance from what is expected.
/// </summary>
/// <remarks>
/// The bit models are chosen by the size class of the expectation, so they learn the spread that belongs to it. For
/// counts that scatter like chance (Poisson, binomial) the size comes within a few percent of the entropy.
/// </remarks>
internal sealed class CountModel
{
    /// <summary>Expected values are given in sixteenths.</summary>
    public const int Scale = 16;

    private const int Classes = 96;
    private const int UnaryLimit = 20;
    private const int TailModels = 33;
    private const int Sides = 2;
    private const long DirectBelow = 8 * Scale;
    private readonly BitModel[] _unary = new BitModel[Classes * Sides * UnaryLimit];
    private readonly BitModel[] _side = new BitModel[Classes];
    private readonly BitModel[] _tail = new BitModel[TailModels];

    public void Encode(RangeEncoder encoder, long expected, uint value)
    {
        int size = ClassOf(expected);
        if (expected < DirectBelow)
        {
            EncodeUnary(encoder, size * Sides * UnaryLimit, value);
            return;
        }

        uint middle = Middle(expected);
        int coarse = Coarse(middle);
        int side = value >= middle ? 0 : 1;
        uint distance = side == 0 ? value - middle : middle - value - 1;
        encoder.Encode(ref _side[size], side);
        EncodeUnary(encoder, ((size * Sides) + side) * UnaryLimit, distance >> coarse);
        encoder.EncodeRaw(distance & ((1u << coarse) - 1), coarse);
    }

    public uint Decode(ref RangeDecoder decoder, long expected)
    {
        int size = ClassOf(expected);
        if (expected < DirectBelow) return DecodeUnary(ref decoder, size * Sides * UnaryLimit);
        uint middle = Middle(expected);
        int coarse = Coarse(middle);
        int side = decoder.Decode(ref _side[size]);
        ulong distance = DecodeUnary(ref decoder, ((size * Sides) + side) * UnaryLimit);
        distance = (distance << coarse) | decoder.DecodeRaw(coarse);
        if (side == 0 && distance <= uint.MaxValue - middle) return middle + (uint)distance;
        if (side == 1 && distance < middle) return middle - 1 - (uint)distance;
        throw new StateFormatException($"Condition failed: a packed count is {distance} away from {middle}.");
    }

    // Two classes per octave.
    private static int ClassOf(long expected)
    {
        if (expected <= 0) return 0;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)expected);
        int half = bits > 1 ? (int)((expected >> (bits - 2)) & 1) : 0;
        return Math.Min((2 * bits) + half, Classes - 1);
    }

    private static uint Middle(long expected) => (uint)Math.Min(expected / Scale, int.MaxValue);

    // About a quarter of the standard deviation: the rest of the bits is as good as random.
    private static int Coarse(uint middle) => Math.Max(0, ((32 - BitOperations.LeadingZeroCount(middle)) / 2) - 2);

    private void EncodeUnary(RangeEncoder encoder, int models, uint value)
    {
        for (int i = 0; i < UnaryLimit; i++)
        {
            int more = value > (uint)i ? 1 : 0;
            encoder.Encode(ref _unary[models + i], more);
            if (more == 0) return;
        }

        // Exponential Golomb for the rest: its length in unary, then its bits.
        uint rest = value - UnaryLimit;
        int bits = 32 - BitOperations.LeadingZeroCount(rest);
        for (int i = 0; i < bits; i++) encoder.Encode(ref _tail[i], 1);
        encoder.Encode(ref _tail[bits], 0);
        encoder.EncodeRaw(rest, bits);
    }

    private uint DecodeUnary(ref RangeDecoder decoder, int models)
    {
        uint value = 0;
        while (value < UnaryLimit)
        {
            if (decoder.Decode(ref _unary[models + (int)value]) == 0) return value;
            value++;
        }

        int bits = 0;
        while (decoder.Decode(ref _tail[bits]) != 0)
        {
            if (++bits >= TailModels)
                throw new StateFormatException("Condition failed: a packed count has over 32 bits.");
        }

        ulong rest = decoder.DecodeRaw(bits);
        return rest <= uint.MaxValue - UnaryLimit
            ? UnaryLimit + (uint)rest
            : throw new StateFormatException($"Condition failed: a packed count of {rest} is above 32 bits.");
    }
}
