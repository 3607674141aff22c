namespace Guardian.Grains.Guarding;

/// <summary>What grain storage keeps of a guardian: its ETagged write of a new epoch is the fence.</summary>
[GenerateSerializer, Alias("guardian.guardian-record")]
public sealed class GuardianRecord
{
    /// <summary>Gets or sets the number of the newest claimed epoch.</summary>
    [Id(0)] public long EpochNumber { get; set; }

    /// <summary>Gets or sets the generation of the silo that claimed it.</summary>
    [Id(1)] public int EpochGeneration { get; set; }
}
