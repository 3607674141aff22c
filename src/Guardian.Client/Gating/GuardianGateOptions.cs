namespace Guardian.Client.Gating;

/// <summary>How gates are kept. Set once, before they are used.</summary>
public sealed class GuardianGateOptions
{
    /// <summary>Gets or sets how often each watched symbol is asked for.</summary>
    /// <value>20 ms to 10 s; default 200 ms.</value>
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets or sets how long an answer holds, counted from when it was asked for.</summary>
    /// <value>Twice <see cref="RefreshPeriod"/> to 1 min; default 5 s.</value>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets what is said once a lease has run out.</summary>
    /// <value>Default <see cref="GatePolicy.Deny"/>.</value>
    public GatePolicy OnLeaseExpired { get; set; } = GatePolicy.Deny;

    /// <summary>Gets or sets the most symbols that are watched; more are counted and answered with AskServer.</summary>
    /// <value>1 to 100,000; default 1,000.</value>
    public int MaximumSymbols { get; set; } = 1_000;

    /// <summary>Says everything that is wrong, each with path, value and rule; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        (TimeSpan least, TimeSpan most) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(10));
        if (RefreshPeriod < least || RefreshPeriod > most)
            errors.Add($"Condition failed: RefreshPeriod is {RefreshPeriod:c}; it takes {least:c} to {most:c}.");
        if (Lease < 2 * RefreshPeriod || Lease > TimeSpan.FromMinutes(1))
        {
            errors.Add($"Condition failed: Lease is {Lease:c}; it takes twice RefreshPeriod ({2 * RefreshPeriod:c}) to "
                + $"{TimeSpan.FromMinutes(1):c}.");
        }

        if (!Enum.IsDefined(OnLeaseExpired))
            errors.Add($"Condition failed: OnLeaseExpired is {OnLeaseExpired}; it takes Deny or Allow.");
        if (MaximumSymbols is < 1 or > 100_000)
            errors.Add($"Condition failed: MaximumSymbols is {MaximumSymbols}; it takes 1 to 100000.");
        return errors;
    }
}
