using Guardian.Grains.Roster;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Hot;
using Guardian.Storage.Recovery;

namespace Guardian.Grains.Guarding;

/// <summary>What a guardian grain takes from its silo. Immutable; its parts are thread-safe.</summary>
/// <param name="Parts">What the core works with.</param>
/// <param name="Directory">Sessions and roster.</param>
/// <param name="Recovery">Brings a guardian back.</param>
/// <param name="Fence">Claims epochs.</param>
/// <param name="Checkpoints">Keeps checkpoints.</param>
/// <param name="Hot">Keeps the newest verdict.</param>
/// <param name="Options">How guardians run.</param>
/// <param name="Tail">Where L2's newest events are read; null where no other silo shares it.</param>
public sealed record GuardianServices(
    GuardianParts Parts,
    SessionDirectory Directory,
    GuardianRecovery Recovery,
    EpochFence Fence,
    ICheckpointStore Checkpoints,
    IHotStore Hot,
    GuardianGrainOptions Options,
    ISharedTail? Tail = null);
