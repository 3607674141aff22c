using System.Runtime.InteropServices;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Latency;

/// <content>The written form: what each slot sums up to, then the counts of all slots bucket by bucket.</content>
/// <remarks>
/// Of each bucket first the total is coded against its neighbours' totals, then each slot's part of what is left of it
/// against the slot's share of the samples. Slots of one stage resemble each other, so little is left to say: 60,000
/// samples take 3 to 7 KB. No lossless form has a bound below the entropy of the data: values spread evenly over all
/// octaves at 1,000 a second take 9 KB, the worst that was built (100,000 a second, alternating buckets) 33 KB.
/// </remarks>
public sealed partial class SlottedLatencyWindow
{
    internal void WriteState(StateWriter writer)
    {
        Span<Tally> tallies = stackalloc Tally[SlotCount];
        for (int age = 0; age < SlotCount; age++)
        {
            Tally tally = age == 0 ? Running() : _closed[PlaceOfAge(age)];
            tallies[age] = tally;
            writer.WriteUnsigned((ulong)tally.Count);
            if (tally.Count == 0) continue;
            writer.WriteUnsigned((ulong)tally.Warnings);
            writer.WriteUnsigned((ulong)tally.Breaches);
            writer.WriteUnsigned((ulong)tally.Maximum);
        }

        if (_count == 0) return;
        Span<uint> counts = stackalloc uint[Width];
        SumTo(counts);
        int first = counts.IndexOfAnyExcept(0u);
        int last = counts.LastIndexOfAnyExcept(0u);
        writer.WriteUnsigned((ulong)first);
        writer.WriteUnsigned((ulong)last);
        var packed = new StateWriter(8 * 1024);
        var encoder = new RangeEncoder(packed);
        var totals = new CountModel();
        var parts = new CountModel();
        for (int index = first; index <= last; index++)
        {
            totals.Encode(encoder, ExpectedTotal(counts, index, first), counts[index]);
            var share = new Share(counts[index], _count);
            for (int age = 0; age < SlotCount && share.Open(tallies[age].Count); age++)
            {
                if (tallies[age].Count == 0) continue;
                uint part = CountAt(age, index);
                parts.Encode(encoder, share.Expected(tallies[age].Count), part);
                share.Take(part, tallies[age].Count);
            }
        }

        encoder.Finish();
        writer.WriteBytes(packed.Written);
    }

    internal static SlottedLatencyWindow ReadState(ref StateReader reader, long warningLimit, long limit, long now)
    {
        var window = new SlottedLatencyWindow(warningLimit, limit);
        window.StartAt(now);
        Span<Tally> tallies = stackalloc Tally[SlotCount];
        for (int age = 0; age < SlotCount; age++)
        {
            tallies[age] = ReadTally(ref reader, MaximumCount - window._count);
            window.Adopt(age, tallies[age]);
        }

        if (window._count == 0) return window;
        int first = reader.ReadCount(Width - 1);
        int last = reader.ReadCount(Width - 1);
        var decoder = new RangeDecoder(reader.ReadBytes());
        window.ReadCounts(ref decoder, tallies, first, last);
        decoder.Finish();
        for (int age = 0; age < SlotCount; age++) window.CheckSlot(age, tallies[age]);
        return window;
    }

    private static Tally ReadTally(ref StateReader reader, long room)
    {
        int count = reader.ReadCount((int)room);
        if (count == 0) return default;
        int warnings = reader.ReadCount(count);
        int breaches = reader.ReadCount(warnings);
        ulong maximum = reader.ReadUnsigned();
        return maximum <= long.MaxValue
            ? new Tally(count, warnings, breaches, (long)maximum)
            : throw new StateFormatException($"Condition failed: a maximum of {maximum} us is above 63 bits.");
    }

