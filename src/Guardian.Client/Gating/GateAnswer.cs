namespace Guardian.Client.Gating;

/// <summary>What a gate says of an order, from memory.</summary>
public enum GateAnswer : byte
{
    /// <summary>Nothing is known, or the answer takes a count that only the guardian has: ask it.</summary>
    AskServer = 0,

    /// <summary>Orders may go out.</summary>
    Allowed = 1,

    /// <summary>Only orders that reduce a position may go out.</summary>
    ReduceOnly = 2,

    /// <summary>No order may go out; cancels always may.</summary>
    Denied = 3,
}
