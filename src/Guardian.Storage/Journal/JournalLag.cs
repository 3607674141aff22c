namespace Guardian.Storage.Journal;

/// <summary>What lies behind a position of the journal.</summary>
/// <param name="Events">Number of durable events after it.</param>
/// <param name="OldestReceivedAt">Wall time of the oldest of them, Unix nanoseconds; 0 when there is none.</param>
public readonly record struct JournalLag(long Events, long OldestReceivedAt);
