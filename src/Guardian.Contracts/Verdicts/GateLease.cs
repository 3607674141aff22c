namespace Guardian.Contracts;

/// <summary>A verdict that a gate in a trading process may answer from until its lease ends.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Lease">How long the gate may answer from it after receiving it.</param>
[GenerateSerializer, Immutable, Alias("guardian.gate-lease")]
public sealed record GateLease([property: Id(0)] Verdict Verdict, [property: Id(1)] TimeSpan Lease);

/// <summary>A gate in a trading process, told of every verdict that changes.</summary>
[Alias("guardian.IVerdictObserver")]
public interface IVerdictObserver : IGrainObserver
{
    /// <summary>A verdict changed, or its lease is renewed.</summary>
    [Alias("verdict")]
    Task OnVerdict(GateLease lease);
}
