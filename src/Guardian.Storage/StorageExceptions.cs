using Guardian.Contracts;
using Guardian.Storage.Journal;

namespace Guardian.Storage;

/// <summary>A store can't be written or read at present; what was asked for has not been done.</summary>
public sealed class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The data folder or a file in it can't be used; names folder, cause and what to do.</summary>
public sealed class DataFolderException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Something of an older epoch was refused: a newer activation has taken over.</summary>
public sealed class StaleEpochException(string message) : Exception(message);

/// <summary>A stored row is not what was written: its checksum, length or form is wrong.</summary>
/// <param name="position">Position of the row in the journal.</param>
/// <param name="symbol">The guardian's key as stored.</param>
/// <param name="problem">What is wrong, in words.</param>
/// <param name="before">The good rows of the same reading that come before it.</param>
/// <param name="highest">The highest epoch of any good row of the same reading.</param>
public sealed class DamagedRecordException(
    long position,
    string symbol,
    string problem,
    IReadOnlyList<JournalRow>? before = null,
    Epoch highest = default)
    : Exception($"Invariant: journal row {position} of {symbol} is damaged: {problem}.")
{
    /// <summary>Gets the position of the damaged row.</summary>
    public long Position { get; } = position;

    /// <summary>Gets the guardian's key as stored.</summary>
    public string Symbol { get; } = symbol;

    /// <summary>Gets what is wrong, in words.</summary>
    public string Problem { get; } = problem;

    /// <summary>Gets the good rows of the same reading that come before it.</summary>
    public IReadOnlyList<JournalRow> Before { get; } = before ?? [];

    /// <summary>Gets the highest epoch of any good row of the same reading, also behind it.</summary>
    public Epoch Highest { get; } = highest;
}
