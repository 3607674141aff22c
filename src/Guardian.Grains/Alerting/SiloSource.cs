namespace Guardian.Grains.Alerting;

/// <summary>Names who tells a silo's own conditions: each silo tells its tiers, and a dead one tells nothing.</summary>
internal static class SiloSource
{
    private const string Prefix = "silo ";

    /// <summary>Gets how long what a silo told holds without being told again.</summary>
    internal static TimeSpan Lifetime { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the name; no symbol has one with a space.</summary>
    /// <param name="silo">The silo's address.</param>
    /// <param name="what">What is told, such as <c>tiers</c>.</param>
    internal static string Of(string silo, string what) => $"{Prefix}{silo} {what}";

    /// <summary>Gets whether a source is a silo's; one from before sources had a silo's name is too.</summary>
    internal static bool Is(string source) =>
        source.StartsWith(Prefix, StringComparison.Ordinal) || source is "tiers" or "holds";
}
