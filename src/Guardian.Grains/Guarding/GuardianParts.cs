using Guardian.Contracts;
using Guardian.Detection.Engine;
using Guardian.Grains.Halts;
using Guardian.Storage.Journal;

namespace Guardian.Grains.Guarding;

/// <summary>What every guardian of a silo works with. Immutable; its parts are thread-safe.</summary>
/// <param name="Clock">The silo's stamp.</param>
/// <param name="Board">The halt board.</param>
/// <param name="Journal">The local journal.</param>
/// <param name="Options">How guardians run.</param>
/// <param name="Shared">When a producer's events count as durable; null: once they are in the journal.</param>
public sealed record GuardianParts(
    SiloClock Clock,
    HaltBoard Board,
    IJournal Journal,
    GuardianGrainOptions Options,
    SharedDurability? Shared = null);

/// <summary>What a guardian starts from.</summary>
/// <param name="Engine">The engine with everything durable folded.</param>
/// <param name="Cursors">How far each producer is.</param>
/// <param name="Provenance">Where it came from.</param>
/// <param name="Newest">The newest epoch and sequence that are in it.</param>
/// <param name="Problems">What was damaged or missing, in words; empty when nothing was.</param>
/// <param name="IsUnread">
/// Whether nothing could be read at present: what is there may be good, and must not be superseded by what is not.
/// </param>
public sealed record RecoveredGuardian(
    GuardianEngine Engine,
    ProducerCursors Cursors,
    Provenance Provenance,
    Epoch Newest,
    IReadOnlyList<string> Problems,
    bool IsUnread = false)
{
    /// <summary>Gets what was folded and is not in this silo's journal: it came from another silo's by L1.</summary>
    public IReadOnlyList<JournalEntry> FromOthers { get; init; } = [];

    /// <summary>Gets the last event that was folded; sequence 0: there was none.</summary>
    public (Epoch Epoch, long Sequence) Folded { get; init; }
}
