using Guardian.Detection.Encoding;

namespace Guardian.Detection.Breaker;

/// <summary>The permits that are out: each for one probe, one ramp and one lease.</summary>
internal sealed class ProbePermits(int capacity)
{
    private readonly ProbePermit[] _out = new ProbePermit[capacity];

    /// <summary>Gets the number of the ramp; rises each time one begins and never falls.</summary>
    internal long Epoch { get; private set; }

    internal int Count { get; private set; }

    internal long NextExpiry
    {
        get
        {
            long next = long.MaxValue;
            for (int i = 0; i < Count; i++) next = Math.Min(next, _out[i].ExpiresAt);
            return next;
        }
    }

    /// <summary>Begins a ramp: nothing granted before counts any more.</summary>
    internal void BeginRamp()
    {
        Clear();
        Epoch++;
    }

    /// <summary>Goes on after another one's ramps: nothing it granted counts any more.</summary>
    internal void Follow(ProbePermits other) => Epoch = other.Epoch + 1;

    internal void Clear() => Count = 0;

    internal void Expire(long now)
    {
        for (int i = Count - 1; i >= 0; i--)
            if (_out[i].ExpiresAt <= now) RemoveAt(i);
    }

    internal bool TryFind(string id, out ProbePermit permit)
    {
        int found = IndexOf(id);
        permit = found < 0 ? default : _out[found];
        return found >= 0;
    }

    internal ProbePermit Add(string id, long expiresAt, double sizeFactor)
    {
        ProbePermit permit = new(id, Epoch, expiresAt, sizeFactor);
        _out[Count++] = permit;
        return permit;
    }

    internal bool TryTake(string id)
    {
        int found = IndexOf(id);
        if (found < 0) return false;
        RemoveAt(found);
        return true;
    }

    internal void Write(StateWriter writer)
    {
        writer.WriteSigned(Epoch);
        writer.WriteUnsigned((ulong)Count);
        for (int i = 0; i < Count; i++)
        {
            writer.WriteString(_out[i].Id);
            writer.WriteSigned(_out[i].ExpiresAt);
            writer.WriteDouble(_out[i].SizeFactor);
        }
    }

    internal void Read(ref StateReader reader)
    {
        Epoch = reader.ReadSigned();
        Clear();
        int count = reader.ReadCount(_out.Length);
        for (int i = 0; i < count; i++)
        {
            string id = reader.ReadString()
                ?? throw new StateFormatException("Condition failed: a permit needs an id.");
            Add(id, reader.ReadSigned(), reader.ReadDouble());
        }
    }

    private int IndexOf(string id)
    {
        for (int i = 0; i < Count; i++)
            if (string.Equals(_out[i].Id, id, StringComparison.Ordinal)) return i;
        return -1;
    }

    // The order of granting is kept, so that equal histories have equal bytes.
    private void RemoveAt(int index)
    {
        Count--;
        Array.Copy(_out, index + 1, _out, index, Count - index);
    }
}
