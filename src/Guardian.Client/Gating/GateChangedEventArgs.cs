namespace Guardian.Client.Gating;

/// <summary>A gate that changed. Immutable.</summary>
/// <param name="symbol">Whose gate it is.</param>
/// <param name="from">What it said before.</param>
/// <param name="to">What it says now.</param>
/// <param name="reason">Why, in words; empty where trading goes on.</param>
public sealed class GateChangedEventArgs(string symbol, GateAnswer from, GateAnswer to, string reason) : EventArgs
{
    /// <summary>Gets whose gate it is.</summary>
    public string Symbol { get; } = symbol;

    /// <summary>Gets what it said before.</summary>
    public GateAnswer From { get; } = from;

    /// <summary>Gets what it says now.</summary>
    public GateAnswer To { get; } = to;

    /// <summary>Gets why, in words; empty where trading goes on.</summary>
    public string Reason { get; } = reason;
}
