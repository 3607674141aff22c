using Guardian.Storage.History;
using Guardian.Storage.Journal;

namespace Guardian.Storage.Verifying;

/// <summary>A history on a server, as a comparison sees it: sums first, rows only where these differ.</summary>
public interface ISharedHistory
{
    /// <summary>Gets the name of its cursor.</summary>
    string Cursor { get; }

    /// <summary>Counts the events of all minutes.</summary>
    internal Task<long> CountAsync(CancellationToken cancellation);

    /// <summary>Reads the sums of a symbol.</summary>
    internal Task<Dictionary<MinuteKey, MinuteSum>> SumsAsync(string symbol, CancellationToken cancellation);

    /// <summary>Reads sequence and hash of every row of a minute.</summary>
    internal Task<List<(long Sequence, long Hash)>> RowsAsync(MinuteKey minute, CancellationToken cancellation);

    /// <summary>Puts the events of journal entries in place of what is stored under their sequences.</summary>
    internal Task<long> ReplaceAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation);
}
