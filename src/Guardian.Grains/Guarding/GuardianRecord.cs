using Guardian.Contracts;

namespace Guardian.Grains.Guarding;

/// <summary>
/// What grain storage keeps of a guardian: epoch, limits, producers' cursors and newest snapshot. Its ETagged write of
/// a new epoch is the fence.
/// </summary>
[GenerateSerializer, Alias("guardian.guardian-record")]
public sealed class GuardianRecord
{
    /// <summary>Gets or sets the number of the newest claimed epoch.</summary>
    [Id(0)] public long EpochNumber { get; set; }

    /// <summary>Gets or sets the generation of the silo that claimed it.</summary>
    [Id(1)] public int EpochGeneration { get; set; }

    /// <summary>Gets or sets the epoch in which the snapshot was made.</summary>
    [Id(2)] public Epoch SnapshotEpoch { get; set; }

    /// <summary>Gets or sets the last event that is in the snapshot.</summary>
    [Id(3)] public long SnapshotSequence { get; set; }

    /// <summary>Gets or sets the session time of the snapshot, Unix nanoseconds.</summary>
    [Id(4)] public long SnapshotAt { get; set; }

    /// <summary>
    /// Gets or sets the snapshot, limits and cursors included; empty before the first, or where it was too large.
    /// </summary>
    [Id(5)] public byte[] Snapshot { get; set; } = [];

    /// <summary>Gets or sets the limits in force, for whoever can't read the snapshot; null before the first.</summary>
    [Id(6)] public GuardianLimits? Limits { get; set; }

    /// <summary>Gets or sets the producers' cursors, packed; empty before the first.</summary>
    [Id(7)] public byte[] Cursors { get; set; } = [];

    /// <summary>Gets or sets the newest epoch that was forgotten: nothing of it or before it is folded again.</summary>
    [Id(8)] public Epoch EmptiedEpoch { get; set; }

    /// <summary>Copies the record; what is in it is never changed in place.</summary>
    public GuardianRecord Copy() => (GuardianRecord)MemberwiseClone();
}
