namespace Guardian.Detection.Engine;

/// <summary>A guardrail with what the engine last saw of it.</summary>
internal sealed class GuardrailSlot(IGuardrail guardrail)
{
    /// <summary>The guardrail.</summary>
    internal IGuardrail Guardrail { get; } = guardrail;

    /// <summary>The level that the last transition told.</summary>
    internal Level Level { get; set; } = guardrail.Level;

    /// <summary>Whether its confirmed breach has been told to the breaker.</summary>
    internal bool Confirmed { get; set; } = guardrail.Confirmed;

    /// <summary>
    /// When the newest confirmed breaches began, oldest first; kept for drift, which latches by their number.
    /// </summary>
    internal Queue<long> Breaches { get; } = new();

    /// <summary>Whether it holds an open breaker open: enforced, in breach, and not fed by orders.</summary>
    internal bool Blocks =>
        Level == Level.Breach && Guardrail.Mode == GuardrailMode.Enforce && !Guardrail.FedByOrders;
}
