using System.Globalization;
using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Verifying;

/// <summary>Reads every row of the journal: its seal, its place, whether its sequence goes on, its sums.</summary>
/// <remarks>Single use, not thread-safe.</remarks>
/// <param name="shipped">The history's cursor: rows up to it are in the history.</param>
/// <param name="parked">Positions of rows the history could not store.</param>
/// <param name="findings">Where to tell.</param>
internal sealed class JournalCheck(long shipped, HashSet<long> parked, Findings findings)
{
    private readonly Dictionary<(string Symbol, Epoch Epoch), Run> _runs = [];
    private readonly HistoryRowHash _hash = new();

    internal long Rows { get; private set; }

    internal long Events { get; private set; }

    /// <summary>Gets what the history must have, per minute.</summary>
    internal Dictionary<MinuteKey, MinuteSum> Sums { get; } = [];

    /// <summary>Gets the journal rows that hold events of a minute, for a repair.</summary>
    internal Dictionary<MinuteKey, List<long>> Positions { get; } = [];

    internal void Read(SqliteSession session)
    {
        using (SqliteDataReader reader = session.Reader(
            "select " + JournalRows.Columns + " from journal order by position"))
        {
            while (reader.Read()) Read(reader);
        }

        foreach (((string symbol, Epoch epoch), Run run) in _runs) Conclude(symbol, epoch, run);
    }

    /// <summary>Gets whether a stored event lies within what the journal still holds and has shipped.</summary>
    internal bool Covers(string symbol, Epoch epoch, long sequence) =>
        _runs.TryGetValue((symbol, epoch), out Run? run) && run.First is { } first && sequence >= first
        && sequence <= run.Shipped && !run.IsExcluded(sequence) && !run.IsInHole(sequence);

    private void Read(SqliteDataReader reader)
    {
        Rows++;
        string? problem = JournalRows.TryRead(reader, out JournalRow row);
        if (problem is not null)
        {
            findings.Differs(
                "journal",
                "L3",
                $"row {reader.GetInt64(0)} is damaged: {problem}",
                JournalRows.Name(reader));
            return;
        }

        if (row.Entry.Class == EventClass.Forget)
        {
            foreach ((string Symbol, Epoch Epoch) key in _runs.Keys.Where(k => k.Symbol == row.Entry.Symbol).ToArray())
                _runs.Remove(key);
            return;
        }

        if (row.Entry.Count > 0) Count(row);
    }

    private void Count(JournalRow row)
    {
        JournalEntry entry = row.Entry;
        Events += entry.Count;
        if (!_runs.TryGetValue((entry.Symbol, entry.Epoch), out Run? run))
            _runs.Add((entry.Symbol, entry.Epoch), run = new Run());
        run.Add(entry);
        if (parked.Contains(row.Position)) run.Exclude(entry);
        try
        {
            bool compared = row.Position <= shipped && !parked.Contains(row.Position);
            if (row.Position <= shipped) run.Shipped = Math.Max(run.Shipped, entry.FirstSequence + entry.Count - 1);
            foreach (HistoryEvent e in HistoryMapper.Map(entry))
            {
                if (e.Kind == HistoryKind.Lifecycle && e.Subject == "gap") run.Recorded(e.Text);
                if (compared) Add(e, row.Position);
            }
        }
        catch (StateFormatException e)
        {
            findings.Differs("journal", "L3", $"row {row.Position} can't be unpacked: {e.Message}", entry.Symbol);
        }
    }

    private void Add(HistoryEvent e, long position)
    {
        MinuteKey key = MinuteKey.Of(e.Symbol, e.Epoch, e.At.UnixNanoseconds);
        Sums[key] = Sums.GetValueOrDefault(key).With(_hash.Of(e));
        if (!Positions.TryGetValue(key, out List<long>? rows)) Positions.Add(key, rows = []);
        if (rows.Count == 0 || rows[^1] != position) rows.Add(position);
    }

    private void Conclude(string symbol, Epoch epoch, Run run)
    {
        foreach ((long from, long to) in run.Holes)
        {
            string hole = string.Create(
                CultureInfo.InvariantCulture, $"sequences {from} to {to} of epoch {epoch} are missing");
            if (run.IsRecorded(from, to)) findings.Note($"{symbol}: {hole}; the gap is recorded");
            else findings.Differs(Of("journal", symbol, epoch, to - from + 1, 0, hole));
        }

        foreach ((long from, long to) in run.Repeats)
        {
            findings.Differs(Of(
                "journal", symbol, epoch, 0, to - from + 1, $"sequences {from} to {to} of epoch {epoch} come twice"));
        }
    }

    private static VerifyDifference Of(
        string check, string symbol, Epoch epoch, long expected, long found, string problem) => new()
        {
            Check = check,
            Tier = "L3",
            Symbol = symbol,
            Epoch = epoch,
            Expected = expected,
            Found = found,
            Problem = problem,
        };

    /// <summary>The sequences of one epoch of a guardian.</summary>
    private sealed class Run
    {
        private readonly List<(long From, long To)> _gaps = [];
        private readonly List<(long From, long To)> _excluded = [];
        private long _next;

        internal long? First { get; private set; }

        internal long Shipped { get; set; }

        internal List<(long From, long To)> Holes { get; } = [];

        internal List<(long From, long To)> Repeats { get; } = [];

        internal void Add(JournalEntry entry)
        {
            long last = entry.FirstSequence + entry.Count - 1;
            if (First is null) First = entry.FirstSequence;
            else if (entry.FirstSequence > _next) Holes.Add((_next, entry.FirstSequence - 1));
            else if (entry.FirstSequence < _next)
                Repeats.Add((entry.FirstSequence, Math.Min(last, _next - 1)));
            _next = Math.Max(_next, last + 1);
        }

        internal void Exclude(JournalEntry entry) =>
            _excluded.Add((entry.FirstSequence, entry.FirstSequence + entry.Count - 1));

        internal bool IsExcluded(long sequence) => _excluded.Exists(e => sequence >= e.From && sequence <= e.To);

        internal bool IsInHole(long sequence) => Holes.Exists(e => sequence >= e.From && sequence <= e.To);

        internal void Recorded(string? text)
        {
            string[] parts = (text ?? string.Empty).Split(' ');
            if (parts is not ["journal", _, "to", _]) return;
            if (long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long from)
                && long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out long to))
                _gaps.Add((from, to));
        }

        internal bool IsRecorded(long from, long to) => _gaps.Exists(gap => gap.From <= from && gap.To >= to);
    }
}
