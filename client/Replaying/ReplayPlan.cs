using Guardian.Cli.Recordings;
using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Cli.Replaying;

/// <summary>What is to be replayed, how fast and under which rules. Immutable.</summary>
internal sealed record ReplayPlan
{
    /// <summary>Gets the recordings, in the order in which they are read.</summary>
    public required IReadOnlyList<Recording> Recordings { get; init; }

    /// <summary>Gets the session, never <c>live</c>.</summary>
    public required string Session { get; init; }

    /// <summary>Gets the rules of the session.</summary>
    public required GuardianLimits Limits { get; init; }

    /// <summary>Gets whether what is in the session stays.</summary>
    public bool Append { get; init; }

    /// <summary>Gets the producer's name.</summary>
    public required string Producer { get; init; }

    /// <summary>Gets how many times faster than recorded; null: as fast as it goes.</summary>
    public double? Speed { get; init; }

    /// <summary>Gets how the producer sends.</summary>
    public LosslessProducerOptions Sending { get; init; } = new();
}
