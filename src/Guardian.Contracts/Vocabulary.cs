namespace Guardian.Contracts;

/// <summary>What a guardrail makes of its window now. Ordered by severity; too little data is never healthy.</summary>
public enum Level : byte
{
    /// <summary>No or too little data to judge.</summary>
    Unknown = 0,

    /// <summary>Enough data, and all of it within the limits.</summary>
    Healthy = 1,

    /// <summary>Worth a look; never stops an order.</summary>
    Warning = 2,

    /// <summary>A limit is exceeded.</summary>
    Breach = 3,
}

/// <summary>
/// What trading may do now; the effective state is the strictest over symbol, strategy and portfolio.
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

/// <summary>The circuit breaker's state.</summary>
public enum BreakerState : byte
{
    /// <summary>Orders pass.</summary>
    Closed = 0,

    /// <summary>A soft trip: lifts by itself once the break is over and the data are well again.</summary>
    Open = 1,

    /// <summary>Probe orders at a fraction of size decide whether it closes.</summary>
    HalfOpen = 2,

    /// <summary>Lifted only by a person's reset.</summary>
    Latched = 3,

    /// <summary>A person's hold: released by a person, never by time or restart.</summary>
    Held = 4,
}

/// <summary>Whether a guardrail may stop orders.</summary>
public enum GuardrailMode : byte
{
    /// <summary>A confirmed breach trips the breaker.</summary>
    Enforce = 0,

    /// <summary>Judged and reported, never stops an order.</summary>
    Shadow = 1,

    /// <summary>Not judged.</summary>
    Off = 2,
}

/// <summary>How far a hold reaches.</summary>
public enum Scope : byte
{
    /// <summary>One symbol.</summary>
    Symbol = 0,

    /// <summary>Every order of one strategy.</summary>
    Strategy = 1,

    /// <summary>Every order of the session.</summary>
    Portfolio = 2,
}

/// <summary>What an entry of the halt board is.</summary>
public enum HaltKind : byte
{
    /// <summary>A person's stop; ended by its release.</summary>
    Hold = 0,

    /// <summary>A trip that only a person's reset ends.</summary>
    Latch = 1,
}

/// <summary>What kind of thing a history event is.</summary>
public enum HistoryKind : byte
{
    /// <summary>Something a producer reported.</summary>
    Observation = 1,

    /// <summary>A guardrail's level or the breaker's state changed.</summary>
    Transition = 2,

    /// <summary>A decision that changed state, such as a probe permit.</summary>
    Decision = 3,

    /// <summary>A person's hold.</summary>
    Hold = 4,

    /// <summary>The release of a hold.</summary>
    Release = 5,

    /// <summary>A person's reset of a latched breaker.</summary>
    Reset = 6,

    /// <summary>An alert began, fired or ended.</summary>
    Alert = 7,

    /// <summary>Limits changed.</summary>
    Limits = 8,

    /// <summary>A guardian came up, recovered, or recorded a gap.</summary>
    Lifecycle = 9,
}

/// <summary>How safely something rests.</summary>
public enum Durability : byte
{
    /// <summary>In memory only: persistence was not reached in time.</summary>
    None = 0,

    /// <summary>On this silo's disk, but not in as many places as configured.</summary>
    Local = 1,

    /// <summary>In as many places as configured (at most two).</summary>
    Full = 2,
}
