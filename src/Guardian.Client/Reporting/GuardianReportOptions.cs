namespace Guardian.Client.Reporting;

/// <summary>How reports are gathered and sent. Set once, before they are used.</summary>
public sealed class GuardianReportOptions
{
    /// <summary>Gets or sets the producer's name; one process at a time reports under it.</summary>
    /// <value>1 to 64 characters; default <c>MACHINE-reports</c>.</value>
    public string Producer { get; set; } = DefaultProducer();

    /// <summary>Gets or sets the most observations that wait in this process; more are dropped and counted.</summary>
    /// <value>100 to 10,000,000; default 100,000.</value>
    public int Capacity { get; set; } = 100_000;

    /// <summary>Gets or sets the most observations in one call.</summary>
    /// <value>1 to 1,000; default 500.</value>
    public int BatchSize { get; set; } = 500;

    /// <summary>Gets or sets how often what waits is sent.</summary>
    /// <value>5 ms to 10 s; default 50 ms.</value>
    public TimeSpan FlushPeriod { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Says everything that is wrong, each with path, value and rule; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (Producer.Length is 0 or > 64)
            errors.Add($"Condition failed: Producer has {Producer.Length} characters; it takes 1 to 64.");
        if (Capacity is < 100 or > 10_000_000)
            errors.Add($"Condition failed: Capacity is {Capacity}; it takes 100 to 10000000.");
        if (BatchSize is < 1 or > 1_000)
            errors.Add($"Condition failed: BatchSize is {BatchSize}; it takes 1 to 1000.");
        (TimeSpan least, TimeSpan most) = (TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(10));
        if (FlushPeriod < least || FlushPeriod > most)
            errors.Add($"Condition failed: FlushPeriod is {FlushPeriod:c}; it takes {least:c} to {most:c}.");
        return errors;
    }

    private static string DefaultProducer()
    {
        string machine = Environment.MachineName;
        return $"{(machine.Length > 50 ? machine[..50] : machine)}-reports";
    }
}
