namespace Guardian.Simulation.Planting;

/// <summary>The deliberate faults by name: what the simulator must find.</summary>
internal static class PlantedFaults
{
    private static readonly SortedDictionary<string, Func<Plant>> All = new(StringComparer.Ordinal)
    {
        ["alert-forgets-acknowledgement"] = () => new AlertForgetsAcknowledgement(),
        ["checkpoint-ahead-of-its-state"] = () => new CheckpointAheadOfItsState(),
        ["checkpoint-without-checksum"] = () => new CheckpointWithoutChecksum(),
        ["cursor-before-commit"] = () => new CursorBeforeCommit(),
        ["decision-asks-the-journal"] = () => new DecisionAsksTheJournal(),
        ["duplicate-folded-twice"] = () => new DuplicateFoldedTwice(),
        ["epoch-fence-ignores-tags"] = () => new FenceIgnoresTags(),
        ["hold-told-before-commit"] = () => new HoldToldBeforeCommit(),
        ["hole-folded-across"] = () => new HoleFoldedAcross(),
        ["journal-tells-before-commit"] = () => new JournalTellsBeforeCommit(),
        ["late-entry-reopens"] = () => new LateEntryReopens(),
        ["producer-cursors-not-stored"] = () => new ProducerCursorsNotStored(),
        ["queue-without-bound"] = () => new QueueWithoutBound(),
        ["release-without-tombstone"] = () => new ReleaseWithoutTombstone(),
        ["stale-permit-closes"] = () => new StalePermitCloses(),
        ["sync-that-lies"] = () => new SyncThatLies(),
        ["tail-read-one-short"] = () => new TailReadOneShort(),
    };

    internal static IEnumerable<string> Names => All.Keys;

    internal static Plant Make(string? name) => name is null ? new Plant() : All[name]();
}
