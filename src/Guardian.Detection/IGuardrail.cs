using Guardian.Detection.Encoding;

namespace Guardian.Detection;

/// <summary>One guardrail on one subject: a pure state machine from observations to a reading.</summary>
/// <remarks>
/// Time is session time in Unix nanoseconds and never runs backwards: the engine clamps before it calls.
/// Contract for every implementation: <c>Advance(a); Advance(b)</c> equals <c>Advance(b)</c> for a ≤ b; recording at t
/// equals <c>Advance(t)</c> followed by the recording; nothing is allocated per observation; nothing throws on any
/// number. Not thread-safe: one fold at a time.
/// </remarks>
public interface IGuardrail
{
    /// <summary>Which guardrail this is.</summary>
    GuardrailKind Kind { get; }

    /// <summary>The stage, feature or rule that is watched.</summary>
    string Subject { get; }

    /// <summary>Whether a breach may trip.</summary>
    GuardrailMode Mode { get; }

    /// <summary>True where data comes from orders, so that a halted symbol cannot clear it by waiting.</summary>
    bool FedByOrders { get; }

    /// <summary>The level now: what the engine compares after each step.</summary>
    Level Level { get; }

    /// <summary>True when a breach has been confirmed and may trip.</summary>
    bool Confirmed { get; }

    /// <summary>
    /// When <see cref="Advance"/> could next change something; <see cref="long.MaxValue"/> for never.
    /// </summary>
    long NextDeadline { get; }

    /// <summary>Fires all own deadlines due up to <paramref name="now"/>, in order.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    void Advance(long now);

    /// <summary>
    /// Starts the judgement anew after the breaker closed an episode (order-fed windows only need it).
    /// </summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    void StartAnew(long now);

    /// <summary>Makes the full reading; may cost a percentile scan, so it is made on demand only.</summary>
    Reading Read();

    /// <summary>Writes the state, sparsely; must be read back by <see cref="ReadState"/> to an equal state.</summary>
    void WriteState(StateWriter writer);

    /// <summary>Replaces the state by a written one.</summary>
    /// <exception cref="StateFormatException">The bytes are not a state of this guardrail.</exception>
    void ReadState(ref StateReader reader);
}
