using System.Runtime.InteropServices;

namespace Guardian.Detection.Breaker;

/// <summary>States of the circuit breaker. Values are stored: never renumber.</summary>
public enum BreakerState : byte
{
    /// <summary>Orders go out.</summary>
    Closed = 1,

    /// <summary>Stopped by a guardrail; goes on by itself.</summary>
    Open = 2,

    /// <summary>Tries again with probes at a fraction of size.</summary>
    HalfOpen = 3,

    /// <summary>Stopped by a guardrail; goes on by a person only.</summary>
    Latched = 4,

    /// <summary>Stopped by a person; goes on by a person only.</summary>
    Held = 5,
}

/// <summary>What moves the breaker. Values are stored: never renumber.</summary>
public enum BreakerTrigger : byte
{
    /// <summary>A confirmed breach of an enforced guardrail.</summary>
    Trip = 1,

    /// <summary>A trip that is one soft episode too many within the window.</summary>
    EpisodeLimit = 2,

    /// <summary>A trip that only a person may lift: daily loss, throttle, too many drift episodes.</summary>
    LatchingTrip = 3,

    /// <summary>The break is over and no enforced guardrail that heals by itself is in breach.</summary>
    BreakOver = 4,

    /// <summary>A breach or a bad probe on the ramp.</summary>
    Return = 5,

    /// <summary>A return that is one too many in the episode.</summary>
    ReturnLimit = 6,

    /// <summary>Enough good probes for the ramp's next step.</summary>
    RampStep = 7,

    /// <summary>Enough good probes on the ramp's last step.</summary>
    RampDone = 8,

    /// <summary>No breach for long enough while nobody ordered.</summary>
    Quiet = 9,

    /// <summary>A person resets a latch.</summary>
    Reset = 10,

    /// <summary>A person holds.</summary>
    Hold = 11,

    /// <summary>A person lifts one of several holds.</summary>
    Release = 12,

    /// <summary>A person lifts the only hold.</summary>
    ReleaseLast = 13,
}

/// <summary>What the transition table says of a state and a trigger.</summary>
public enum BreakerTarget : byte
{
    /// <summary>The trigger is illegal in this state.</summary>
    Refused = 0,

    /// <summary>To <see cref="BreakerState.Closed"/>.</summary>
    Closed = 1,

    /// <summary>To <see cref="BreakerState.Open"/>.</summary>
    Open = 2,

    /// <summary>To <see cref="BreakerState.HalfOpen"/>.</summary>
    HalfOpen = 3,

    /// <summary>To <see cref="BreakerState.Latched"/>.</summary>
    Latched = 4,

    /// <summary>To <see cref="BreakerState.Held"/>; the machine beneath moves by its own row.</summary>
    Held = 5,

    /// <summary>To the state in which the machine beneath the hold is.</summary>
    Beneath = 6,
}

/// <summary>One move of the breaker.</summary>
/// <param name="At">Session time, Unix nanoseconds; a deadline's own time where time moved it.</param>
/// <param name="From">State before, as seen from outside.</param>
/// <param name="To">
/// State after; equal to <paramref name="From"/> where only the machine beneath or the ramp moved.
/// </param>
/// <param name="Trigger">What moved it.</param>
/// <param name="Episode">Number of the episode it belongs to, ≥ 1.</param>
/// <param name="TradingState">What trading may do after it.</param>
/// <param name="SizeFactor">Fraction of size for orders that open a position, 0 to 1.</param>
/// <param name="Beneath">State of the automatic machine after it; differs from <paramref name="To"/> in a hold.</param>
/// <param name="Actor">The person behind it; null where there is none.</param>
/// <param name="Reason">The person's reason; null where there is none.</param>
/// <param name="HoldId">The hold that was placed or released; null elsewhere.</param>
public sealed record BreakerTransition(
    long At,
    BreakerState From,
    BreakerState To,
    BreakerTrigger Trigger,
    long Episode,
    TradingState TradingState,
    double SizeFactor,
    BreakerState Beneath,
    string? Actor = null,
    string? Reason = null,
    string? HoldId = null)
{
    /// <summary>
    /// Gets a value indicating whether the ramp begins, so that guardrails fed by orders must be started anew at
    /// <see cref="At"/>.
    /// </summary>
    public bool StartsOrderFedAnew => Trigger is BreakerTrigger.BreakOver or BreakerTrigger.Reset;

    /// <summary>Gets a value indicating whether the episode ended.</summary>
    public bool EndsEpisode => To == BreakerState.Closed;
}

/// <summary>Answer to what a caller asked of the breaker.</summary>
/// <param name="Accepted">False where it was refused and nothing changed.</param>
/// <param name="Code">Stable machine-readable code, such as <c>breaker.wrong-episode</c>.</param>
/// <param name="Message">What is wrong and what to do; empty where nothing is.</param>
public readonly record struct BreakerResult(bool Accepted, string Code, string Message)
{
    /// <summary>Makes the answer that it was done.</summary>
    internal static BreakerResult Done(string code = "breaker.done") => new(true, code, "");

    /// <summary>Makes the answer that it was refused.</summary>
    internal static BreakerResult Refused(string code, string message) => new(false, code, message);
}

/// <summary>A permit for one probe order.</summary>
/// <param name="Id">The caller's id of the probe; null where the permit was refused.</param>
/// <param name="Epoch">
/// Number of the ramp; a report must carry it, and one of an earlier ramp counts for nothing.
/// </param>
/// <param name="ExpiresAt">End of the lease, Unix nanoseconds: a report from then on counts for nothing.</param>
/// <param name="SizeFactor">Fraction of size the probe may have, above 0 to 1.</param>
public readonly record struct ProbePermit(string Id, long Epoch, long ExpiresAt, double SizeFactor);

/// <summary>Answer to a request for a permit.</summary>
/// <param name="Result">Whether it was granted, and why not.</param>
/// <param name="Permit">The permit; default where it was refused.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProbeGrant(BreakerResult Result, ProbePermit Permit);

/// <summary>A person's hold.</summary>
/// <param name="Id">Its id, unique for ever: a released id never holds again.</param>
/// <param name="Actor">Who holds.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Session time, Unix nanoseconds.</param>
/// <param name="State"><see cref="TradingState.Halted"/> or <see cref="TradingState.Reducing"/>.</param>
public sealed record Hold(string Id, string Actor, string Reason, long Since, TradingState State);

/// <summary>A request to resume that waits for a second person.</summary>
/// <param name="HoldId">The hold to release; null for the reset of a latch.</param>
/// <param name="Actor">Who asks.</param>
/// <param name="Reason">Why.</param>
/// <param name="Episode">The episode it is bound to.</param>
/// <param name="ExpiresAt">When it lapses, Unix nanoseconds.</param>
public sealed record ResumeRequest(string? HoldId, string Actor, string Reason, long Episode, long ExpiresAt);
