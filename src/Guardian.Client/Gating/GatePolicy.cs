namespace Guardian.Client.Gating;

/// <summary>What a gate says once its lease has run out because the cluster can't be reached.</summary>
public enum GatePolicy : byte
{
    /// <summary>Nothing may go out: the gate knows nothing any more.</summary>
    Deny = 0,

    /// <summary>Orders may go out, but for where the last answer was that they may not.</summary>
    Allow = 1,
}
