using Guardian.Detection.Encoding;

namespace Guardian.Detection.Breaker;

/// <summary>Open holds by id, and the ids that were released: a released hold never comes back.</summary>
internal sealed class HoldBook
{
    /// <summary>How many holds may be open at once.</summary>
    internal const int MostOpen = 100;

    /// <summary>How many released ids are remembered; the halt board keeps them all.</summary>
    internal const int MostReleased = 1000;

    private readonly List<Hold> _open = [];
    private readonly Queue<string> _released = new();
    private readonly HashSet<string> _releasedIds = new(StringComparer.Ordinal);

    internal IReadOnlyList<Hold> Open => _open;

    internal TradingState Strictest
    {
        get
        {
            TradingState strictest = TradingState.Active;
            for (int i = 0; i < _open.Count; i++)
                if (_open[i].State > strictest) strictest = _open[i].State;
            return strictest;
        }
    }

    internal bool Contains(string id) => _open.Exists(h => string.Equals(h.Id, id, StringComparison.Ordinal));

    internal bool WasReleased(string id) => _releasedIds.Contains(id);

    internal void Add(Hold hold) => _open.Add(hold);

    /// <summary>Removes a hold and remembers its id, also where the hold itself was never seen.</summary>
    internal void Release(string id)
    {
        _open.RemoveAll(h => string.Equals(h.Id, id, StringComparison.Ordinal));
        if (!_releasedIds.Add(id)) return;
        _released.Enqueue(id);
        if (_released.Count > MostReleased) _releasedIds.Remove(_released.Dequeue());
    }

    internal void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)_open.Count);
        foreach (Hold hold in _open)
        {
            writer.WriteString(hold.Id);
            writer.WriteString(hold.Actor);
            writer.WriteString(hold.Reason);
            writer.WriteSigned(hold.Since);
            writer.WriteByte((byte)hold.State);
        }

        writer.WriteUnsigned((ulong)_released.Count);
        foreach (string id in _released) writer.WriteString(id);
    }

    internal void Read(ref StateReader reader)
    {
        _open.Clear();
        _released.Clear();
        _releasedIds.Clear();
        int open = reader.ReadCount(MostOpen);
        for (int i = 0; i < open; i++)
        {
            string id = Text(ref reader);
            string actor = Text(ref reader);
            string reason = Text(ref reader);
            _open.Add(new Hold(id, actor, reason, reader.ReadSigned(), State(reader.ReadByte())));
        }

        int released = reader.ReadCount(MostReleased);
        for (int i = 0; i < released; i++) Release(Text(ref reader));
    }

    private static string Text(ref StateReader reader) =>
        reader.ReadString()
        ?? throw new StateFormatException("Condition failed: a hold's id, actor and reason are text.");

    private static TradingState State(byte value) => value is 1 or 2
        ? (TradingState)value
        : throw new StateFormatException($"Condition failed: a hold is Reducing (1) or Halted (2), not {value}.");
}
