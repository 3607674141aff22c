using Guardian.Contracts;

namespace Guardian.Client.Gating;

/// <summary>What verdicts and leases mean to a gate. Pure.</summary>
internal static class GateRule
{
    /// <summary>Reads a verdict.</summary>
    internal static GateAnswer Of(Verdict verdict) => verdict.TradingState switch
    {
        TradingState.Halted => GateAnswer.Denied,
        TradingState.Reducing => GateAnswer.ReduceOnly,
        // Probes are counted by the guardian.
        _ => verdict.Breaker == BreakerState.HalfOpen || verdict.SizeFactor < 1
            ? GateAnswer.AskServer
            : GateAnswer.Allowed,
    };

    /// <summary>Reads the state of a hold.</summary>
    internal static GateAnswer Of(TradingState state) => state switch
    {
        TradingState.Halted => GateAnswer.Denied,
        TradingState.Reducing => GateAnswer.ReduceOnly,
        _ => GateAnswer.Allowed,
    };

    /// <summary>Says what is left of an answer whose lease has run out.</summary>
    internal static GateAnswer Expired(GateAnswer last, GatePolicy policy) => policy == GatePolicy.Deny
        ? GateAnswer.Denied
        : last is GateAnswer.Denied or GateAnswer.ReduceOnly ? last : GateAnswer.Allowed; // No halt is forgotten.

    /// <summary>Gets the stricter of two answers; one that asks the server is stricter than one that allows.</summary>
    internal static GateAnswer Stricter(GateAnswer one, GateAnswer other) => Weight(one) >= Weight(other) ? one : other;

    private static int Weight(GateAnswer answer) => answer switch
    {
        GateAnswer.Denied => 3,
        GateAnswer.ReduceOnly => 2,
        GateAnswer.AskServer => 1,
        _ => 0,
    };
}
