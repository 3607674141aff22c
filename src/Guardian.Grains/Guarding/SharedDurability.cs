using System.Collections.Concurrent;
using Guardian.Grains.Placement;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;

namespace Guardian.Grains.Guarding;

/// <summary>
/// Says when what a producer sent is durable: in a cluster once a tier has it that another silo reads, since this
/// silo's journal may be gone with the silo; where this silo is alone, once it is in the journal.
/// </summary>
/// <remarks>Thread-safe. Nothing waits: listeners are told as the tiers' writers go on.</remarks>
public sealed class SharedDurability
{
    /// <summary>
    /// Most entries that wait for a tier; with more the oldest are dropped: they count with a later one of their
    /// producer, or with a checkpoint.
    /// </summary>
    public const int MostWaiting = 100_000;

    private readonly ConcurrentQueue<(long Position, JournalEntry Entry, IDurableListener Listener)> _waiting = new();
    private readonly SiloShare _share;
    private readonly TierWriter? _history;
    private readonly bool _hasShared;
    private long _through;

    /// <summary>Initializes it and follows the tiers' writers.</summary>
    public SharedDurability(TierWriters tiers, SiloShare share)
    {
        _share = share;
        _history = tiers.Of(TierNames.History) is { IsShared: true } history ? history : null;
        foreach (TierWriter writer in tiers.All.Where(w => w.IsShared))
        {
            _hasShared = true;
            writer.OnShipped(Advance);
        }
    }

    /// <summary>Gets whether this silo's journal is enough.</summary>
    public bool IsLocalEnough => !_hasShared || _share.IsAlone;

    /// <summary>Gets how long a guardian that leaves waits for the history.</summary>
    public static TimeSpan LeavingPatience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits until the history that silos share has what a guardian wrote here: what comes there after its successor's
    /// first event is taken for late, though the successor has folded it. Waits for nothing where that is away.
    /// </summary>
    public async Task LeaveAsync()
    {
        if (_history is null || IsLocalEnough) return;
        await _history.HasCaughtUpAsync(LeavingPatience);
    }

    /// <summary>Takes an entry that is in the journal, and tells the listener when it is durable.</summary>
    public void Take(JournalEntry entry, long position, IDurableListener listener)
    {
        if (entry.Producer is null) return; // Nobody else asks how far it is.
        if (IsLocalEnough || position <= Volatile.Read(ref _through))
        {
            listener.OnDurable(entry, position);
            return;
        }

        _waiting.Enqueue((position, entry with { Payload = [] }, listener));
        while (_waiting.Count > MostWaiting) _waiting.TryDequeue(out _);
        Look();
    }

    /// <summary>Tells whoever need not wait any longer; called when the cluster has changed, too.</summary>
    public void Look()
    {
        while (_waiting.TryPeek(out (long Position, JournalEntry, IDurableListener) next)
            && (IsLocalEnough || next.Position <= Volatile.Read(ref _through))
            && _waiting.TryDequeue(out (long Position, JournalEntry Entry, IDurableListener Listener) done))
            done.Listener.OnDurable(done.Entry, done.Position);
    }

    private void Advance(long position)
    {
        long known = Volatile.Read(ref _through);
        while (position > known)
        {
            long before = Interlocked.CompareExchange(ref _through, position, known);
            if (before == known) break;
            known = before;
        }

        Look();
    }
}
