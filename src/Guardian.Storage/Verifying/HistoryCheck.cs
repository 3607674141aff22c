using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Verifying;

/// <summary>Reads every row of the history against the sums kept with it, and against the journal.</summary>
/// <remarks>Single use, not thread-safe. Memory: the minutes of one symbol.</remarks>
internal sealed class HistoryCheck(JournalCheck journal, Findings findings)
{
    private readonly HistoryRowHash _hash = new();

    internal long Events { get; private set; }

    internal long Minutes { get; private set; }

    /// <summary>Gets the minutes that differ from the journal.</summary>
    internal List<MinuteKey> Differing { get; } = [];

    internal void Read(SqliteSession session)
    {
        List<string> symbols = session.Query(
            "select symbol from events union select symbol from minutes", row => row.GetString(0));
        ILookup<string, MinuteKey> expected = journal.Sums.Keys.ToLookup(key => key.Symbol, StringComparer.Ordinal);
        foreach (string symbol in symbols.Union(expected.Select(group => group.Key), StringComparer.Ordinal))
            Read(session, symbol, expected[symbol]);
    }

    private void Read(SqliteSession session, string symbol, IEnumerable<MinuteKey> expected)
    {
        Dictionary<MinuteKey, MinuteSum> rows = [];
        Dictionary<MinuteKey, MinuteSum> covered = [];
        using (SqliteDataReader reader = session.Reader(
            "select " + HistorySchema.Columns + " from events where symbol = $0", symbol))
        {
            while (reader.Read())
            {
                Events++;
                MinuteKey key = HistorySums.KeyOf(reader);
                long hash = _hash.Of(reader);
                rows[key] = rows.GetValueOrDefault(key).With(hash);
                if (journal.Covers(symbol, key.Epoch, reader.GetInt64(3)))
                    covered[key] = covered.GetValueOrDefault(key).With(hash);
            }
        }

        CompareSums(session, symbol, rows);
        foreach (MinuteKey key in expected.Union(covered.Keys).OrderBy(k => k.Epoch).ThenBy(k => k.Minute))
        {
            Minutes++;
            MinuteSum wanted = journal.Sums.GetValueOrDefault(key);
            MinuteSum found = covered.GetValueOrDefault(key);
            if (wanted == found) continue;
            findings.Differs("tiers", key, wanted, found, "the journal");
            Differing.Add(key);
        }
    }

    private void CompareSums(SqliteSession session, string symbol, Dictionary<MinuteKey, MinuteSum> rows)
    {
        Dictionary<MinuteKey, MinuteSum> kept = session.Query(
            "select epoch_number, epoch_generation, minute, count, sum from minutes where symbol = $0",
            row => (
                new MinuteKey(symbol, new Epoch(row.GetInt64(0), (int)row.GetInt64(1)), row.GetInt64(2)),
                new MinuteSum(row.GetInt64(3), row.GetInt64(4))),
            symbol).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        foreach (MinuteKey key in kept.Keys.Union(rows.Keys).OrderBy(k => k.Epoch).ThenBy(k => k.Minute))
        {
            MinuteSum sum = kept.GetValueOrDefault(key);
            MinuteSum row = rows.GetValueOrDefault(key);
            if (sum != row) findings.Differs("sums", key, sum, row, "the sums kept when they were stored");
        }
    }
}
