namespace Guardian.Client.Gating;

/// <summary>A gate that changed. Immutable.</summary>
/// <param name="symbol">Whose gate it is.</param>
/// <param name="from">What it said before.</param>
/// <param name="to">What it says now.</param>
/// <param name="reason">Why, in words; empty where trading goes on.</param>
/// <param name="strategy">Whose orders alone it concerns; null: all of the symbol's.</param>
public sealed class GateChangedEventArgs(
    string symbol, GateAnswer from, GateAnswer to, string reason, string? strategy = null) : EventArgs
{
    /// <summary>Gets whose gate it is.</summary>
    public string Symbol { get; } = symbol;

    /// <summary>
    /// Gets the strategy whose orders alone it concerns, by a hold of that strategy; null: all orders of the symbol.
    /// </summary>
    /// <remarks>The two go apart: an order may go out when neither its symbol nor its strategy is halted.</remarks>
    public string? Strategy { get; } = strategy;

    /// <summary>Gets what it said before.</summary>
    public GateAnswer From { get; } = from;

    /// <summary>Gets what it says now.</summary>
    public GateAnswer To { get; } = to;

    /// <summary>Gets why, in words; empty where trading goes on.</summary>
    public string Reason { get; } = reason;
}
