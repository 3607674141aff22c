using Guardian.Detection.Encoding;

namespace Guardian.Grains.Guarding;

/// <summary>How far each producer has been folded and how far that is durable. Thread-safe.</summary>
/// <remarks>Durability is told by the journal's thread while the guardian folds on its own.</remarks>
public sealed class ProducerCursors
{
    /// <summary>Most producers of one symbol.</summary>
    public const int MaximumProducers = 256;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Cursor> _cursors = new(StringComparer.Ordinal);
    private Dictionary<string, Cursor>? _before;

    /// <summary>Finds a producer's cursor; all zero when it is new.</summary>
    public Cursor Find(string producer)
    {
        lock (_lock)
        {
            Cursor cursor = _cursors.GetValueOrDefault(producer);
            if (_before is null) return cursor;
            Cursor before = _before.GetValueOrDefault(producer);
            return cursor with { Durable = before.Epoch == cursor.Epoch ? before.Durable : 0 };
        }
    }

    /// <summary>Lets no cursor become more durable: something before it was lost to the journal.</summary>
    public void Withhold()
    {
        lock (_lock) _before ??= new(_cursors, StringComparer.Ordinal);
    }

    /// <summary>Lets the cursors show what is durable again: a checkpoint covers what was lost.</summary>
    public void Resume()
    {
        lock (_lock) _before = null;
    }

    /// <summary>Lists the producers with their epochs, by name.</summary>
    public (string Producer, long Epoch)[] Epochs()
    {
        lock (_lock) return [.. _cursors.Select(c => (c.Key, c.Value.Epoch))];
    }

    /// <summary>Gets whether a producer has room: it is known, or there are fewer than the most.</summary>
    public bool HasRoom(string producer)
    {
        lock (_lock) return _cursors.Count < MaximumProducers || _cursors.ContainsKey(producer);
    }

    /// <summary>Moves what is folded; a newer epoch starts from nothing durable.</summary>
    public void Accept(string producer, long epoch, long through)
    {
        lock (_lock)
        {
            Cursor known = _cursors.GetValueOrDefault(producer);
            long durable = known.Epoch == epoch ? known.Durable : 0;
            _cursors[producer] = new Cursor(epoch, through, durable);
        }
    }

    /// <summary>Moves what is durable.</summary>
    public void Persisted(string producer, long epoch, long through)
    {
        lock (_lock)
        {
            Cursor known = _cursors.GetValueOrDefault(producer);
            if (known.Epoch == epoch && through > known.Durable) _cursors[producer] = known with { Durable = through };
        }
    }

    /// <summary>Copies the cursors as they are written into a checkpoint now.</summary>
    public IReadOnlyDictionary<string, Cursor> Copy()
    {
        lock (_lock) return new Dictionary<string, Cursor>(_cursors, StringComparer.Ordinal);
    }

    /// <summary>Moves what is durable to where a checkpoint was: it holds what the journal had no room for.</summary>
    /// <param name="saved">The cursors that are in the checkpoint.</param>
    public void Covered(IReadOnlyDictionary<string, Cursor> saved)
    {
        foreach ((string producer, Cursor cursor) in saved) Persisted(producer, cursor.Epoch, cursor.Accepted);
    }

    /// <summary>Takes over a cursor that was read back: what was read is durable.</summary>
    public void Restore(string producer, long epoch, long through)
    {
        lock (_lock) _cursors[producer] = new Cursor(epoch, through, through);
    }

    /// <summary>Writes what is folded.</summary>
    public void Write(StateWriter writer)
    {
        lock (_lock)
        {
            writer.WriteUnsigned((ulong)_cursors.Count);
            foreach ((string producer, Cursor cursor) in _cursors)
            {
                writer.WriteString(producer);
                writer.WriteSigned(cursor.Epoch);
                writer.WriteSigned(cursor.Accepted);
            }
        }
    }

    /// <summary>Reads back what was folded.</summary>
    /// <exception cref="StateFormatException">The bytes are not cursors.</exception>
    public void Read(ref StateReader reader)
    {
        int count = reader.ReadCount(MaximumProducers);
        for (int i = 0; i < count; i++)
            Restore(reader.ReadString() ?? string.Empty, reader.ReadSigned(), reader.ReadSigned());
    }
}

/// <summary>How far one producer is.</summary>
/// <param name="Epoch">Its epoch; 0 when it is new.</param>
/// <param name="Accepted">Its last sequence that is folded.</param>
/// <param name="Durable">Its last sequence that survives a crash.</param>
public readonly record struct Cursor(long Epoch, long Accepted, long Durable);
