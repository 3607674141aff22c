using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Guardian.Storage.Tiers;
using Observation = Guardian.Detection.Events.Observation;

namespace Guardian.Simulation.Stores;

/// <summary>The history tier: idempotent by (symbol, epoch, sequence), away at times, or silent after it has stored.
/// </summary>
internal sealed class HistoryTwin(Checker check, Func<double, bool> excused) : IHistoryStore
{
    private readonly HashSet<(string Symbol, Epoch Epoch, long Sequence)> _keys = [];
    private readonly Dictionary<double, int> _marks = [];

    public string Tier => TierNames.History;

    public string Store => "simulated";

    internal StoreMood Mood { get; set; }

    internal int Events => _keys.Count;

    /// <summary>Tells how often a marked observation was folded.</summary>
    internal int Times(double mark) => _marks.GetValueOrDefault(mark);

    public Task<long> AppendAsync(IReadOnlyList<JournalRow> rows, CancellationToken cancellation)
    {
        if (Mood is StoreMood.Refuses or StoreMood.Slow) return Away();
        long added = 0;
        foreach (JournalRow row in rows)
        {
            var sink = new Sink(this, row.Entry);
            if (row.Entry.Count > 0) EventUnpacker.Unpack(row.Entry.Payload, row.Entry.FirstSequence, sink);
            added += sink.Added;
        }

        return Mood == StoreMood.LosesAnswers ? Away() : Task.FromResult(added);
    }

    public Task<HistoryPage> QueryAsync(HistoryQuery query, CancellationToken cancellation) =>
        throw new NotSupportedException("Invariant: nobody asks the history here.");

    public Task<SeriesPoint[]> SeriesAsync(SeriesQuery query, CancellationToken cancellation) =>
        throw new NotSupportedException("Invariant: nobody asks the history here.");

    private static Task<long> Away() =>
        Task.FromException<long>(new StorageUnavailableException("Condition failed: the history is away."));

    private sealed class Sink(HistoryTwin twin, JournalEntry entry) : IFoldSink
    {
        internal long Added { get; private set; }

        public void Write(long sequence, in Observation observation)
        {
            if (!Add(sequence) || observation.Quantity == 0) return;
            double mark = observation.Quantity;
            int times = twin._marks[mark] = twin.Times(mark) + 1;
            twin.Check(times, mark, entry.Symbol, entry.Epoch, sequence);
        }

        public void Write(long sequence, GuardianEvent guardianEvent) => Add(sequence);

        private bool Add(long sequence)
        {
            bool added = twin._keys.Add((entry.Symbol, entry.Epoch, sequence));
            if (added) Added++;
            return added;
        }
    }

    private void Check(int times, double mark, string symbol, Epoch epoch, long sequence) =>
        check.Require(times == 1 || excused(mark), Invariants.AppliedOnce, () =>
            $"{symbol}: the observation marked {mark:F0} was folded again as {epoch}/{sequence}");
}
