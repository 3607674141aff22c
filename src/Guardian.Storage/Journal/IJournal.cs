using Guardian.Contracts;

namespace Guardian.Storage.Journal;

/// <summary>What there is room for when room is short. Values are stored: never renumber.</summary>
public enum EventClass : byte
{
    /// <summary>Samples and decisions without effect: new ones go unrecorded when there is no room.</summary>
    Sample = 0,

    /// <summary>Trips, permits, limits, lifecycle: never dropped; a tenth of the room is theirs.</summary>
    State = 1,

    /// <summary>Everything of a session is to be forgotten, in the order of the journal.</summary>
    Forget = 2,
}

/// <summary>The events of one turn of one guardian, packed once for every tier. Immutable.</summary>
public sealed record JournalEntry
{
    /// <summary>Gets the guardian's key; for <see cref="EventClass.Forget"/> the key that is forgotten.</summary>
    public required string Symbol { get; init; }

    /// <summary>Gets the epoch the events were folded in.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>Gets the sequence of the first event.</summary>
    public long FirstSequence { get; init; }

    /// <summary>Gets the number of events.</summary>
    public int Count { get; init; }

    /// <summary>Gets the session time of the first event, Unix nanoseconds.</summary>
    public long FirstAt { get; init; }

    /// <summary>Gets the session time of the last event, Unix nanoseconds.</summary>
    public long LastAt { get; init; }

    /// <summary>Gets the wall time of folding, Unix nanoseconds.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>Gets what it is when room is short.</summary>
    public EventClass Class { get; init; }

    /// <summary>Gets the producer of the batch; null when no producer's cursor moves.</summary>
    public string? Producer { get; init; }

    /// <summary>Gets the producer's epoch.</summary>
    public long ProducerEpoch { get; init; }

    /// <summary>Gets the producer's last sequence that is folded with this entry.</summary>
    public long ProducerThrough { get; init; }

    /// <summary>Gets the packed events (<c>Guardian.Detection.Events.EventPacker</c>).</summary>
    public byte[] Payload { get; init; } = [];
}

/// <summary>Learns that an entry rests on disk. Called on the writer's thread: must neither block nor throw.</summary>
public interface IDurableListener
{
    /// <summary>The entry is durable.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="position">Its position, rising.</param>
    void OnDurable(JournalEntry entry, long position);
}

/// <summary>An entry with its position.</summary>
/// <param name="Position">
/// Rises with every entry, without order between guardians beyond that; 0 for one that is not durable yet.
/// </param>
/// <param name="Entry">The entry.</param>
public readonly record struct JournalRow(long Position, JournalEntry Entry);

/// <summary>The local journal: the outbox of every tier and the source of recovery.</summary>
/// <remarks>
/// Order: entries of one guardian keep their order. Durability: an entry is durable once its listener was told.
/// Threading: every member may be called from any thread; <see cref="TryAppend"/> never blocks.
/// Failure: a write that fails is reported by <see cref="Fault"/> and counted, never thrown at a guardian.
/// </remarks>
public interface IJournal
{
    /// <summary>Gets the position of the last durable entry; 0 when there is none.</summary>
    long DurablePosition { get; }

    /// <summary>Gets why it can't be written at present, in words; null while it can.</summary>
    string? Fault { get; }

    /// <summary>Gets whether it can be written and a small sample would find room now; counts nothing.</summary>
    bool HasRoom { get; }

    /// <summary>Gets how many entries went unrecorded for want of room.</summary>
    long Unrecorded { get; }

    /// <summary>Hands an entry over.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="listener">Told once it is durable; null: nobody.</param>
    /// <returns>False when there is no room: it goes unrecorded and is counted.</returns>
    bool TryAppend(JournalEntry entry, IDurableListener? listener);

    /// <summary>Waits until everything handed over before the call is durable.</summary>
    /// <exception cref="StorageUnavailableException">It could not be written; it is tried again by itself.</exception>
    Task FlushAsync(CancellationToken cancellation);

    /// <summary>Reads durable entries after a position, oldest first; the tier writers' way.</summary>
    /// <param name="after">Position after which to read; 0 for the beginning.</param>
    /// <param name="limit">Most entries wanted, 1 to 10,000.</param>
    /// <exception cref="DamagedRecordException">The first row is damaged; a later one ends the list.</exception>
    IReadOnlyList<JournalRow> ReadAfter(long after, int limit);

    /// <summary>
    /// Reads the entries of one guardian that hold an event after (epoch, sequence), by position: what recovery folds.
    /// The first may begin before it; the last may still wait to become durable.
    /// </summary>
    /// <exception cref="DamagedRecordException">A row is damaged; carries the good ones before it.</exception>
    IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence);

    /// <summary>Measures what lies after a position: what a tier with that cursor lacks.</summary>
    JournalLag LagAfter(long position);

    /// <summary>Completes when there are durable entries after a position.</summary>
    Task WaitForAsync(long after, CancellationToken cancellation);

    /// <summary>
    /// Reads a tier's cursor: the position up to which it has everything; 0 at first. From then on the tier holds back
    /// the trimming.
    /// </summary>
    long GetCursor(string tier);

    /// <summary>Moves a tier's cursor forward; durable with the next group commit.</summary>
    void MoveCursor(string tier, long position);

    /// <summary>Moves a tier's cursor back, because the tier has lost what it had; forward it does nothing.</summary>
    void RewindCursor(string tier, long position);
}