    private void ReadCounts(ref RangeDecoder decoder, scoped ReadOnlySpan<Tally> tallies, int first, int last)
    {
        var totals = new CountModel();
        var parts = new CountModel();
        Span<uint> counts = stackalloc uint[Width];
        long left = _count;
        for (int index = first; index <= last; index++)
        {
            uint total = totals.Decode(ref decoder, ExpectedTotal(counts, index, first));
            if (total > left)
                throw new StateFormatException($"Condition failed: bucket {index} has more than is left.");
            left -= total;
            counts[index] = total;
            _total[index] = total;
            var share = new Share(total, _count);
            int lastAge = -1;
            for (int age = 0; age < SlotCount && share.Open(tallies[age].Count); age++)
            {
                if (tallies[age].Count == 0) continue;
                uint part = parts.Decode(ref decoder, share.Expected(tallies[age].Count));
                if (part > share.Left) throw new StateFormatException($"Condition failed: bucket {index} overflows.");
                SetCount(age, index, part);
                share.Take(part, tallies[age].Count);
                lastAge = age;
            }

            if (share.Left > 0) SetCount(NextFilled(tallies, lastAge), index, share.Left);
        }

        if (left != 0) throw new StateFormatException($"Condition failed: {left} samples are in no bucket.");
    }

    // The slot that takes the rest without being coded: the last filled one, and the only one after lastAge.
    private static int NextFilled(ReadOnlySpan<Tally> tallies, int lastAge)
    {
        int age = lastAge + 1;
        while (age < SlotCount - 1 && tallies[age].Count == 0) age++;
        return age;
    }

    private static long ExpectedTotal(ReadOnlySpan<uint> counts, int index, int first)
    {
        long near = 0;
        for (int back = 1; back <= 4 && index - back >= first; back++) near += counts[index - back];
        return near * CountModel.Scale / 4;
    }

    private int PlaceOfAge(int age) => PlaceOf(_slot - age);

    private uint CountAt(int age, int index)
    {
        if (age == 0) return _running[index];
        int cell = (PlaceOfAge(age) * Width) + index;
        long count = _cells[cell];
        for (int i = 0; i < _carries.Count; i++)
        {
            if (_carries[i].Cell == cell) count += _carries[i].Count;
        }

        return (uint)count;
    }

    private void SetCount(int age, int index, uint count)
    {
        if (age != 0)
        {
            SetCell(PlaceOfAge(age), index, count);
            return;
        }

        _running[index] = count;
        _total[index] -= count;
    }

    private void Adopt(int age, Tally tally)
    {
        _count += tally.Count;
        _warnings += tally.Warnings;
        _breaches += tally.Breaches;
        if (age == 0)
        {
            _maximum = tally.Maximum;
            return;
        }

        _closed[PlaceOfAge(age)] = tally;
        _before = new Tally(
            _before.Count + tally.Count, _before.Warnings + tally.Warnings, _before.Breaches + tally.Breaches, 0);
    }

    // What is told apart by the buckets must agree with what was counted exactly.
    private void CheckSlot(int age, Tally tally)
    {
        long count = 0;
        int highest = 0;
        int warning = LogLinearBuckets.IndexOf(_warningLimit);
        int limit = LogLinearBuckets.IndexOf(_limit);
        Tally surely = default;
        Tally perhaps = default;
        for (int index = 0; index < Width; index++)
        {
            long here = CountAt(age, index);
            if (here == 0) continue;
            count += here;
            highest = index;
            surely = new(0, surely.Warnings + Where(index > warning), surely.Breaches + Where(index > limit), 0);
            perhaps = new(0, perhaps.Warnings + Where(index >= warning), perhaps.Breaches + Where(index >= limit), 0);

            long Where(bool counts) => counts ? here : 0;
        }

        if (count != tally.Count
            || tally.Warnings < surely.Warnings || tally.Warnings > perhaps.Warnings
            || tally.Breaches < surely.Breaches || tally.Breaches > perhaps.Breaches
            || (count > 0 && LogLinearBuckets.IndexOf(tally.Maximum) != highest))
        {
            throw new StateFormatException(
                $"Condition failed: the counts of the slot of age {age} and its sums disagree.");
        }
    }

    // What of a bucket, and of the samples, belongs to the slots still to come.
    [StructLayout(LayoutKind.Auto)]
    private struct Share(uint left, long samples)
    {
        private long _samples = samples;

        public uint Left { get; private set; } = left;

        // Nothing to say once nothing is left, or when the last slot takes it all.
        public readonly bool Open(long slotSamples) => Left > 0 && _samples > slotSamples;

        public readonly long Expected(long slotSamples) =>
            (long)((double)Left * slotSamples * CountModel.Scale / _samples);

        public void Take(uint part, long slotSamples)
        {
            Left -= part;
            _samples -= slotSamples;
        }
    }
}
