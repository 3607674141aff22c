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
public sealed record GuardianParts(SiloClock Clock, HaltBoard Board, IJournal Journal, GuardianGrainOptions Options);

/// <summary>What a guardian starts from.</summary>
/// <param name="Engine">The engine with everything durable folded.</param>
/// <param name="Cursors">How far each producer is.</param>
/// <param name="Provenance">Where it came from.</param>
/// <param name="Newest">The newest epoch and sequence that are in it.</param>
/// <param name="Problems">What was damaged or missing, in words; empty when nothing was.</param>
public sealed record RecoveredGuardian(
    GuardianEngine Engine,
    ProducerCursors Cursors,
    Provenance Provenance,
    Epoch Newest,
    IReadOnlyList<string> Problems);
