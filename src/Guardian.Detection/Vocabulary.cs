namespace Guardian.Detection;

/// <summary>
/// What a guardrail makes of its window now. Ordered by severity; no or too little data is never healthy.
/// </summary>
public enum Level : byte
{
    /// <summary>No or too little data to judge.</summary>
    Unknown = 0,

    /// <summary>Enough data, and all of it within the limits.</summary>
    Healthy = 1,

    /// <summary>Worth a look; never stops an order.</summary>
    Warning = 2,

    /// <summary>
    /// A limit is exceeded; trips the breaker where the guardrail is enforced and the breach confirmed.
    /// </summary>
    Breach = 3,
}

/// <summary>
/// What trading may do now. Ordered by strictness, so that the effective state is the maximum over scopes.
/// </summary>
public enum TradingState : byte
{
    /// <summary>Orders go out.</summary>
    Active = 0,

    /// <summary>Only orders that shrink the position.</summary>
    Reducing = 1,

    /// <summary>No new orders; cancels pass.</summary>
    Halted = 2,
}

/// <summary>Whether a guardrail may stop orders.</summary>
public enum GuardrailMode : byte
{
    /// <summary>Full life, and a confirmed breach trips the breaker.</summary>
    Enforce = 0,

    /// <summary>Full life, transitions marked as shadow; never stops an order.</summary>
    Shadow = 1,

    /// <summary>Not judged at all.</summary>
    Off = 2,
}

/// <summary>
/// The guardrails, plus the breaker as the origin of its own transitions. Values are stored: never renumber.
/// </summary>
public enum GuardrailKind : byte
{
    /// <summary>Latency spikes of a stage.</summary>
    Latency = 1,

    /// <summary>Skew between a source's clock and the receiver's.</summary>
    Clock = 2,

    /// <summary>Silence of a stage.</summary>
    Staleness = 3,

    /// <summary>Age of the oldest unanswered order.</summary>
    Pending = 4,

    /// <summary>Distribution drift of a feature.</summary>
    Drift = 5,

    /// <summary>Ratio of failed order outcomes.</summary>
    Errors = 6,

    /// <summary>The circuit breaker itself.</summary>
    Breaker = 7,
}
