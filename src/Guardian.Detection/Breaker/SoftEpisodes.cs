using Guardian.Detection.Clock;
using Guardian.Detection.Encoding;

namespace Guardian.Detection.Breaker;

/// <summary>When the latest soft episodes began; expires by time, so that old ones never latch.</summary>
internal sealed class SoftEpisodes(int capacity, long window)
{
    private readonly long[] _begun = new long[capacity];
    private int _count;

    /// <summary>Counts those that began less than a window before <paramref name="now"/>.</summary>
    internal int CountWithin(long now)
    {
        int within = 0;
        for (int i = 0; i < _count; i++)
            if (Nanoseconds.Subtract(now, _begun[i]) < window) within++;
        return within;
    }

    /// <summary>Adds one and forgets those that are over; where there is no room, the oldest.</summary>
    internal void Add(long now)
    {
        int kept = CountWithin(now);
        int skip = kept == _begun.Length ? 1 : 0;
        Array.Copy(_begun, _count - kept + skip, _begun, 0, kept - skip);
        _count = kept - skip;
        _begun[_count++] = now;
    }

    /// <summary>Takes over what another one counted; where there is no room, the oldest are forgotten.</summary>
    internal void Follow(SoftEpisodes other)
    {
        _count = 0;
        for (int i = Math.Max(0, other._count - _begun.Length); i < other._count; i++)
            _begun[_count++] = other._begun[i];
    }

    internal void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)_count);
        for (int i = 0; i < _count; i++) writer.WriteSigned(_begun[i]);
    }

    internal void Read(ref StateReader reader)
    {
        _count = reader.ReadCount(_begun.Length);
        for (int i = 0; i < _count; i++) _begun[i] = reader.ReadSigned();
    }
}
