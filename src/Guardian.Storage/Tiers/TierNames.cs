namespace Guardian.Storage.Tiers;

/// <summary>Names of the tiers, as reports, alerts and journals have them.</summary>
public static class TierNames
{
    /// <summary>The newest state per symbol.</summary>
    public const string Hot = "L1";

    /// <summary>Every event of 24 h and more.</summary>
    public const string History = "L2";

    /// <summary>The silo's own file.</summary>
    public const string Local = "L3";

    /// <summary>The records of guardians and the states of portfolio and alert grains.</summary>
    public const string Records = "grain-storage";
}
