using Guardian.Storage.Journal;

namespace Guardian.Storage.Local;

/// <summary>
/// Entries that were handed over and are not durable yet, in their order; their commands are used again.
/// </summary>
/// <remarks>Thread-safe. At steady state handing over allocates nothing.</remarks>
/// <param name="queue">What the writer takes from.</param>
internal sealed class WaitingEntries(LocalQueue queue)
{
    private const int MostSpare = 8_192;

    private readonly Lock _gate = new();
    private readonly Queue<JournalEntry> _waiting = new();
    private readonly Stack<AppendCommand> _spare = new();

    /// <summary>Hands an entry over.</summary>
    /// <returns>False when the queue is closed.</returns>
    internal bool Add(JournalEntry entry, IDurableListener? listener)
    {
        long seal = Seal.Of(entry);
        // In the order of the queue: what recovery finds waiting, it folds after what is durable.
        lock (_gate)
        {
            if (!_spare.TryPop(out AppendCommand? command)) command = new AppendCommand();
            command.Set(entry, listener, seal);
            if (queue.Add(command))
            {
                _waiting.Enqueue(entry);
                return true;
            }
        }

        return false;
    }

    /// <summary>Lists the entries of a guardian, in order.</summary>
    internal List<JournalEntry> Of(string symbol)
    {
        lock (_gate)
            return [.. _waiting.Where(entry => string.Equals(entry.Symbol, symbol, StringComparison.Ordinal))];
    }

    /// <summary>Gets when the oldest of them was handed over, Unix nanoseconds; 0 when none waits.</summary>
    internal long OldestReceivedAt
    {
        get
        {
            lock (_gate) return _waiting.TryPeek(out JournalEntry? oldest) ? oldest.ReceivedAt : 0;
        }
    }

    /// <summary>
    /// Notes that the oldest entry waits no longer: the writer takes them in the order in which they came.
    /// </summary>
    internal void Settled()
    {
        lock (_gate) _waiting.Dequeue();
    }

    /// <summary>Takes back the commands of a batch whose listeners were told.</summary>
    internal void Reuse(List<LocalCommand> batch)
    {
        lock (_gate)
        {
            foreach (LocalCommand command in batch)
            {
                if (command is not AppendCommand append || _spare.Count == MostSpare) continue;
                append.Clear();
                _spare.Push(append);
            }
        }
    }
}
