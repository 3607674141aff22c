using Guardian.Contracts;

namespace Guardian.Client.Producing;

/// <summary>How a lossless producer sends. Immutable.</summary>
public sealed record LosslessProducerOptions
{
    /// <summary>Gets the most items in one batch.</summary>
    /// <value>1 to 5,000; default 5,000.</value>
    public int BatchSize { get; init; } = ObservationBatch.MaximumItems;

    /// <summary>Gets the most items kept per symbol until they are durable; writers wait when it is reached.</summary>
    /// <value>At least <see cref="BatchSize"/>, at most 1,000,000; default 50,000 (about 3 MB a symbol).</value>
    public int MaximumKept { get; init; } = 50_000;

    /// <summary>Gets the most symbols.</summary>
    /// <value>1 to 100,000; default 10,000.</value>
    public int MaximumSymbols { get; init; } = 10_000;

    /// <summary>Gets how long a symbol may be without progress before the producer gives up.</summary>
    /// <value>0 to 1 day; default 120 s.</value>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Gets the first pause after a failure; it doubles up to <see cref="LongestPause"/>.</summary>
    /// <value>&gt; 0; default 100 ms.</value>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets the longest pause after a failure.</summary>
    /// <value>≥ <see cref="FirstPause"/>; default 2 s.</value>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Says everything that is wrong, each with path, value and rule; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (BatchSize is < 1 or > ObservationBatch.MaximumItems)
            errors.Add($"Condition failed: BatchSize is {BatchSize}; it takes 1 to {ObservationBatch.MaximumItems}.");
        if (MaximumKept < BatchSize || MaximumKept > 1_000_000)
            errors.Add($"Condition failed: MaximumKept is {MaximumKept}; it takes BatchSize ({BatchSize}) to 1000000.");
        if (MaximumSymbols is < 1 or > 100_000)
            errors.Add($"Condition failed: MaximumSymbols is {MaximumSymbols}; it takes 1 to 100000.");
        if (Deadline < TimeSpan.Zero || Deadline > TimeSpan.FromDays(1))
            errors.Add($"Condition failed: Deadline is {Deadline:c}; it takes 0 to 1 day.");
        if (FirstPause <= TimeSpan.Zero || LongestPause < FirstPause)
        {
            errors.Add(
                $"Condition failed: FirstPause is {FirstPause:c} and LongestPause {LongestPause:c}; "
                + "the first is above 0 and not longer than the longest.");
        }

        return errors;
    }
}
