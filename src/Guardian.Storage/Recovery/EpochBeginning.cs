using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;
using Observation = Guardian.Detection.Events.Observation;

namespace Guardian.Storage.Recovery;

/// <summary>Reads what the first event of an epoch tells. Pure.</summary>
internal static class EpochBeginning
{
    /// <summary>Says which event was the last that had been folded before an epoch.</summary>
    /// <param name="entry">An entry of that epoch.</param>
    /// <returns>
    /// Null where the entry does not begin an epoch, or does not tell, or holds no packed events: that is found by
    /// whoever folds it.
    /// </returns>
    internal static (Epoch Epoch, long Sequence)? FoldedBefore(JournalEntry entry)
    {
        if (entry.Count == 0) return null;
        var sink = new FirstSink();
        try
        {
            EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, sink);
        }
        catch (StateFormatException)
        {
            return null;
        }

        return sink.Found?.Folded is { } folded
            ? (new Epoch(folded.Number, folded.Generation), folded.Sequence)
            : null;
    }

    /// <summary>Looks for what a life begins with.</summary>
    private sealed class FirstSink : IFoldSink
    {
        internal Activated? Found { get; private set; }

        public void Write(long sequence, in Observation observation)
        {
            // No beginning.
        }

        public void Write(long sequence, GuardianEvent guardianEvent) => Found ??= guardianEvent as Activated;
    }
}
