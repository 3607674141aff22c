namespace Guardian.Contracts;

/// <summary>The watchman of one symbol. Key: the symbol, with <c>@session</c> for other worlds than live.</summary>
/// <remarks>
/// Safe to call from anywhere; one call at a time is worked on. No call waits for a store, except that a hold is
/// acknowledged when it is durable or 250 ms have passed.
/// </remarks>
[Alias("guardian.IGuardianGrain")]
public interface IGuardianGrain : IGrainWithStringKey
{
    /// <summary>Answers one order.</summary>
    [Alias("check")]
    ValueTask<Decision> Check(OrderRequest order);

    /// <summary>Takes a batch of one producer; idempotent by (producer, producer epoch, sequence).</summary>
    [Alias("observe")]
    ValueTask<ObserveResult> Observe(ObservationBatch batch);

    /// <summary>Tells the trading state with reasons and readings.</summary>
    [Alias("verdict")]
    ValueTask<Verdict> GetVerdict();

    /// <summary>Stops the symbol until a person releases it.</summary>
    [Alias("hold")]
    Task<ActionResult> Hold(HoldRequest request);

    /// <summary>Releases a hold of this symbol.</summary>
    [Alias("release")]
    Task<ActionResult> Release(ReleaseRequest request);

    /// <summary>Resets a latched breaker into its ramp.</summary>
    [Alias("reset")]
    Task<ActionResult> Reset(ResetRequest request);

    /// <summary>Gives a feature a new drift reference.</summary>
    [Alias("rebaseline")]
    Task<ActionResult> Rebaseline(RebaselineRequest request);

    /// <summary>Tells the limits.</summary>
    [Alias("get-limits")]
    Task<GuardianLimits> GetLimits();

    /// <summary>Changes the limits; refused when the ETag given is not the present one.</summary>
    [Alias("set-limits")]
    Task<ActionResult> SetLimits(LimitsRequest request);

    /// <summary>Wakes the guardian, so that it watches without being called. Called by the roster's keeper.</summary>
    [Alias("wake")]
    Task Wake();

    /// <summary>Forgets everything and goes away; refused for a live symbol. Used to empty a session.</summary>
    [Alias("forget")]
    Task<ActionResult> Forget();
}
